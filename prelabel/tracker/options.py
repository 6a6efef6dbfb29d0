"""`TrackerOptions`: how detections become tracks; the same values for every clip."""

from __future__ import annotations

from dataclasses import dataclass, fields

from prelabel.errors import SettingsError

__all__ = ["TrackerOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerOptions:
    """Thresholds are scores of 0 to 1, times are seconds of the clip; no unit is a frame."""

    high: float = 0.6
    """Detections from this score on are matched first."""
    low: float = 0.1
    """Detections below this score take no part."""
    start: float = 0.7
    """Least score of a detection that starts a track."""
    least_first: float = 0.1
    """Least overlap of a track's prediction with a detection of the upper band."""
    least_second: float = 0.4
    """Least overlap of a track's prediction with a detection of the lower band."""
    keep: float = 1.0
    """Seconds that a track waits for its object to be seen again."""
    looks: int = 2
    """Looks that it waits at least, where there is more time between them."""
    hits: int = 2
    """Detections before a track gets its number; those of the first look get theirs at once."""
    doubt: float = 0.5
    """A track that stands still with a lower mean score gets no number until that changes."""
    memory: float = 2.0
    """Seconds over which that mean is taken."""
    gate_classes: bool = True
    """Whether a track only takes detections of its own class."""

    def __post_init__(self) -> None:
        for name in ("high", "low", "start", "least_first", "least_second", "doubt"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"is {getattr(self, name)}, expected 0 to 1", where=name)
        for name in ("keep", "looks", "hits", "memory"):
            if not getattr(self, name) >= 0:
                raise SettingsError(f"is {getattr(self, name)}, expected 0 or more", where=name)

    def facts(self) -> dict[str, float]:
        """Every option by name, for reports and fingerprints."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
