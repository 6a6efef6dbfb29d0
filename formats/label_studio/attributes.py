"""Numbers and switches in the attributes of a control, as users of the YOLO backend write them."""

from __future__ import annotations

from formats.errors import FormatError
from formats.label_studio.config import Control

__all__ = ["number", "switch"]

SWITCHES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def number(
    control: Control, *names: str, high: float = 1.0, where: str = "label config"
) -> float | None:
    """The number of the first of some attributes that is there, None where none is.

    FormatError where it is no number from 0 to `high`.
    """
    for name in names:
        text = control.attributes.get(name, "").strip()
        if not text:
            continue
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= high:
            what = f"{name} of {control.name!r} is {text!r}, expected a number from 0 to {high:g}"
            raise FormatError(what, where=f"{where}:{control.line}")
        return value
    return None


def switch(control: Control, name: str, where: str = "label config") -> bool | None:
    """Whether an attribute says true or false, None where it is not there."""
    text = control.attributes.get(name, "").strip().lower()
    if not text:
        return None
    if text not in SWITCHES:
        what = f"{name} of {control.name!r} is {text!r}, expected true or false"
        raise FormatError(what, where=f"{where}:{control.line}")
    return SWITCHES[text]
