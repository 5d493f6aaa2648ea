import torch

from galaxy.models.small_transformer import SMALL_TRANSFORMERS, create_small_transformer


def test_each_size_has_the_tokens_and_the_width_that_it_says() -> None:
    for name, shape in SMALL_TRANSFORMERS.items():
        network = create_small_transformer(name)
        with torch.no_grad():
            tokens = network.forward_features(torch.zeros(1, 3, shape.size, shape.size))
        assert tokens.shape == (1, 1 + (shape.size // shape.patch) ** 2, shape.width)
        assert len(network.blocks) == shape.depth
        assert getattr(network, "pretrained_cfg", {})["architecture"] == name


def test_images_of_other_sizes_are_taken() -> None:
    network = create_small_transformer("galaxy_vit_tiny_patch8_64")
    with torch.no_grad():
        assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 192)
