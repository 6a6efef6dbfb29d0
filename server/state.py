"""`State`: what the routes of every protocol get; one for the server's whole life."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from prelabel.service import Service
from prelabel.settings import Settings
from server.corrections import FOLDER, Corrections
from server.guard.keys import Keys
from server.limiter import Limiter
from server.metrics import Metrics

__all__ = ["State"]

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class State:
    """The service and all that stands around it.

    `limiter`: threads for what takes time. `corrections`: what people corrected. `closing`: what
    must end in order when the server stops, last in, first out:
    ``state.closing.callback(store.close)``.
    """

    service: Service
    settings: Settings
    metrics: Metrics
    keys: Keys
    limiter: Limiter
    corrections: Corrections
    closing: ExitStack = field(default_factory=ExitStack)

    @property
    def data_dir(self) -> Path:
        """The folder that the server may write to; a protocol makes one of its own in it."""
        return Path(self.settings.data_dir)

    @classmethod
    def of(cls, service: Service, settings: Settings, metrics: Metrics) -> State:
        """The state of a server over `service`, which the state closes last."""
        limiter = Limiter(settings.in_flight)
        keys, folder = Keys.of(settings.api_keys), Path(settings.data_dir) / FOLDER
        corrections = Corrections(folder, settings.corrections_store * MIB, metrics)
        state = cls(service, settings, metrics, keys, limiter, corrections)
        state.closing.callback(service.close)
        state.closing.callback(limiter.close)
        state.closing.callback(corrections.close)
        return state
