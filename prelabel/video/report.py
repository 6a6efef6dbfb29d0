"""What a video job did: clips, frames, tracks, keyframes and times; the summary at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from formats.losses import Losses
from prelabel.offline import Finished
from prelabel.report import Clock
from prelabel.video.following import Followed

__all__ = ["VideoReport"]


@dataclass(slots=True)
class VideoReport:
    """Counts of a job. `looked` frames were looked at in this run, `kept` are from earlier ones.

    `tracks`: what the second pass did; `rows`: those of tracks, by class; `chains` and the blips
    that are `linked` in them: see `offline.chained`; `keyframes`: by format, what a person sees as
    keyframes, of objects without a track as well. `provider`: what ran the model.
    """

    clock: Clock
    clips: int = 0
    frames: int = 0
    looked: int = 0
    kept: int = 0
    vanished: Sequence[str] = ()
    failures: list[tuple[str, str]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    tracks: Finished = field(default_factory=Finished)
    rows: Counter[str] = field(default_factory=Counter)
    chains: int = 0
    linked: int = 0
    keyframes: dict[str, int] = field(default_factory=dict)
    left_out: Sequence[str] = ()
    losses: dict[str, Losses] = field(default_factory=dict)
    pages: Sequence[Path] = ()
    warnings: Sequence[str] = ()
    provider: str = ""

    @property
    def rate(self) -> float:
        """Frames per second of the steady phase."""
        return self.looked / self.clock.labelling if self.clock.labelling > 0 else 0.0

    @property
    def _on(self) -> str:
        return f" on {self.provider}" if self.provider else ""

    def count(self, found: Followed, rows: Mapping[str, int]) -> None:
        """Add the tracks of a clip."""
        sums = {name: n + getattr(found.counts, name) for name, n in asdict(self.tracks).items()}
        self.tracks = Finished(**sums)
        self.chains += found.chains
        self.linked += found.linked
        self.rows.update(rows)

    def summary(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "clips": self.clips,
            "frames": self.frames,
            "looked": self.looked,
            "kept": self.kept,
            "failures": [{"path": path, "reason": reason} for path, reason in self.failures],
            "problems": [{"path": path, "what": what} for path, what in self.problems],
            "vanished": list(self.vanished),
            **asdict(self.tracks),
            "chains": self.chains,
            "linked": self.linked,
            "rows": dict(self.rows),
            "keyframes": dict(self.keyframes),
            "provider": self.provider,
            "startup_seconds": round(self.clock.startup, 3),
            "looking_seconds": round(self.clock.labelling, 3),
            "frames_per_second": round(self.rate, 2),
        }

    def table(self, out: str) -> str:
        """The same for people: plain lines in two columns."""
        kept = f" ({self.kept} from before)" if self.kept else ""
        rows = [
            ("clips", str(self.clips)),
            ("frames looked at", f"{self.looked + self.kept}{kept} of {self.frames}"),
            ("failed", str(len(self.failures))),
            *self._of_tracks(),
            *((f"keyframes, {name}", self._spacing(n)) for name, n in self.keyframes.items()),
            ("start-up", f"{self.clock.startup:.1f} s"),
            ("looking", f"{self.clock.labelling:.1f} s, {self.rate:.1f} frames/s{self._on}"),
            *(("written", f"{out}/{name}") for name in self.losses),
            *(("look at", str(page)) for page in self.pages),
        ]
        width = max(len(name) for name, _ in rows)
        return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)

    def _of_tracks(self) -> list[tuple[str, str]]:
        found = self.tracks
        named = [
            ("joined", "joined"),
            ("cut", "cut"),
            ("taken", "detections taken in"),
            ("filled", "objects filled in"),
        ]
        done = [f"{getattr(found, name)} {what}" for name, what in named if getattr(found, name)]
        return [
            ("tracks", str(found.tracks) + (f" ({', '.join(done)})" if done else "")),
            ("objects in tracks", str(self.rows.total())),
            *((f"  {name}", str(n)) for name, n in self.rows.items()),
            ("blips", f"{found.blips}{self._linked()}"),
        ]

    def _linked(self) -> str:
        """Blips that a tool with keyframes gets as one object."""
        return f" ({self.linked} of them in {self.chains} chains)" if self.chains else ""

    def _spacing(self, keyframes: int) -> str:
        each = (self.rows.total() + self.tracks.blips) / keyframes
        return f"{keyframes}, one for {each:.1f} objects"
