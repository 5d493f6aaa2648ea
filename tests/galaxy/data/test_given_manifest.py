from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from galaxy.data.given_manifest import check_given, read_given
from galaxy.data.manifest import Manifest, galaxy_ids, write_manifest
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from tests.galaxy.data.manifests import make_manifest


def test_a_given_manifest_must_fit(tmp_path: Path) -> None:
    path = Path("given.csv")
    own = make_manifest()
    assert check_given(own, own, path=path).split.tolist() == own.split.tolist()
    swapped = own.split[::-1].copy()
    assert check_given(replace(own, split=swapped), own, path=path).split.tolist() == swapped.tolist()
    fewer = Manifest(
        **{k: getattr(own, k)[1:] for k in ("id", "row", "ra", "dec", "label", "group", "split")}, sha256=""
    )
    joined = own.group.copy()
    joined[5] = 0
    for theirs, mine, expected in (
        (replace(own, id=galaxy_ids("cd" * 32, own.row)), own, "describes the file with hash cdcdcdcdcdcd"),
        (fewer, own, "1 id missing, the first is abababababab-000000"),
        (own, fewer, "1 id that no galaxy to split has, the first"),
        (replace(own, label=1 - own.label), own, "label of abababababab-000000 is 1, but 0 in the file"),
        (replace(own, ra=own.ra + 1e-6), own, "ra of abababababab-000000"),
        (own, replace(own, group=joined), r"000000 \(train\) and abababababab-000005 \(test\) belong to one group"),
        (replace(own, split=np.full(6, "train")), own, "no galaxy of label 0 in validation"),
    ):
        with pytest.raises(InputError, match=expected):
            check_given(theirs, mine, path=path)
    write_manifest(tmp_path / "m.csv", own)
    read_given(tmp_path / "m.csv", sha256=file_sha256(tmp_path / "m.csv"))
    with pytest.raises(InputError, match=r"but 000.* is expected"):
        read_given(tmp_path / "m.csv", sha256="0" * 64)
