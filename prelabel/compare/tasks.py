"""Which shapes are compared."""

from __future__ import annotations

from dataclasses import dataclass

from formats.annotations import Annotations, Flag, Kind
from prelabel.compare import views
from prelabel.errors import SettingsError

__all__ = ["TASKS", "Shapes", "task_for"]

TASKS = ("auto", "boxes", "rotated", "polygons", "masks", "keypoints")


@dataclass(frozen=True, slots=True)
class Shapes:
    """What the rows of some tables have: all of them keypoints, pixels of their own, and so on."""

    points: bool = True
    covering: bool = True
    ringed: bool = True
    turned: bool = True
    some_mask: bool = False
    some_ring: bool = False
    rows: int = 0

    @staticmethod
    def of(table: Annotations) -> Shapes:
        """What the rows of one table have; tags, crowds and absent ones do not count."""
        table = table[~(table.flagged(Flag.CROWD) | table.flagged(Flag.OUTSIDE))].shapes()
        mask, ring = views.has_mask(table), views.has_ring(table)
        turned = views.is_turned(table)
        return Shapes(
            bool(views.has_points(table).all()),
            bool((mask | ring | turned).all()),
            bool((ring | turned).all()),
            bool((turned & (table.kinds == Kind.ROTATED)).all()),
            bool(mask.any()),
            bool(ring.any() or (turned & (table.kinds == Kind.ELLIPSE)).any()),
            len(table),
        )

    def __or__(self, other: Shapes) -> Shapes:
        return Shapes(
            self.points and other.points,
            self.covering and other.covering,
            self.ringed and other.ringed,
            self.turned and other.turned,
            self.some_mask or other.some_mask,
            self.some_ring or other.some_ring,
            self.rows + other.rows,
        )

    def task(self) -> str:
        """The most exact task that all rows can answer; boxes where there are none."""
        if not self.rows:
            return "boxes"
        answers = {
            "keypoints": self.points,
            "rotated": self.turned,
            "polygons": self.ringed and self.some_ring and not self.some_mask,
            "masks": self.covering,
        }
        return next((task for task, answered in answers.items() if answered), "boxes")


def task_for(task: str, *tables: Annotations | Shapes) -> str:
    """The task asked for; for auto the most exact shape that all rows of all tables have.

    Keypoints; oriented boxes; polygons (oriented boxes and ellipses beside polygons are taken as
    such); masks (polygons beside masks are drawn as masks); else boxes. SettingsError for a task
    that does not exist.
    """
    if task not in TASKS:
        raise SettingsError(f"no task {task!r} ({', '.join(TASKS)})", "task")
    if task != "auto":
        return task
    shapes = Shapes()
    for table in tables:
        shapes |= table if isinstance(table, Shapes) else Shapes.of(table)
    return shapes.task()
