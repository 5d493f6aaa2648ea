"""Stage `checksums`: SHA-256 sums of everything that the pipeline holds."""

from galaxy.errors import InputError
from stages._stage import InFile, OutFile, run_stage


def main(data: InFile, output: OutFile) -> None:
    """Record the SHA-256 of every file below a folder, for `galaxy verify` and `sha256sum -c`."""
    from galaxy.checksums import record_sums

    if not data.is_dir():
        raise InputError(f"{data} is no folder; run the pipeline first")
    record_sums(data, output, progress=True)


if __name__ == "__main__":
    run_stage(main, recorded=False)
