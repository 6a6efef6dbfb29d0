"""`Finding`: one line of a doctor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Finding", "Mark", "fine", "note", "problem"]


class Mark(Enum):
    """How a finding counts; only a problem makes the exit code 1."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do about it, "" for nothing."""

    mark: Mark
    what: str
    todo: str = ""

    def __str__(self) -> str:
        todo = f" -> {self.todo}" if self.todo else ""
        return f"{self.mark.value:8} {self.what}{todo}"


def fine(what: str) -> Finding:
    """Something that is as it should be."""
    return Finding(Mark.OK, what)


def note(what: str, todo: str = "") -> Finding:
    """Something to know, which may be as it should be."""
    return Finding(Mark.NOTE, what, todo)


def problem(what: str, todo: str) -> Finding:
    """Something that will not work as it is."""
    return Finding(Mark.PROBLEM, what, todo)
