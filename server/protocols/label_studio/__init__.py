"""Label Studio's protocol: an ML backend that pre-labels its tasks, without any plug-in there."""

from __future__ import annotations

from server.protocols import Protocol
from server.protocols.label_studio.failing import failure
from server.protocols.label_studio.routes import admits, routes

__all__ = ["PROTOCOL"]

PROTOCOL = Protocol(
    name="label_studio",
    prefixes=("/health", "/setup", "/predict", "/versions", "/webhook", "/train"),
    routes=routes,
    failure=failure,
    open=("/webhook",),
    admits=admits,
    light=("/health", "/setup", "/versions", "/webhook"),
    deadline="label_studio_deadline",
)
