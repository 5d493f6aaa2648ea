from pathlib import Path

from galaxy.workbench.closure import closure


def test_closure_follows_nested_imports_and_leaves_out_type_checking(tmp_path: Path) -> None:
    files = {
        "stages/one.py": "def f():\n    from galaxy.a import b\n",
        "galaxy/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import galaxy.c\nimport galaxy.d\n",
        "galaxy/c.py": "x = 1\n",
        "galaxy/d.py": "x = 1\n",
        "galaxy/__init__.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert closure("stages.one", tmp_path) == ["galaxy/a.py", "galaxy/d.py", "stages/one.py"]
    (tmp_path / "stages" / "__init__.py").write_text("from galaxy import g\n")
    (tmp_path / "galaxy" / "g.py").write_text("G = 1\n")
    packages = ["galaxy/g.py", "stages/__init__.py"]  # Python runs the package's own module before the stage
    assert closure("stages.one", tmp_path) == sorted(["galaxy/a.py", "galaxy/d.py", "stages/one.py", *packages])
