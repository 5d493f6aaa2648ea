import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_module_that_was_started_counts(tmp_path: Path) -> None:
    start = tmp_path / "package" / "start.py"
    start.parent.mkdir()
    texts = ["from galaxy.training.code_digest import code_sha256\nprint(code_sha256('package'))\n"]
    texts.append(f"{texts[0]}# changed\n")
    found = []
    for text in (*texts, texts[0]):
        start.write_text(text)
        command = [sys.executable, "-B", "-m", "package.start"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
        found.append(ended.stdout)
    assert found[0] == found[2] != found[1]
