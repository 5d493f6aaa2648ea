"""How a stage that trains ends when it cannot go on: one line from the process that leads, and its exit status."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from safetensors import SafetensorError

from galaxy.errors import InputError
from galaxy.training.divergence import DivergedError
from galaxy.training.interrupt import Interrupted
from galaxy.training.process_group import LostError


@contextmanager
def one_line_endings(name: str) -> Iterator[None]:
    """Turn what ends a training of `name` into one line; processes that only help leave without a word.

    Raises:
        InputError: the disk is full, the training has diverged, a process was lost, the GPU's memory is full, or
            torch.compile failed.
        SystemExit: after a signal, with the shell's status for it.
    """
    follows = os.environ.get("RANK", "0") != "0"
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
            f"the GPU's memory is full ({str(error).split('. ')[0]}); give a smaller batch_size, or more GPUs by "
            "GALAXY_PROCESSES"
        ) from None
    except RuntimeError as error:
        if not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise
        raise InputError(
            f"torch.compile failed ({str(error).splitlines()[0]}); install a C++ compiler, or give train.compile: false"
        ) from None
    except (DivergedError, LostError):
        if follows:  # the leading process comes to the same end and says so
            raise SystemExit(1) from None
        raise
    except Interrupted as stopped:
        if not follows:
            print(f"{name}: {stopped}", file=sys.stderr)
        raise SystemExit(128 + stopped.signal) from None
