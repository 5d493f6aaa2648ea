from galaxy.models.timm_create import timm_normalisation


def test_normalisation_is_what_the_weights_were_trained_with() -> None:
    assert timm_normalisation("resnet10t.c3_in1k") == ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    assert timm_normalisation("vit_tiny_patch16_224") == ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
