"""What the figures depend on: cores, load, versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

__all__ = ["cores", "describe", "load"]


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0))


def load() -> float:
    """Processes that wanted a core in the last minute."""
    return os.getloadavg()[0]


def describe() -> str:
    """One line about the machine and the versions that matter."""
    packages = ("onnxruntime", "opencv-python-headless", "numpy", "ultralytics")
    versions = ", ".join(f"{name} {installed(name)}" for name in packages)
    return f"{cores()} cores {platform.machine()}, Python {platform.python_version()}, {versions}"


def installed(package: str) -> str:
    """The version of a package, or "absent"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
