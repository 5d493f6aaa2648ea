"""Stage `code`: lists the files of this repository that each other stage imports, with their SHA-256."""

from pathlib import Path

from stages._stage import OutFile, run_stage

ROOT = Path(__file__).resolve().parents[1]


def main(output: OutFile) -> None:
    """Write one list for each entry point, on which the stages that it runs depend."""
    from galaxy.atomic import write_text
    from galaxy.workbench.closure import Imports, entry_points, listing

    imports = Imports(ROOT)
    lists = {name: listing(imports.closure(f"stages.{name}"), ROOT) for name in entry_points(ROOT) if name != "code"}
    for name, text in lists.items():
        write_text(output / f"{name}.txt", text)


if __name__ == "__main__":
    run_stage(main, recorded=False)
