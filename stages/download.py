"""Stage `download`: the galaxies, rendered, downloaded or given, and their audit."""

import json
import os
from pathlib import Path

from galaxy.errors import InputError
from stages._stage import PARAMS, OutFile, ParamsFile, from_root, read_section, run_stage
from stages.sections.download import DownloadSection


def main(output: OutFile, audit: OutFile, params: ParamsFile = PARAMS) -> None:
    """Fetch the galaxies in Galaxy10's HDF5 layout and examine them."""
    section: DownloadSection = read_section(params, "download", DownloadSection)
    # Images are decoded and averaged side by side already; threads within one small matrix only get in the way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from galaxy.atomic import atomic_path
    from galaxy.data.disk import writable

    with writable(output):
        if section.source == "galaxy10":
            _galaxy10(output, audit)
        else:
            with atomic_path(output) as temporary:
                digest, name = _obtain(section, temporary, output=output)
                _examine(temporary, audit, sha256=digest, name=name)


def _examine(path: Path, audit: Path, *, sha256: str, name: Path) -> None:
    from galaxy.atomic import write_text
    from galaxy.data.audit import audit_file

    found = audit_file(path, sha256=sha256, name=name, progress=True)
    write_text(audit, json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def _obtain(section: DownloadSection, temporary: Path, *, output: Path) -> tuple[str, Path]:
    """Write the galaxies to `temporary`; return their SHA-256 and the name by which messages call the file."""
    if section.source == "rendered":
        from galaxy.data.disk import require_room
        from galaxy.digest import file_sha256
        from galaxy.rendered.catalogue import render_set

        rendered = section.rendered
        require_room(output.parent, rendered.count * rendered.size**2 * 3)
        render_set(temporary, count=rendered.count, size=rendered.size, seed=rendered.seed, progress=True)
        return file_sha256(temporary), output
    from galaxy.data.fetch.local_file import copy_verified

    source = from_root(section.source)
    if not source.is_file():
        raise InputError(
            f"download.source is {section.source!r}; allowed are rendered, galaxy10 or the path of an HDF5 file, which "
            f"{source} is not"
        )
    return copy_verified(source, temporary, sha256=section.sha256, progress=True), source


def _galaxy10(output: Path, audit: Path) -> None:
    """The published file, from where a person has put it or an earlier run has fetched it, or else from the network.

    DVC removes `output` before it runs the stage again; what was fetched stays in `downloads`.
    """
    from galaxy.atomic import atomic_path
    from galaxy.data.fetch.galaxy10 import BYTES, FILE_NAME, SHA256, URLS
    from galaxy.data.fetch.http_download import download
    from galaxy.data.fetch.local_file import copy_verified

    chosen = os.environ.get("GALAXY10_FILE")
    place = Path(chosen).expanduser() if chosen else from_root("downloads") / FILE_NAME
    if not chosen and not place.exists():
        try:
            download(URLS, place, size=BYTES, sha256=SHA256, progress=True)
        except InputError as error:
            raise InputError(f"{error}; or fetch {FILE_NAME} elsewhere from {URLS[0]} and put it at {place}") from None
    with atomic_path(output) as temporary:
        copy_verified(place, temporary, sha256=SHA256, progress=True)
        _examine(temporary, audit, sha256=SHA256, name=place)


if __name__ == "__main__":
    run_stage(main)
