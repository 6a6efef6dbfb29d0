"""The doctor of this machine: what would run a model here."""

from __future__ import annotations

from collections.abc import Iterator

import onnxruntime

from prelabel import providers, session
from prelabel.doctor.findings import Finding, fine, note, problem
from prelabel.errors import ModelError

__all__ = ["examine"]


def examine(asked: str) -> Iterator[Finding]:
    """What runs models where `asked` (setting ``provider``) is wanted, and what "auto" passes over.

    Each is started with a graph of one node; a problem where one that was asked for by name, or
    the last of "auto", does not start.
    """
    names = providers.AUTO if asked == "auto" else (asked,)
    for name in names:
        error = _fault(name)
        if error is None:
            yield _taken(name, asked)
            return
        if name == names[-1]:
            yield problem(error.what, providers.needs(name) or error.hint)
        else:
            why = error.what.removeprefix(f"provider {name!r} ")
            yield note(f"auto passes over {name}, which {why}", providers.needs(name))


def _fault(name: str) -> ModelError | None:
    try:
        session.start(name)
    except ModelError as error:
        return error
    return None


def _taken(name: str, asked: str) -> Finding:
    by = "auto: " if asked == "auto" else ""
    count = session.cores()
    cores = "1 core" if count == 1 else f"{count} cores"
    return fine(f"{by}models run on {name} (onnxruntime {onnxruntime.__version__}, {cores})")
