"""The tracks of a clip of a task, made by the models that a service serves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from prelabel.errors import BusyError
from prelabel.gate import Gate
from prelabel.job import Asked
from prelabel.label_studio.wanted import Answer, Wanted
from prelabel.service import Address, Service
from prelabel.tickets import Ticket

__all__ = ["follow"]

PAUSE = 0.1
"""Seconds until a frame that was refused as one too many tries again."""


def follow(service: Service, wanted: Wanted, ticket: Ticket) -> Answer:
    """The tracks of a clip, every frame of which goes through the gate of the service.

    FetchError, ImageError, UnknownName, ModelError, BusyError where the service is being closed;
    DeadlineError and CancelledError when the ticket ends.
    """
    from prelabel.video.options import Options  # loads PyAV
    from prelabel.video.service import tracks_of

    query = wanted.query
    asked = Asked(conf=query.conf, iou=query.iou, max_det=query.max_det)
    with service.clip(Address(wanted.address, wanted.task), wanted.model, ticket) as (path, leased):
        tracked = tracks_of(
            path,
            leased.labeler,
            asked,
            Options(),
            ticket,
            entrance=lambda: _place(service.gate, ticket),
        )
    media = replace(tracked.media, path=wanted.shown)
    card = leased.card
    return Answer(tracked.shown, media.size, card.labels, card.task, leased.fingerprint, media)


@contextmanager
def _place(gate: Gate, ticket: Ticket) -> Iterator[None]:
    """A place inside, as soon as there is one: a clip is not given up for one busy moment."""
    with ExitStack() as inside:
        while True:
            try:
                inside.enter_context(gate.entered(ticket))
                break
            except BusyError:
                ticket.check()
                time.sleep(PAUSE)
        yield
