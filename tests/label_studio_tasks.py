"""Exports of Label Studio for tests: tasks, annotations, regions."""

from __future__ import annotations

from typing import Any

SIZE = (200, 50)


def region(kind: str, value: dict[str, Any], label: str = "car", **more: Any) -> dict[str, Any]:
    """A region of a control named like its type, as the editor saves it."""
    named = {kind: [label]} if kind.endswith("labels") else {}
    return {
        "id": f"{kind} {label} {sorted(value.items())}",
        "type": kind,
        "from_name": kind,
        "to_name": "image",
        "original_width": SIZE[0],
        "original_height": SIZE[1],
        "image_rotation": 0,
        "value": {**value, **named},
        **more,
    }


def box(label: str = "car", x: float = 10.0, rotation: float = 0.0, **more: Any) -> dict[str, Any]:
    """20 to 60 by 10 to 35 pixels, where it is not moved."""
    value = {"x": x, "y": 20.0, "width": 20.0, "height": 50.0, "rotation": rotation}
    return region("rectanglelabels", value, label, **more)


def annotation(*results: Any, by: Any = 1, **more: Any) -> dict[str, Any]:
    """What one person saved."""
    return {"id": 7, "completed_by": by, "result": list(results), **more}


def task(number: int, *annotations: Any, image: str = "", **more: Any) -> dict[str, Any]:
    """A task of an export."""
    address = image or f"pictures/{number}.jpg"
    return {"id": number, "annotations": list(annotations), "data": {"image": address}, **more}
