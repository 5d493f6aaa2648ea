import pytest
import torch
import torch._inductor.config as inductor

from galaxy.training.seeding import make_deterministic


@pytest.mark.parametrize("compiled", [True, False])
def test_compiled_code_is_deterministic_too(compiled: bool) -> None:
    before = torch.get_deterministic_debug_mode()
    with inductor.patch(deterministic=False):
        try:
            make_deterministic(compiled=compiled)
            assert torch.are_deterministic_algorithms_enabled()
            assert inductor.deterministic is compiled
        finally:
            torch.set_deterministic_debug_mode(before)
