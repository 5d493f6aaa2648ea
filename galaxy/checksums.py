"""SHA-256 sums of everything that the pipeline holds, in the format of `sha256sum`.

They are needed because uncompressed HDF5, safetensors and npy files load without an error when a bit of them has
flipped on a disk or in a transfer.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from galaxy.atomic import write_text
from galaxy.digest import file_sha256
from galaxy.errors import InputError

_LINE = re.compile(r"([0-9a-f]{64})  ([^\\\n]+)")


def record_sums(paths: Sequence[Path], output: Path, *, progress: bool = False) -> None:
    """Write the sum of each file, and of each file in each folder, to `output`, sorted by path.

    Paths are relative to the folder of `output`. Hidden files are left out, because they are temporary files of running
    programs.

    Raises:
        InputError: If a path is missing, or not below the folder of `output`.
    """
    root = output.absolute().parent
    names: set[str] = set()
    for path in paths:
        if not path.absolute().is_relative_to(root):
            raise InputError(
                f"{path} is not below {root}, the folder in which {output.name} is written; choose another output"
            )
        if not path.exists():
            raise InputError(f"{path} does not exist; run the pipeline first")
        names |= {file.absolute().relative_to(root).as_posix() for file in _files(path)}
    shown = tqdm(sorted(names), desc="sums", unit="file", disable=None if progress else True)
    write_text(output, "".join(f"{file_sha256(root / name)}  {name}\n" for name in shown))


def verify_sums(sums: Path, *, progress: bool = False) -> list[str]:
    """Hash every file that `sums` records again, and return one line for each wrong file, in the order of their paths.

    A file is wrong when it is missing, cannot be read or has another sum.

    Raises:
        InputError: If `sums` is missing or is not a list of checksums.
    """
    expected = _read(sums)
    root = sums.absolute().parent
    wrong: dict[str, str] = {}
    for name, digest in tqdm(expected.items(), desc="verify", unit="file", disable=None if progress else True):
        try:
            found = file_sha256(root / name)
        except OSError as error:
            wrong[name] = f"{name}: cannot be read ({error.strerror})"
            continue
        if found != digest:
            wrong[name] = f"{name}: the SHA-256 is {found}, but {digest} is recorded"
    return [wrong[name] for name in sorted(wrong)]


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _read(sums: Path) -> dict[str, str]:
    try:
        lines = sums.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{sums} cannot be read ({error.strerror}); dvc repro writes it again") from None
    except UnicodeDecodeError:
        raise InputError(
            f"{sums} is not a text file; restore it with git checkout, or write it again with dvc repro"
        ) from None
    expected: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        path = PurePosixPath(match[2]) if match else PurePosixPath("..")
        if match is None or path.is_absolute() or ".." in path.parts or match[2] in expected:
            raise InputError(
                f"{sums}, line {number}: {line[:80]!r} is not an SHA-256 and a path; write the file again with dvc "
                "repro"
            )
        expected[match[2]] = match[1]
    if not expected:
        raise InputError(f"{sums} has no lines; write it again with dvc repro")
    return expected
