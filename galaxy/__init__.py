"""Galaxy morphology: `from galaxy import load` gives a row of the table as a function from images to classes."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from galaxy.workbench.load import load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    # Imported on first use: torch takes seconds, and every command imports this package.
    if name == "load":
        from galaxy.workbench.load import load

        return load
    raise AttributeError(f"module 'galaxy' has no attribute {name!r}")
