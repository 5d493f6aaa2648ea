import pytest
import torch
from torch.nn import functional

from galaxy.models.classifier import Classifier
from tests.galaxy.models.classifiers import ARCHITECTURES, CLASSES, build, images


def stirred(name: str) -> Classifier:
    """Return a classifier without zero weights; timm starts residual branches with zeros, which stop gradients."""
    classifier = build(name).train()
    with torch.no_grad():
        for parameter in classifier.network.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    return classifier


EVERY = pytest.mark.parametrize("name", list(ARCHITECTURES))


@EVERY
def test_what_learns_gets_a_gradient_and_what_is_frozen_none(name: str) -> None:
    classifier = stirred(name)
    functional.cross_entropy(classifier(images()), torch.tensor([0, 1, 2, 3, 0, 1])).backward()  # type: ignore[no-untyped-call]
    learning = classifier.learning_tensors()
    for path, parameter in classifier.network.named_parameters():
        if path in learning:
            assert parameter.grad is not None, path
            assert bool((parameter.grad != 0).any()), path
        else:
            assert parameter.grad is None, path
            assert not parameter.requires_grad, path


@EVERY
def test_training_leaves_frozen_tensors_as_they_are_and_changes_the_rest(name: str) -> None:
    classifier = stirred(name)
    before = {path: tensor.detach().clone() for path, tensor in classifier.network.state_dict().items()}
    learning = classifier.learning_tensors()
    optimizer = torch.optim.AdamW([t for t in learning.values() if isinstance(t, torch.nn.Parameter)], lr=0.01)
    functional.cross_entropy(classifier(images()), torch.tensor([0, 1, 2, 3, 0, 1])).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    after = classifier.network.state_dict()
    assert set(learning) | set(classifier.frozen_tensors()) == set(after)
    for path, tensor in before.items():
        assert torch.equal(tensor, after[path]) == (path not in learning), path


@EVERY
def test_the_parts_together_are_the_network(name: str) -> None:
    classifier = build(name).eval()
    with torch.no_grad():
        logits = classifier(images())
        assert logits.shape == (6, CLASSES)
        torch.testing.assert_close(logits, classifier.network(classifier.normalise(images())), rtol=1e-4, atol=1e-5)


@EVERY
def test_one_image_gives_what_it_gives_in_a_batch(name: str) -> None:
    classifier = build(name).eval()
    with torch.no_grad():
        torch.testing.assert_close(classifier(images())[2:3], classifier(images()[2:3]), rtol=1e-4, atol=1e-5)


@EVERY
def test_drawing_anew_changes_only_what_learns_and_depends_on_the_seed(name: str) -> None:
    classifier = build(name)
    frozen = {path: tensor.detach().clone() for path, tensor in classifier.frozen_tensors().items()}
    drawn = []
    for seed in (1, 2, 1):
        torch.manual_seed(seed)
        classifier.reinitialise()
        drawn.append({path: tensor.detach().clone() for path, tensor in classifier.learning_tensors().items()})
    assert all(torch.equal(tensor, frozen[path]) for path, tensor in classifier.frozen_tensors().items())
    assert all(torch.equal(drawn[0][path], drawn[2][path]) for path in drawn[0])
    assert any(not torch.equal(drawn[0][path], drawn[1][path]) for path in drawn[0])


@EVERY
@pytest.mark.parametrize("wrong", ["float", "channels first", "grey", "not square"])
def test_other_pixels_are_refused(name: str, wrong: str) -> None:
    given = {
        "float": images().float() / 255,
        "channels first": images().permute(0, 3, 1, 2),
        "grey": images()[..., :1],
        "not square": images()[:, :16],
    }[wrong]
    with pytest.raises(TypeError, match="must have shape"):
        build(name)(given)
