"""Random numbers from counters instead of from a generator's state.

Every random number of a training comes from a generator that is seeded from (seed, epoch, step). A training that is
resumed in the middle of an epoch therefore draws the same numbers, and no generator state has to be saved.
"""

import hashlib

import torch

from galaxy.training.precision import forbid_tf32


def derive_seed(*words: int | str) -> int:
    """Return a seed in [0, 2**63), the hash of counters and names; different words give unrelated seeds."""
    digest = hashlib.sha256("\x1f".join(map(repr, words)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def make_generator(device: torch.device, *words: int | str) -> torch.Generator:
    """Return a generator on `device`, seeded with the hash of `words`."""
    generator = torch.Generator(device=device)
    generator.manual_seed(derive_seed(*words))
    return generator


def seed_layers(*words: int | str, device: torch.device | None = None) -> None:
    """Seed torch's default generator of a device, from which layers draw initial weights and dropout masks.

    Only that generator is seeded: `torch.manual_seed` seeds those of all devices, which takes 0.1 to 0.2 ms.

    Args:
        *words: Counters and names, as in `derive_seed`.
        device: The device; None is the CPU, where initial weights are drawn.
    """
    seed = derive_seed(*words)
    if device is not None and device.type == "cuda":
        torch.cuda.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


def make_deterministic(*, compiled: bool = False) -> None:
    """Make torch use only deterministic algorithms, raise where it has none, and avoid TF32.

    On CUDA, CUBLAS_WORKSPACE_CONFIG=:4096:8 must be in the environment before the process starts.

    Args:
        compiled: Whether torch.compile is used; if so, its choices are made independent of measured times.
    """
    if compiled:
        torch.use_deterministic_algorithms(mode=True)
    else:
        torch.set_deterministic_debug_mode("error")  # the call above also imports torch.compile, which takes a second
    # torch would fill new memory with NaN to reveal reads before writes; that costs 8 % of the time of a VGG's step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    forbid_tf32()
