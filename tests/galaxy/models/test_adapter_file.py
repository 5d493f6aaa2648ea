import dataclasses
import json
from pathlib import Path

import pytest
import torch

from galaxy.errors import InputError
from galaxy.models.adapter_file import AdapterDescription, merge_saved, save_adapter
from galaxy.models.dino_backbone import cls_tokens, create_backbone
from galaxy.models.lora import adapter_state, attach_adapters
from galaxy.models.state_digest import state_sha256

IMAGES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def tuned(folder: Path) -> torch.Tensor:
    """Save a changed adapter over the weights of seed 0, and return what the network computes with it."""
    model = create_backbone("test_vit", seed=0)
    description = AdapterDescription(
        backbone="test_vit",
        base_sha256=state_sha256(model.state_dict()),
        targets=("q", "v"),
        rank=2,
        alpha=3.0,
        also=("norm1.bias",),
        trainable_parameters=attach_adapters(model, targets=["q", "v"], rank=2, alpha=3, seed=0, also=["norm1.bias"]),
        manifest="m",
        change={"cosine_distance": 0.1},
    )
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for tensor in adapter_state(model, also=["norm1.bias"]).values():
            tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))
    save_adapter(folder, model, description)
    return cls_tokens(model, IMAGES, blocks=2).detach()


def test_the_merged_network_computes_what_the_tuned_one_did(tmp_path: Path) -> None:
    wanted = tuned(tmp_path)
    model = create_backbone("test_vit", seed=0)
    description = merge_saved(model, tmp_path, manifest="m")
    torch.testing.assert_close(cls_tokens(model, IMAGES, blocks=2), wanted, rtol=0, atol=1e-5)
    assert description.trainable_parameters == 6 * (2 * 2 * 2 * 64 + 64)
    assert {field.name for field in dataclasses.fields(description)} == set(
        json.loads((tmp_path / "adapter.json").read_text(encoding="utf-8"))
    )


def test_the_file_holds_the_adapter_alone(tmp_path: Path) -> None:
    tuned(tmp_path)
    assert (tmp_path / "adapter.safetensors").stat().st_size < 4 * 6 * (2 * 2 * 2 * 64 + 64) + 4096


def test_other_weights_a_damaged_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    tuned(tmp_path)
    other = create_backbone("test_vit", seed=1)
    before = state_sha256(other.state_dict())
    with pytest.raises(InputError, match="run the fine-tuning again"):
        merge_saved(other, tmp_path, manifest="m")
    assert state_sha256(other.state_dict()) == before
    with pytest.raises(
        InputError, match=r"tuned on .* split manifest m, not of this one, other; run the fine-tuning again"
    ):
        merge_saved(create_backbone("test_vit", seed=0), tmp_path, manifest="other")
    path = tmp_path / "adapter.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        merge_saved(create_backbone("test_vit", seed=0), tmp_path, manifest="m")
    path.unlink()
    with pytest.raises(InputError, match="does not describe an adapter"):
        merge_saved(create_backbone("test_vit", seed=0), tmp_path, manifest="m")
