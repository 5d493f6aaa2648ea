"""The locked versions go with every Python that the README names, 3.11.0 included."""

from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.root import ROOT

OLDEST = "3.11.0"


def test_no_locked_package_needs_a_newer_python() -> None:
    checked = []
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        text = line.partition("#")[0].strip()
        if not text or text.startswith("-"):
            continue
        locked = Requirement(text)
        try:
            found = distribution(locked.name)
        except PackageNotFoundError:  # of another platform
            continue
        if not locked.specifier.contains(found.version, prereleases=True):  # an environment of one's own
            continue
        needed = SpecifierSet((found.metadata.get_all("Requires-Python") or [""])[0])
        assert needed.contains(OLDEST), f"{text} needs Python {needed}"
        checked.append(locked.name)
    assert len(checked) > 100
