"""`Run`: how a model reaches its graph, whoever runs, batches or caches it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Run"]


class Run(Protocol):
    """Runs a graph of the model; raises ModelError, BusyError."""

    def __call__(
        self, graph: str, inputs: dict[str, NDArray[np.generic]], *, key: str | None = None
    ) -> list[NDArray[np.generic]]:
        """The outputs of `graph` ("" for the only one) for ONE picture's inputs (batch axis 1).

        With a `key` the answer may come from a cache under (graph, input names and shapes, key).
        """
