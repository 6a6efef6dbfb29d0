"""What a saved annotation of Label Studio comes to: the model asked again, down to the least score.

The labeling config that came with the event says which models are asked, and which label each class
stands for, as it does for predictions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version

from prelabel.corrections.correction import UNFILTERED, Correction, View
from prelabel.corrections.event import Event
from prelabel.label_studio.configs import Configs
from prelabel.label_studio.plan import Part, Plan, Planner
from prelabel.service import Address, Service
from prelabel.tickets import Ticket
from server.protocols.label_studio import events, viewing
from server.protocols.label_studio.events import Saved
from server.protocols.label_studio.viewing import Seen

__all__ = ["Correcting"]


class Correcting:
    """Makes corrections of events; any thread may call it."""

    def __init__(self, service: Service, configs: Configs, planner: Planner) -> None:
        self._service = service
        self._configs = configs
        self._planner = planner

    def __call__(self, event: Event, ticket: Ticket) -> Correction | None:
        """The correction of an event, None where there is nothing to learn from it.

        That is a skipped task, a clip, and what no model that is served is asked about. Raises what
        `Service.label` raises.
        """
        saved = events.saved(event)
        views = () if saved.cancelled else tuple(self._views(saved, ticket))
        if not views:
            return None
        return Correction(
            views=views,
            annotator=saved.annotator,
            project=saved.project,
            item=saved.item,
            lead_time=saved.lead_time,
            saw=saved.saw,
            version=version("prelabel"),
        )

    def _views(self, saved: Saved, ticket: Ticket) -> Iterator[View]:
        """One for each picture and model."""
        plan = self._planner.plan(self._configs.parsed(saved.config))
        seen = [s for part in plan.parts if (s := self._seen(plan, part, saved, ticket))]
        for one in seen:
            beside = [other for other in seen if other.part.data_key == one.part.data_key]
            yield viewing.view(plan, one, beside, saved)

    def _seen(self, plan: Plan, part: Part, saved: Saved, ticket: Ticket) -> Seen | None:
        """What a model sees in a picture; None where no label of the project stands for it."""
        wanted = part.wanted(saved.data, saved.item) if part.video is None else None
        if wanted is None:
            return None
        conf = min(UNFILTERED, part.query.conf)
        query = replace(part.query, conf=conf, thresholds={}, labels=None)
        source = Address(wanted.address, saved.item)
        labelled = self._service.label(source, part.model, query, ticket)
        routes = plan.routes(part, viewing.answer(labelled))
        return Seen(part, wanted.address, query, labelled, routes) if routes else None
