from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from galaxy.errors import InputError
from galaxy.models.weights import load_weights, read_checkpoint
from tests.galaxy.models.classifiers import build


def stock(**changes: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """A checkpoint for the small VGGs with a head of another size, as from other classes."""
    torch.manual_seed(3)
    tensors: dict[str, torch.Tensor | None] = {
        name: torch.randn_like(tensor)
        for name, tensor in build("scratch").network.state_dict().items()
        if not name.startswith("classifier.3")
    }
    tensors["classifier.6.weight"] = torch.randn(1000, 16)
    return {name: tensor for name, tensor in {**tensors, **changes}.items() if tensor is not None}


@pytest.mark.parametrize("name", ["deep", "partly", "shallow"])
def test_every_tensor_is_used_or_replaced(name: str) -> None:
    classifier, tensors = build(name), stock()
    load_weights(classifier.network, tensors, is_replaced=classifier.is_replaced, source="x")
    for path, tensor in classifier.network.state_dict().items():
        if not classifier.is_replaced(path):
            assert torch.equal(tensor, tensors[path])
    assert all(path in classifier.network.state_dict() or classifier.is_replaced(path) for path in tensors)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features.0.weight": None}, r"x do not fit the network: features\.0\.weight is missing$"),
        ({"extra": torch.zeros(1)}, "extra is foreign$"),
        ({"features.3.bias": torch.zeros(9)}, r"features\.3\.bias is \(9,\), not \(8,\)$"),
        ({f"features.{i}.bias": None for i in (0, 3, 6, 8, 11)}, "; and 2 more$"),
    ],
)
def test_differences_stop_the_run_and_nothing_is_loaded(changes: dict[str, torch.Tensor | None], message: str) -> None:
    classifier = build("shallow")
    before = {name: tensor.clone() for name, tensor in classifier.network.state_dict().items()}
    with pytest.raises(InputError, match=message):
        load_weights(classifier.network, stock(**changes), is_replaced=classifier.is_replaced, source="x")
    assert all(torch.equal(tensor, before[name]) for name, tensor in classifier.network.state_dict().items())


@pytest.mark.parametrize("wrap", [lambda t: t, lambda t: {"state_dict": t}, lambda t: {"model": t, "epoch": 3}])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_usual_wrappings_are_unpacked(tmp_path: Path, wrap: object, prefix: str) -> None:
    tensors = {f"{prefix}a": torch.arange(3.0), f"{prefix}b": torch.ones(2)}
    torch.save(wrap(tensors), tmp_path / "w.pth")  # type: ignore[operator]
    found = read_checkpoint(tmp_path / "w.pth")
    assert set(found) == {"a", "b"}
    assert torch.equal(found["a"], torch.arange(3.0))


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file({"a": torch.arange(3.0)}, tmp_path / "w.safetensors")
    assert torch.equal(read_checkpoint(tmp_path / "w.safetensors")["a"], torch.arange(3.0))


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code of a checkpoint was executed",)


@pytest.mark.parametrize("kind", ["harmful", "text", "empty", "cut", "number", "missing"])
def test_other_files_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    path = tmp_path / "w.pth"
    torch.save({"a": torch.arange(300.0), **({"b": Harmful()} if kind == "harmful" else {})}, path)
    if kind == "text":
        path.write_text("no checkpoint")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "number":
        torch.save({"a": torch.ones(1), "epoch": 3}, path)
    elif kind == "missing":
        path.unlink()
    with pytest.raises(InputError, match=r"w\.pth") as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert "executed" not in capsys.readouterr().out
