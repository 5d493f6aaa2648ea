import pytest

from galaxy.workbench.missing_package import EXTRAS, exit_with_missing_package
from tests.root import ROOT


def absent(name: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize(("name", "extra"), [("astropy.io", "astro"), ("dvc", "pipeline"), ("fastapi", "serve")])
def test_the_extra_that_brings_the_package_is_named(name: str, extra: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        exit_with_missing_package(absent(name))
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"needs {name.partition('.')[0]}, which is not installed: pip install" in said
    assert f"[{extra}]'" in said


def test_a_module_of_ours_that_is_missing_is_no_matter_of_installation() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"galaxy\.nothing"):
        exit_with_missing_package(absent("galaxy.nothing"))


def test_each_extra_is_one_of_the_package() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{extra} = [" in text for extra in EXTRAS)
