"""Finds out whether this machine has NVIDIA's driver, without importing torch, which takes seconds."""

from pathlib import Path

_SIGNS = (
    Path("/proc/driver/nvidia/version"),  # Linux
    Path("/dev/nvidiactl"),  # containers whose /proc does not show the driver
    Path("/usr/lib/wsl/lib/libcuda.so.1"),  # Windows' subsystem for Linux, where /dev/dxg is there for any maker's GPU
)
"""Files of which one exists where NVIDIA's driver is loaded."""


def has_nvidia_driver() -> bool:
    """Return whether NVIDIA's driver is loaded on this machine, or passed into this container."""
    return any(path.exists() for path in _SIGNS)
