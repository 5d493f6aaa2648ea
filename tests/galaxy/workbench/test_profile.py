import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from ruamel.yaml import YAML
from typer.testing import CliRunner

from galaxy.cli import app
from galaxy.errors import InputError
from galaxy.models import efficientnet_lite0
from galaxy.models.dino_backbone import create_backbone
from galaxy.recipes.dino_build import make_step
from galaxy.sections.dino_finetune import FinetuneSection
from galaxy.sections.models import ModelEntry
from galaxy.workbench.profile import apply_profile
from galaxy.workbench.profile_values import differences, profile_names, profile_of, read_yaml
from galaxy.workbench.read_section import read_section
from tests.root import ROOT

PROFILES = ROOT / "profiles"
STEP = (
    "lora",
    "head",
    "head_learns",
    "crops",
    "student_temperature",
    "center_momentum",
    "freeze_last_layer",
    "decay_last_layer",
    "drop_path",
)


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml"))


def test_the_committed_parameters_are_the_default_profile(params: Path) -> None:
    assert apply_profile(params, ["default"], folder=PROFILES) == [], "what changes in one file changes in both"
    assert not differences(params, [], PROFILES)


def test_there_and_back_gives_the_same_bytes(params: Path) -> None:
    before = params.read_bytes()
    changes = apply_profile(params, ["paper"], folder=PROFILES)
    assert any(line.startswith("train.epochs: ") and line.endswith("-> 100") for line in changes)
    assert changes[0] == "models.vgg11-scratch-kaiming: added"
    assert list(read_yaml(params)["models"])[:3] == ["vgg11-scratch", "vgg11-scratch-kaiming", "vgg11-deep"]
    paper = params.read_text()
    assert paper.count("#") == before.decode().count("#"), "comments are kept"
    apply_profile(params, ["paper", "authors"], folder=PROFILES)
    apply_profile(params, ["default"], folder=PROFILES)
    assert params.read_bytes() == before


def test_the_paper_profile_is_the_reports_protocol(params: Path) -> None:
    apply_profile(params, ["paper"], folder=PROFILES)
    values = YAML(typ="safe").load(params)
    assert values["download"]["source"] == "galaxy10"
    assert values["split"]["size"] == 256
    assert (values["train"]["epochs"], values["train"]["batch_size"]) == (100, 64)
    assert (values["train"]["lr"], values["train"]["lr_min"]) == (5e-4, 1e-6)
    assert len(values["train"]["seeds"]) == 3
    assert values["dino"]["backbone"] == "vit_small_patch16_224.dino"
    assert values["dino"]["weights"] == "pretrained"
    assert values["dino"]["positions"] == "reference"
    assert values["kmeans"]["probability"] == "hard"
    tuning = values["dino_finetune"]
    assert (tuning["drop_path"], tuning["clip_per_tensor"], tuning["drop_last"]) == (0.1, True, True)
    assert (tuning["head"]["freeze_last_layer"], tuning["head"]["decay_last_layer"]) == (1, True)
    assert (tuning["crops"]["sampling"], tuning["crops"]["jitter_order"]) == ("torchvision", "random")


def test_the_authors_profile_trains_what_their_code_trains(params: Path) -> None:
    apply_profile(params, ["authors"], folder=PROFILES)
    section: FinetuneSection = read_section(params, "dino_finetune", FinetuneSection)
    lora = section.lora
    assert (lora.targets, lora.rank, lora.alpha) == (("q", "v", "proj"), 32, 1)
    backbone = create_backbone("test_vit", seed=0)
    images = np.zeros((4, 32, 32, 3), dtype=np.uint8)
    given = section.arguments()
    step, _ = make_step(
        backbone,
        interpolation="timm",
        images=images,
        rows=np.arange(4),
        device=torch.device("cpu"),
        seed=0,
        clip_each=given["clip_norm"],
        **{name: given[name] for name in STEP},
    )
    learning = {name for name, parameter in step.student.named_parameters() if parameter.requires_grad}
    assert learning
    assert all(".down." in name or ".up." in name or name.endswith("bias") for name in learning)
    assert any(name.endswith("norm1.bias") for name in learning)
    assert {name for name in learning if name.startswith("head.")} == {f"head.mlp.{layer}.bias" for layer in (0, 2, 4)}


def test_the_imagenet_profile_adds_one_row_and_nothing_else(params: Path) -> None:
    before = params.read_bytes()
    assert apply_profile(params, ["imagenet"], folder=PROFILES) == ["models.efficientnet-lite0: added"]
    models = read_yaml(params)["models"]
    assert list(models)[-3:] == ["custom", "efficientnet-lite0", "gcnn"]
    entry: Any = TypeAdapter(ModelEntry).validate_python(models["efficientnet-lite0"])
    assert (entry.name, entry.tune, entry.weights) == (efficientnet_lite0.NAME, "head", "imagenet")
    assert apply_profile(params, ["default"], folder=PROFILES) == ["models.efficientnet-lite0: removed"]
    assert params.read_bytes() == before


def test_a_further_row_survives_and_an_edited_value_goes(params: Path) -> None:
    text = params.read_text().replace("\nmodels:", "\nmodels:\n  resnet:\n    kind: timm\n#", 1)
    params.write_text(text.replace("weight_decay: 0.01", "weight_decay: 0.1"))
    apply_profile(params, ["paper"], folder=PROFILES)
    values = YAML(typ="safe").load(params)
    assert values["models"]["resnet"] == {"kind": "timm"}
    assert values["train"]["weight_decay"] == 0.01


def test_no_setting_of_a_profiles_row_is_left_behind(params: Path) -> None:
    before = params.read_bytes()
    params.write_text(params.read_text().replace("    kind: custom", "    dropout: 0.5\n    kind: custom", 1))
    changes = apply_profile(params, ["default"], folder=PROFILES)
    assert changes == ["models.custom.dropout: 0.5 removed, so that its default holds"]
    assert params.read_bytes() == before


@pytest.mark.parametrize("dash", ["    - 16", "      - 16"])
def test_a_list_of_several_lines_becomes_that_of_the_profile(params: Path, dash: str) -> None:
    text = params.read_text()
    given = text.replace("    head: [4096]  ", f"    head:  # wide\n{dash}\n#")
    assert given != text
    params.write_text(given)
    apply_profile(params, ["default"], folder=PROFILES)
    assert YAML(typ="safe").load(params) == YAML(typ="safe").load(text)
    assert "# wide" in params.read_text()


def test_the_name_of_what_params_hold_says_what_is_edited(params: Path) -> None:
    shutil.copytree(PROFILES, params.parent / "profiles")
    names = (["default"], "default"), (["paper"], "paper"), (["authors"], "authors")
    for profiles, name in [*names, (["paper", "authors"], "paper + authors")]:
        apply_profile(params, profiles, folder=PROFILES)
        assert profile_of(params) == name
    apply_profile(params, ["paper"], folder=PROFILES)
    params.write_text(params.read_text().replace("flips: false", "flips: true").replace("lr: 5.0e-4 ", "lr: 1.0e-3 "))
    assert profile_of(params) == "paper, but for train.lr, train.flips, dino_finetune.lr"
    params.write_text(params.read_text().replace("weight_decay:", "weight_dacay:"))
    assert profile_of(params).endswith(" and 4 more")


def test_unknown_profile_and_missing_keys(params: Path) -> None:
    assert profile_names(PROFILES) == ["authors", "default", "imagenet", "paper"]
    with pytest.raises(InputError, match="unknown profile 'peper'.*authors, default, imagenet, paper"):
        apply_profile(params, ["peper"], folder=PROFILES)
    before = params.read_text().replace("  epochs:", "  epcohs:")
    params.write_text(before)
    with pytest.raises(InputError, match=r"no 'train\.epochs'"):
        apply_profile(params, ["paper"], folder=PROFILES)
    assert params.read_text() == before, "nothing half-written"


def test_a_folder_is_no_file_of_parameters(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        apply_profile(tmp_path, ["default"], folder=PROFILES)


def test_the_command_says_what_it_changed(params: Path) -> None:
    words = ["profile", "paper", "--params", str(params), "--profiles", str(PROFILES)]
    assert "split.size: " in CliRunner().invoke(app, words).output
    assert "already" in CliRunner().invoke(app, words).output


def test_a_link_to_the_parameters_stays_a_link(params: Path) -> None:
    target = params.rename(params.with_name("mine.yaml"))
    params.symlink_to(target.name)
    assert apply_profile(params, ["paper"], folder=PROFILES)
    assert params.is_symlink()
    assert target.read_text() == params.read_text() != (ROOT / "params.yaml").read_text()


def test_an_empty_profile_changes_nothing_and_one_of_another_form_is_refused(params: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(PROFILES, tmp_path / "profiles"))
    (folder / "mine.yaml").write_text("# nothing yet\n")
    assert apply_profile(params, ["mine"], folder=folder) == []
    for text in ("[1]", "5", "models: [custom]"):
        (folder / "mine.yaml").write_text(text)
        with pytest.raises(InputError, match=r"mine\.yaml is no profile; write sections as in params\.yaml"):
            apply_profile(params, ["paper"], folder=folder)
