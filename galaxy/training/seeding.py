"""Randomness from counters instead of from state.

Every draw of a training comes from a generator that is made from (seed, epoch, step): a training that is resumed in
the middle of an epoch draws what it would have drawn, and there is no generator state to save.
"""

import hashlib

import torch


def derive_seed(*words: int | str) -> int:
    """A seed in [0, 2**63) from any counters and names; different words give unrelated seeds."""
    digest = hashlib.sha256("\x1f".join(map(repr, words)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def make_generator(device: torch.device, *words: int | str) -> torch.Generator:
    """A generator on `device`, seeded with `words`."""
    generator = torch.Generator(device=device)
    generator.manual_seed(derive_seed(*words))
    return generator


def seed_layers(*words: int | str) -> None:
    """Seed what layers draw from by themselves (initial weights, dropout): torch's default generators."""
    torch.manual_seed(derive_seed(*words))


def make_deterministic(*, compiled: bool = False) -> None:
    """Let torch use only algorithms that give the same bytes each time, and raise where it has none.

    On CUDA the variable CUBLAS_WORKSPACE_CONFIG=:4096:8 must be in the environment before the process starts.

    Args:
        compiled: Whether torch.compile is used, whose choices then must not depend on measured times either.
    """
    if compiled:
        torch.use_deterministic_algorithms(mode=True)
    else:
        torch.set_deterministic_debug_mode("error")  # the other would import torch.compile's machinery, a second
    # Filling fresh memory with NaN finds reads of it, of which there are none here, and costs 8 % of a VGG's step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
