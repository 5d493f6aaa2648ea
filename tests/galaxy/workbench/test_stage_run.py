import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from galaxy.workbench.stage_run import commit_tags, setting_texts, track_stage


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0.1, "0.1"),
        (8.0, "8"),
        (8, "8"),
        (["q", "v"], "['q', 'v']"),
        (("q", "v"), "['q', 'v']"),
        ((0.5, 1.0), "[0.5, 1]"),
        (True, "True"),
        (None, "None"),
        (float("inf"), "inf"),
        (1e300, "1e+300"),
    ],
)
def test_equal_settings_have_equal_texts(given: object, expected: str) -> None:
    assert setting_texts({"train": {"lr": given}, "x": given}) == {"train.lr": expected, "x": expected}


PARAMS = """
download: {source: rendered}
split: {seed: 3}
models: {elsewhere: {kind: vgg}, other: {kind: custom}}
train: {lr: 5e-4, epochs: 2}
dino: {backbone: tiny}
dino_finetune: {lr: 1}
embed: {size: 8}
embed_pixels: {size: 4}
kmeans: {clusters: 10}
report: {title: x}
"""


@pytest.mark.parametrize(
    ("row", "trained", "names"),
    [
        ("elsewhere", True, {"download.source", "split.seed", "train.lr", "train.epochs", "model.kind"}),
        ("pixels-kmeans", False, {"download.source", "split.seed", "embed_pixels.size", "kmeans.clusters"}),
        ("dino-kmeans", False, {"download.source", "split.seed", "dino.backbone", "embed.size", "kmeans.clusters"}),
        ("dino-lora", False, {"download.source", "split.seed", "dino.backbone", "dino_finetune.lr"}),
    ],
)
def test_a_run_carries_the_settings_that_lead_to_its_row(
    row: str, trained: bool, names: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = tmp_path / "params.yaml"
    params.write_text(PARAMS)
    given: dict[str, Any] = {}

    @contextmanager
    def track(**settings: Any) -> Any:
        given.update(settings)
        yield None

    monkeypatch.setattr("galaxy.tracking.track.track", track)
    with track_stage(stage="evaluate", row=row, params={"evaluate": {"bins": 15}}, params_path=params):
        pass
    assert given["params"] == {"evaluate.bins": "15"}
    assert set(given["further_params"]) == names
    assert given["trained"] is trained
    assert given["tags"] == {"profile": "unknown"}


def test_the_commit_is_named(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    params = tmp_path / "params.yaml"
    params.write_text("a: 1\n")
    assert commit_tags(tmp_path) == {}
    git("init")
    git("add", "params.yaml")
    git("commit", "-m", "first")
    tags = commit_tags(tmp_path)
    assert len(tags["commit"]) == 40
    assert "uncommitted_changes" not in tags
    params.write_text("a: 2\n")
    assert commit_tags(tmp_path)["uncommitted_changes"] == "yes"
