"""What can run a graph here: onnxruntime's providers, their options, and why one does not start.

onnxruntime lists a provider whose library was installed, whether or not it can be loaded, and
where it cannot, makes a session without it and says so in its log alone. So what is missing is
looked for here.
"""

from __future__ import annotations

import ctypes
import io
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import MappingProxyType

import onnxruntime

__all__ = ["AUTO", "PROVIDERS", "chain", "needs", "prepare", "reason"]

PROVIDERS: Mapping[str, str] = MappingProxyType(
    {
        "tensorrt": "TensorrtExecutionProvider",
        "cuda": "CUDAExecutionProvider",
        "openvino": "OpenVINOExecutionProvider",
        "cpu": "CPUExecutionProvider",
    }
)
"""Names in settings -> onnxruntime's."""

AUTO = ("cuda", "openvino", "cpu")
"""Tried in this order; TensorRT only on request, because it compiles each model for minutes."""

NVIDIA = ("tensorrt", "cuda")
DRIVER = "libcuda.so.1"
FOLDER = Path(onnxruntime.__file__).parent / "capi"
"""Where onnxruntime keeps a provider's library."""


def chain(name: str, threads: int, runs: int) -> list[tuple[str, dict[str, str]]]:
    """Providers in onnxruntime's names with their options: nodes go to the first that takes them.

    What TensorRT does not take, CUDA does where it is installed, and the CPU the rest. `threads`:
    cores that one run may use; `runs`: how many go side by side where a CPU does the work.
    """
    here = onnxruntime.get_available_providers()
    after = ["cuda"] if name == "tensorrt" and PROVIDERS["cuda"] in here else []
    names = dict.fromkeys([name, *after, "cpu"])
    return [(PROVIDERS[each], _options(each, threads, runs)) for each in names]


def _options(name: str, threads: int, runs: int) -> dict[str, str]:
    """A provider changes no result: without `use_tf32` 0, convolutions multiply with ten bits.

    HEURISTIC keeps a batch of a new size from trying every algorithm of each convolution first,
    and the choice from depending on a clock. OpenVINO would do one run after another, each on all
    cores: two side by side gave twice the pictures (two cores).
    """
    if name == "cuda":
        return {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
    if name == "openvino":
        return {"num_of_threads": str(threads * runs), "num_streams": str(runs)}
    return {}


def prepare(name: str) -> None:
    """Load the CUDA libraries that NVIDIA's own packages brought: the loader looks elsewhere.

    Not without a driver, as they take 220 MiB.
    """
    if name in NVIDIA and not lacking(DRIVER) and hasattr(onnxruntime, "preload_dlls"):
        with redirect_stdout(io.StringIO()):
            onnxruntime.preload_dlls()


def reason(name: str) -> str:
    """What is missing for a provider that did not start, in one line; "" where nothing is."""
    own = FOLDER / f"libonnxruntime_providers_{name}.so"
    wanted = [*([DRIVER] if name in NVIDIA else []), *([str(own)] if own.exists() else [])]
    return next(filter(None, map(lacking, wanted)), "")


def needs(name: str) -> str:
    """What a user has to install for a provider, "" for those that bring everything."""
    if name not in NVIDIA:
        return ""
    libraries = "onnxruntime-gpu[cuda,cudnn]" + (" and TensorRT" if name == "tensorrt" else "")
    return f"needs NVIDIA's driver and {libraries}"


def lacking(library: str) -> str:
    """Why the loader does not take a library, "" where it does; other systems are not asked."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return " ".join(str(error).replace(f"{FOLDER}/", "").split())
    return ""
