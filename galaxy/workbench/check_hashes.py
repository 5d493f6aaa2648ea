"""Checks that a file of galaxies and a manifest that params.yaml names are the expected ones and belong together."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from galaxy.data.given_manifest import read_given
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.workbench.named_inputs import from_root


def hash_problems(sections: Mapping[str, Any]) -> tuple[list[str], int | None]:
    """Compare the file of galaxies with its expected hash, and the manifest with its own and with the file.

    The files that params.yaml names must be there.

    Args:
        sections: All sections of params.yaml, validated.

    Returns:
        One line for each problem, and the number of training galaxies of a manifest that can be used, else None.
    """
    download, split = sections["download"], sections["split"]
    problems, digest = [], None
    if download.source == "galaxy10":
        from galaxy.data.fetch.galaxy10 import SHA256

        digest = SHA256
    elif download.source != "rendered" and (download.sha256 or split.manifest):
        path = from_root(download.source)
        digest = file_sha256(path)
        if download.sha256 not in (None, digest):
            problems.append(
                f"download.source: {path} has SHA-256 {digest}, but download.sha256 is {download.sha256}; give the "
                "right file, or correct the hash"
            )
    if split.manifest is None:
        return problems, None
    path = from_root(split.manifest)
    try:
        manifest = read_given(path, sha256=split.manifest_sha256)
    except InputError as error:
        return [*problems, f"split.manifest: {error}"], None
    described = str(manifest.id[0])[:12]
    if digest is not None and described != digest[:12]:
        problems.append(
            f"split.manifest: {path} describes the file with hash {described}..., but the one of download.source has "
            f"{digest[:12]}...; give the manifest of this file, or null"
        )
        return problems, None
    return problems, int(np.count_nonzero(manifest.split == "train"))
