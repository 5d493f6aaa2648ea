"""What a person reads when a training ends early."""

import errno

import pytest
import torch

from galaxy.errors import InputError
from galaxy.recipes.exit_messages import one_line_exit
from galaxy.training.interrupt import Interrupted


def test_a_full_disk_is_named_with_what_helps() -> None:
    with pytest.raises(InputError, match="the disk is full .*make room and start again"), one_line_exit("custom"):
        raise OSError(errno.ENOSPC, "No space left on device", "state/1.safetensors")


def test_a_full_gpu_is_named_with_what_helps() -> None:
    said = r"the GPU's memory is full \(CUDA out of memory\); give a smaller batch_size"
    with pytest.raises(InputError, match=said), one_line_exit("custom"):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 1.00 GiB free.")


def test_a_failed_compilation_is_named_with_what_helps() -> None:
    # As torch raises it; its own module is not imported, because that takes seconds.
    kind = type("InvalidCxxCompiler", (RuntimeError,), {"__module__": "torch._inductor.exc"})
    said = r"torch.compile failed \(no compiler\); install a C\+\+ compiler, or train without torch.compile"
    with pytest.raises(InputError, match=said), one_line_exit("custom"):
        raise kind("no compiler\nmore lines")


@pytest.mark.parametrize("error", [RuntimeError("a defect"), OSError(errno.EIO, "Input/output error"), KeyError("lr")])
def test_other_errors_keep_their_traceback(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, one_line_exit("custom"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(("rank", "printed"), [("0", True), ("1", False)])
def test_after_a_signal_one_process_says_where_training_stopped(
    rank: str, printed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANK", rank)
    with pytest.raises(SystemExit) as stopped, one_line_exit("custom"):
        raise Interrupted(15, "after batch 3 of epoch 1 of 8")
    assert stopped.value.code == 143
    said = capsys.readouterr().err
    assert said.startswith("custom: ") if printed else not said
    assert ("after batch 3 of epoch 1 of 8" in said) is printed
