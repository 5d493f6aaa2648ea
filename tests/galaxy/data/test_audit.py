"""The audit finds every defect that was put into a file, and nothing else."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from galaxy.classes import GALAXY10_CLASSES, GALAXY10_COUNTS
from galaxy.data import audit
from galaxy.data.audit import audit_file
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from tests.galaxy_files import noise, write_galaxies

ARCSEC = 1 / 3600


def _clean(found: dict[str, object]) -> set[str]:
    """Return the findings that are not zero."""
    kinds = ("same_", "within_", "near_identical", "blank", "saturated", "truncated")
    return {key for key, value in found.items() if key.startswith(kinds) and value}


def test_a_planted_file(tmp_path: Path) -> None:
    images = noise(40, 32)
    images[3] = 77
    images[4, 5:25, 5:25] = 255
    images[5, :, -3:] = (9, 9, 11)
    images[6, 0] = 0
    images[8] = images[7] ^ 1  # as saving a picture anew does
    images[10] = images[9]
    ra, dec = np.linspace(0, 300, 40), np.linspace(-80, 80, 40)
    ra[12], dec[12] = ra[11], dec[11]
    ra[14], dec[14] = ra[13], dec[13]
    ra[16], dec[16] = ra[15] + 5 * ARCSEC / np.cos(np.radians(dec[15])), dec[15]
    ra[20] = np.nan
    dec[22] = np.nan
    dec[21] = np.nan
    labels = np.arange(40) % 2
    labels[12], labels[14], labels[8], labels[10] = labels[11], 1 - labels[13], labels[7], 1 - labels[9]
    path = write_galaxies(tmp_path / "g.h5", labels=labels, images=images, ra=ra, dec=dec, class_names=["a", "b"])
    with h5py.File(path, "r+") as file:
        file["redshift"][:] = 0.1
        file["redshift"][:3] = [-1.0, np.inf, np.nan]
        file["pxscale"][:] = 0.262
        file["pxscale"][0] = 0

    found = audit_file(path, sha256=file_sha256(path))

    assert found["sha256"] == file_sha256(path)
    assert found["bytes"] == path.stat().st_size
    assert (found["galaxies"], found["size"], found["chunks"], found["compression"]) == (40, 32, "contiguous", "none")
    assert sum(found["classes"].values()) == 40
    assert found["class_names_in_file"]
    assert not found["counts_as_published"]
    assert [found[f"unusable_{key}"] for key in ("ra", "dec", "redshift", "pxscale")] == [1, 2, 3, 1]
    assert (found["same_position"], found["same_position_conflicting_rows"]) == (2, [[13, 14]])
    assert (found["within_10_arcsec"], found["within_10_arcsec_conflicting_rows"]) == (1, [[15, 16]])
    assert found["near_identical_rows"] == [[7, 8], [9, 10]]
    assert found["near_identical_conflicting_rows"] == [[9, 10]]
    assert found["blank_rows"] == [3]
    assert found["saturated_rows"] == [4]
    assert found["truncated_rows"] == [5, 6]


def test_a_clean_file_without_coordinates(tmp_path: Path) -> None:
    path = write_galaxies(tmp_path / "g.h5", labels=range(10))
    found = audit_file(path, sha256="0" * 64)
    assert _clean(found) == set()
    assert found["unusable_ra"] == 10
    assert found["sorted_by_class"]


def test_published_counts_are_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "GALAXY10_COUNTS", dict.fromkeys(GALAXY10_COUNTS, 2))
    path = write_galaxies(tmp_path / "g.h5", labels=np.repeat(range(10), 2), class_names=GALAXY10_CLASSES)
    found = audit_file(path, sha256="")
    assert found["counts_as_published"]
    assert found["classes"] == found["published_classes"]


def test_published_counts_stand_beside_those_of_a_file_with_the_same_classes(tmp_path: Path) -> None:
    path = write_galaxies(tmp_path / "g.h5", labels=np.repeat(range(10), 2), class_names=GALAXY10_CLASSES)
    found = audit_file(path, sha256="")
    assert not found["counts_as_published"]
    assert found["published_classes"] == GALAXY10_COUNTS
    assert found["classes"] == dict.fromkeys(GALAXY10_COUNTS, 2)
    other = audit_file(write_galaxies(tmp_path / "o.h5", labels=[0, 1], class_names=["a", "b"]), sha256="")
    assert "published_classes" not in other


def test_lists_are_cut_but_numbers_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MAX_LISTED", 3)
    images = np.zeros((9, 16, 16, 3), dtype=np.uint8)
    images[0] = noise(1, 16)
    found = audit_file(write_galaxies(tmp_path / "g.h5", labels=[0, 1] * 4 + [0], images=images), sha256="")
    assert (found["blank"], found["blank_rows"]) == (8, [1, 2, 3])


def test_all_pixels_equal_is_an_error(tmp_path: Path) -> None:
    path = write_galaxies(tmp_path / "g.h5", labels=[0, 1], images=np.full((2, 16, 16, 3), 40, dtype=np.uint8))
    with pytest.raises(InputError, match=r"own\.h5: all pixels have the value 40"):
        audit_file(path, sha256="", name=Path("own.h5"))


def test_the_real_files_are_clean(real50: Path, real4: Path) -> None:
    for path in (real50, real4):
        assert _clean(audit_file(path, sha256="")) == set()
