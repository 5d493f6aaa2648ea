import hashlib

import torch

from galaxy.models.state_digest import state_sha256


def test_layout_and_order_do_not_matter_and_every_type_counts() -> None:
    maps = torch.randn(2, 3, 4, 4)
    state = {"b": maps, "a": torch.tensor(3), "c": torch.zeros(0)}
    other = {"c": torch.zeros(0), "a": torch.tensor(3), "b": maps.to(memory_format=torch.channels_last)}
    assert state_sha256(state) == state_sha256(other)
    assert state_sha256({"b": maps.bfloat16()}) != state_sha256({"b": maps.half()})
    expected = hashlib.sha256(b"b (2, 3, 4, 4) torch.float32\n" + maps.numpy().tobytes()).hexdigest()
    assert state_sha256({"b": maps}) == expected
