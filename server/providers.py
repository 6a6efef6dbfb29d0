"""What runs each open model, for /metrics: a model that should be on a GPU and is not shows."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from prelabel.pool import Pool

__all__ = ["Providers"]


class Providers(Collector):
    """``prelabel_model_provider{model, provider}``, 1 while the model is open."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One sample for each open model, from memory."""
        family = GaugeMetricFamily(
            "prelabel_model_provider", "What runs an open model.", labels=("model", "provider")
        )
        for facts in self._pool.status():
            if facts["provider"]:
                family.add_metric((facts["name"], facts["provider"]), 1)
        yield family
