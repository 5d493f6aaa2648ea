"""The stage `split` writes manifest, class names and store, or prints one line and does not change the outs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from galaxy.data.class_names import read_class_names
from galaxy.data.manifest import Manifest, read_manifest
from galaxy.data.resample import AreaResampler
from galaxy.data.store import ImageStore, open_store
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from stages.split import main
from tests.galaxy_files import noise, write_galaxies
from tests.processes import unmeasured_environment

ROOT = Path(__file__).resolve().parents[2]
SECTION: dict[str, Any] = {
    "size": 8,
    "crop": None,
    "seed": 0,
    "validation": 0.1,
    "test": 0.2,
    "group_radius": 67,
    "group_images": 1.0,
    "conflicts": "keep",
    "manifest": None,
    "manifest_sha256": None,
}
LABELS = np.repeat([0, 1, 2], [30, 20, 10])


def _run(folder: Path, galaxies: Path, **section: Any) -> tuple[Manifest, ImageStore]:
    folder.mkdir(exist_ok=True)
    with (folder / "params.yaml").open("w") as file:
        YAML().dump({"split": SECTION | section}, file)
    main(
        galaxies=galaxies,
        manifest=folder / "manifest.csv",
        classes=folder / "classes.json",
        store=folder / "store",
        params=folder / "params.yaml",
    )
    return read_manifest(folder / "manifest.csv"), open_store(folder / "store")


@pytest.fixture
def galaxies(tmp_path: Path) -> Path:
    return write_galaxies(tmp_path / "g.h5", labels=LABELS, class_names=["a", "b", "c"])


def test_the_outs_belong_together(tmp_path: Path, galaxies: Path) -> None:
    manifest, store = _run(tmp_path / "out", galaxies)
    assert read_class_names(tmp_path / "out" / "classes.json") == ("a", "b", "c")
    assert manifest.id[7] == f"{file_sha256(galaxies)[:12]}-000007"
    assert manifest.label.tolist() == LABELS.tolist()
    assert manifest.group.tolist() == list(range(60))
    assert store.rows_of(manifest.id).tolist() == list(range(60))
    expected = AreaResampler(source=16, crop=None, size=8)(noise(60, 16))
    np.testing.assert_array_equal(store.images, expected)
    assert len(manifest.where("test")) == 12
    assert len(manifest.where("validation")) == 6


def test_the_same_bytes_twice_and_over_an_older_run(tmp_path: Path, galaxies: Path) -> None:
    _run(tmp_path / "a", galaxies)
    _run(tmp_path / "b", galaxies, seed=1, size=4 * 4)
    other = (tmp_path / "b" / "manifest.csv").read_bytes()
    _run(tmp_path / "b", galaxies)
    for name in ("manifest.csv", "classes.json", "store/images.npy", "store/ids.npy"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / "manifest.csv").read_bytes() != other
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [
        "classes.json",
        "manifest.csv",
        "params.yaml",
        "store",
    ]


def test_the_split_depends_on_neither_row_order_nor_size_nor_crop(tmp_path: Path, galaxies: Path) -> None:
    order = np.random.default_rng(3).permutation(60)
    shuffled = write_galaxies(
        tmp_path / "s.h5", labels=LABELS[order], images=noise(60, 16)[order], class_names=["a", "b", "c"]
    )
    first, _ = _run(tmp_path / "first", galaxies)
    second, store = _run(tmp_path / "second", shuffled, size=10, crop=12)
    np.testing.assert_array_equal(second.split, first.split[order])
    assert store.images.shape == (60, 10, 10, 3)


def test_groups_by_position_and_by_picture_stay_together(tmp_path: Path) -> None:
    images = noise(60, 16)
    images[59] = images[0] ^ 1
    images[58] = images[1]
    ra, dec = np.linspace(0, 300, 60), np.zeros(60)
    ra[31], ra[32] = ra[30] + 60 / 3600, ra[30] + 120 / 3600
    path = write_galaxies(tmp_path / "g.h5", labels=LABELS, images=images, ra=ra, dec=dec)
    for seed in range(5):
        manifest, _ = _run(tmp_path / "out", path, seed=seed)
        assert manifest.group[[0, 59, 1, 58, 30, 31, 32]].tolist() == [0, 0, 1, 1, 30, 30, 30]
        assert len(set(manifest.group)) == 60 - 4
        for group in ([0, 59], [1, 58], [30, 31, 32]):
            assert len(set(manifest.split[group])) == 1
    apart, _ = _run(tmp_path / "out", path, group_radius=0, group_images=None)
    assert apart.group[[0, 59, 1, 58, 30, 31, 32]].tolist() == [0, 59, 1, 1, 30, 31, 32]


def test_conflicts_are_kept_or_dropped(tmp_path: Path) -> None:
    images = noise(60, 16)
    images[59] = images[0]
    ra, dec = np.linspace(0, 300, 60), np.zeros(60)
    ra[[1, 2]] = ra[35]  # the labels are 0, 0, 1
    ra[4] = ra[3]
    path = write_galaxies(tmp_path / "g.h5", labels=LABELS, images=images, ra=ra, dec=dec)
    kept, whole = _run(tmp_path / "keep", path)
    dropped, store = _run(tmp_path / "drop", path, conflicts="drop")
    assert len(kept) == len(whole) == 60
    expected = [row for row in range(60) if row not in (0, 1, 2, 35, 59)]
    assert dropped.row.tolist() == expected
    np.testing.assert_array_equal(store.images, whole.images[expected])
    assert store.ids.tolist() == dropped.id.tolist()


def test_a_given_manifest_is_used_and_checked(tmp_path: Path, galaxies: Path) -> None:
    published, _ = _run(tmp_path / "theirs", galaxies, seed=5)
    path = tmp_path / "theirs" / "manifest.csv"
    used, _ = _run(tmp_path / "ours", galaxies, manifest=str(path), manifest_sha256=published.sha256)
    assert used.sha256 == published.sha256
    other = write_galaxies(tmp_path / "other.h5", labels=LABELS, images=noise(60, 16, seed=8))
    with pytest.raises(InputError, match="describes the file with hash"):
        _run(tmp_path / "ours", other, manifest=str(path))
    path.write_text(path.read_text().rsplit("\n", 2)[0] + "\n")
    with pytest.raises(InputError, match="1 id missing"):
        _run(tmp_path / "ours", galaxies, manifest=str(path))
    assert read_manifest(tmp_path / "ours" / "manifest.csv").sha256 == published.sha256


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"size": 7}, r"split\.size is 7"),
        ({"size": 17}, r"split\.size is 17; it must be between 1 and 16"),
        ({"crop": 17}, r"split\.crop is 17; it must be between 1 and 16"),
        (
            {"crop": 9, "size": 10},
            r"split\.size is 10; it must be between 1 and 9",
        ),
        ({"validation": 0}, r"split\.validation is 0"),
        ({"validation": 0.5, "test": 0.5}, "leave no galaxies for training"),
        ({"seed": "0"}, r"split\.seed is \"0\""),
        ({"conflicts": "merge"}, r"split\.conflicts is \"merge\".*'keep' or 'drop'"),
        ({"group_radius": -1}, r"split\.group_radius is -1"),
        ({"manifest": "absent.csv"}, r"absent\.csv does not exist; correct the path"),
        (
            {"group_radius": 3600},
            "form 1 groups.*lower group_radius or",
        ),
        ({"colour": 1}, "unknown key 'split.colour'"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(tmp_path: Path, section: dict[str, Any], expected: str) -> None:
    path = write_galaxies(tmp_path / "g.h5", labels=LABELS, ra=np.linspace(0, 0.1, 60), dec=np.zeros(60))
    _run(tmp_path / "out", path, group_radius=1)
    before = _outs(tmp_path / "out")
    with pytest.raises(InputError, match=expected) as caught:
        _run(tmp_path / "out", path, **{"group_radius": 1, **section})
    assert "\n" not in str(caught.value)
    assert _outs(tmp_path / "out") == before


def _outs(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "params.yaml"
    }


def test_missing_galaxies_and_small_classes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"g\.h5 does not exist; the stage download writes it"):
        _run(tmp_path / "out", tmp_path / "g.h5")
    path = write_galaxies(tmp_path / "g.h5", labels=[0] * 9 + [2] * 9)
    with pytest.raises(InputError, match="class 'class 1' has no galaxies; remove its name, and number the labels"):
        _run(tmp_path / "out", path)
    path = write_galaxies(tmp_path / "g.h5", labels=[0] * 9 + [1] * 2, class_names=["many", "few"])
    with pytest.raises(InputError, match="class 'few' has 2 galaxies; at least 3"):
        _run(tmp_path / "out", path)
    assert _outs(tmp_path / "out") == {}


_LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from stages._stage import run_stage
from stages.split import main
run_stage(main)
"""


@pytest.mark.parametrize("limit", [0, 1000, 8000])
def test_a_full_disk_leaves_the_last_good_state(tmp_path: Path, galaxies: Path, limit: int) -> None:
    out = tmp_path / "out"
    _run(out, galaxies)
    before = _outs(out)
    arguments = [
        "--galaxies",
        str(galaxies),
        "--manifest",
        "manifest.csv",
        "--classes",
        "classes.json",
        "--store",
        "store",
    ]
    ended = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(limit), *arguments],
        cwd=out,
        env=unmeasured_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "cannot be written" in ended.stderr
    assert _outs(out) == before
