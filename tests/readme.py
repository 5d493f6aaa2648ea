"""The README: its commands, which tests run, and its table, which `python -m tests.readme --write` renews."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from galaxy.report.published import PUBLISHED
from galaxy.report.read_rows import CLUSTER_ROWS
from galaxy.report.row_results import Metrics
from galaxy.report.summary import markdown_table
from tests.root import ROOT

README = ROOT / "README.md"
TABLE = re.compile(r"(<!-- table: .*? -->\n\n)(.*?)(\n<!-- /table -->)", re.DOTALL)
INTERVAL = 2
"""Column of the summary that metrics/ does not hold."""


@dataclass(frozen=True)
class Fence:
    """A fenced block: its section's heading, its language, and its lines without comments."""

    section: str
    language: str
    lines: tuple[str, ...]


def fences(text: str) -> list[Fence]:
    """All fenced blocks, in order."""
    found = []
    for part in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
        section = part.split("\n", 1)[0]
        for language, body in re.findall(r"^```(\w*)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL):
            lines = (re.sub(r"\s+# .*", "", line) for line in body.splitlines())
            found.append(Fence(section, language, tuple(line for line in lines if line.strip())))
    return found


def inline_commands(text: str) -> list[str]:
    """Commands inside sentences."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`((?:make|dvc|galaxy|python|git|mlflow) [^`]+)`", prose)


def table(root: Path = ROOT) -> str:
    """Every row of metrics/, in the order of the page: Markdown."""
    models = YAML(typ="safe").load(root / "params.yaml")["models"]
    rows = [
        (name, Metrics.model_validate_json((root / "metrics" / f"{name}.json").read_text()), None)
        for name in (*models, *CLUSTER_ROWS)
    ]
    lines = markdown_table(rows, PUBLISHED, notes=()).splitlines()
    kept = []
    for line in lines[lines.index("") + 1 :]:
        cells = line.strip("|").split("|")
        kept.append(f"|{'|'.join(cells[:INTERVAL] + cells[INTERVAL + 1 :])}|\n")
    return "".join(kept)


def write(readme: Path = README, root: Path = ROOT) -> bool:
    """Put the table into the README; True when that changed it."""
    text = readme.read_text(encoding="utf-8")
    current = TABLE.sub(lambda match: match[1] + table(root) + match[3], text)
    readme.write_text(current, encoding="utf-8")
    return current != text


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("usage: python -m tests.readme --write")
    print("README.md: changed" if write() else "README.md: up to date")
