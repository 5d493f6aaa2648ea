"""Reads from DVC which stage depends on which."""

import re
from collections.abc import Mapping
from pathlib import Path

from galaxy.workbench.dvc_commands import dvc

_EDGE = re.compile(r'^"([^"]+)" -> "([^"]+)";$', re.MULTILINE)
_NODE = re.compile(r'^"([^"]+)";$', re.MULTILINE)


def read_graph(root: Path) -> dict[str, set[str]]:
    """Return the stages that each stage directly depends on, in an order in which they can run."""
    text = dvc("dag", "--dot", cwd=root)
    parents: dict[str, set[str]] = {name: set() for name in _NODE.findall(text)}
    for parent, child in _EDGE.findall(text):
        parents[child].add(parent)
    return sort_graph(parents)


def sort_graph(parents: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Sort a graph so that each stage comes after those that it depends on.

    Args:
        parents: The stages that each stage directly depends on, by the name of the stage.
    """
    ordered: dict[str, set[str]] = {}
    while len(ordered) < len(parents):
        ordered |= {name: above for name, above in parents.items() if name not in ordered and above <= ordered.keys()}
    return ordered
