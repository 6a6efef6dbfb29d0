"""`OfflineOptions`: what looking back may change; the same values for every clip."""

from __future__ import annotations

from dataclasses import dataclass, fields

from prelabel.errors import SettingsError

__all__ = ["Finished", "OfflineOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineOptions:
    """Times are seconds of the clip; no unit is a frame."""

    join: float = 3.0
    """Longest time between two fragments of one object that are joined."""
    meeting: float = 0.5
    """Longest time that two objects meet whose tracks are cut and joined again."""
    reach: float = 1.0
    """Longest time from a track's own detections over which it takes others, from either side."""
    looks: int = 2
    """Looks over which it does so at least, where there is more time between them."""
    fit: float = 0.6
    """Least overlap of what is expected with a detection that is taken."""
    high: float = 0.6
    """Score from which on a detection tells how agile its object is."""
    low: float = 0.1
    """Least score of a detection that is taken."""
    gap: float = 0.4
    """Longest gap in a track that is filled; one between two looks that follow each other always
    is."""
    hits: int = 3
    """A track of fewer detections is a blip."""
    drop_blips: bool = False
    """Whether blips are taken out instead of marked."""
    smooth: bool = False
    """Whether the jitter is taken out of tracks; detections then move."""

    def __post_init__(self) -> None:
        for name in ("meeting", "join", "reach", "looks", "gap", "hits"):
            if not getattr(self, name) >= 0:
                raise SettingsError(f"is {getattr(self, name)}, expected 0 or more", where=name)
        for name in ("fit", "high", "low"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"is {getattr(self, name)}, expected 0 to 1", where=name)

    def facts(self) -> dict[str, float]:
        """Every option by name, for reports and fingerprints."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What the pass over the whole clip did; all are counts."""

    tracks: int = 0
    """Tracks there are now."""
    joined: int = 0
    """Times that two tracks, or pieces of them, became one."""
    cut: int = 0
    """Times that a track became two, or was joined to another in the middle."""
    taken: int = 0
    """Detections without a number that got one."""
    filled: int = 0
    """Rows that were made between two detections."""
    blips: int = 0
    """Detections that belong to no track of enough hits: marked, or dropped."""
