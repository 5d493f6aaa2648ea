"""Galaxy morphology.

`load` gives a row of the table as a function from images to classes, `read` the pictures in files of every form.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from galaxy.predict.read import read
    from galaxy.workbench.load import load

__all__ = ["load", "read"]


def __getattr__(name: str) -> Any:
    # Imported on first use: torch takes seconds, and every command imports this package.
    if name == "load":
        from galaxy.workbench.load import load

        return load
    if name == "read":
        from galaxy.predict.read import read

        return read
    raise AttributeError(f"module 'galaxy' has no attribute {name!r}")
