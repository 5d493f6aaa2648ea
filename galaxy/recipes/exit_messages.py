"""Turns exceptions and signals that end a training early into one line and an exit status."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from safetensors import SafetensorError

from galaxy.errors import InputError
from galaxy.training.interrupt import Interrupted


@contextmanager
def one_line_exit(name: str) -> Iterator[None]:
    """Turn known failures of a training inside the block into one line.

    Args:
        name: Name of the training, for the line that is printed after a signal.

    Raises:
        InputError: If the disk or the memory of the GPU is full, or torch.compile fails.
        SystemExit: If a signal came, with the exit status that shells use for it.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        if "No space left" not in str(error) and "quota" not in str(error):
            raise
        raise InputError(
            f"the disk is full ({' '.join(str(error).split())}); make room and start again: finished trainings are kept"
        ) from None
    except torch.OutOfMemoryError as error:
        raise InputError(
            f"the GPU's memory is full ({str(error).split('. ')[0]}); give a smaller batch_size, or more GPUs with "
            "GALAXY_PROCESSES"
        ) from None
    except RuntimeError as error:
        if not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise
        raise InputError(
            f"torch.compile failed ({str(error).splitlines()[0]}); install a C++ compiler, or train without "
            "torch.compile"
        ) from None
    except Interrupted as stopped:
        if os.environ.get("RANK", "0") == "0":
            print(f"{name}: {stopped}", file=sys.stderr)
        raise SystemExit(128 + stopped.signal) from None
