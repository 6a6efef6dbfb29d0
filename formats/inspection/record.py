"""An inspection as a record for JSON, and as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from formats.counting import counted
from formats.inspection.inspecting import Inspection
from formats.inspection.tally import Part

__all__ = ["as_json", "lines"]

SHOWN = 40
"""Classes that are listed for people."""
FEW = 3
"""Sizes of pictures that are listed for people."""


def as_json(seen: Inspection) -> dict[str, Any]:
    """Everything that was counted, in plain values."""
    whole = seen.tally.whole
    return {
        "pictures": {
            **_pictures(whole),
            "found": seen.found,
            "missing": seen.missing,
            "sizes": [
                {"size": list(size) if size else None, "pictures": count}
                for size, count in whole.picture_sizes.most_common()
            ],
        },
        "objects": {
            "total": whole.objects,
            "most_in_a_picture": whole.most,
            "kinds": _some(whole.kinds),
            "sizes": dict(whole.sizes),
            "flags": _some(whole.flags),
            "attributes": dict(whole.attributes.most_common()),
            "with_score": whole.scored,
            "with_track": whole.tracked,
        },
        "clips": seen.clips,
        "annotators": {name: count for name, count in whole.annotators.items() if name},
        "classes": list(_classes(seen)),
        "splits": {
            split: {**_pictures(part), "objects": part.objects}
            for split, part in seen.tally.splits.items()
        },
        "problems": [
            {
                "kind": problem.name,
                "what": problem.what,
                "count": problem.count,
                "places": problem.places,
                "repair": problem.repair,
            }
            for problem in seen.problems
        ],
    }


def _pictures(part: Part) -> dict[str, Any]:
    seen = part.pictures - part.unseen
    return {
        "total": part.pictures,
        "with_objects": seen - part.empty,
        "without_objects": part.empty,
        "not_looked_at": part.unseen,
    }


def _some(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _classes(seen: Inspection) -> Iterator[dict[str, Any]]:
    whole = seen.tally.whole
    for k, label in enumerate(seen.labels):
        yield {
            "name": label.name,
            "id": label.id,
            "objects": int(whole.classes[k]),
            "pictures": int(whole.pictures_by_class[k]),
            **({"keypoints": list(label.keypoints)} if label.keypoints else {}),
            "splits": {split: int(part.classes[k]) for split, part in seen.tally.splits.items()},
        }


def lines(seen: Inspection) -> Iterator[str]:
    """The same for people; the problems last."""
    whole = seen.tally.whole
    yield f"pictures  {_told(whole)}"
    yield f"          {_files(seen)}"
    yield f"          {_sizes(whole)}"
    yield f"objects   {_objects(whole)}"
    if whole.flags.total() or whole.scored or whole.tracked:
        yield f"          {_further(whole)}"
    splits = seen.tally.splits
    for split, part in splits.items() if list(splits) != [""] else ():
        objects = counted(part.objects, "object")
        yield f"split     {split or '(none)'}: {_told(part)}, {objects}"
    for name in filter(None, whole.annotators):
        yield f"annotator {name}: {counted(whole.annotators[name], 'picture')}"
    yield from _class_lines(seen)
    yield from _problem_lines(seen)


def _told(part: Part) -> str:
    empty = f", {part.empty:,} without objects" if part.empty else ""
    unseen = f", {part.unseen:,} nobody looked at" if part.unseen else ""
    return f"{part.pictures:,}{empty}{unseen}"


def _files(seen: Inspection) -> str:
    if seen.found:
        return f"{seen.found:,} found" + (f", {seen.missing:,} missing" if seen.missing else "")
    return "no picture is at hand" if seen.missing else "their files were not looked at"


def _sizes(whole: Part) -> str:
    known = [(size, count) for size, count in whole.picture_sizes.most_common() if size]
    if not known:
        return "sizes unknown"
    told = ", ".join(f"{w}x{h} ({count:,})" for (w, h), count in known[:FEW])
    more = len(known) - FEW
    return told + (f", {counted(more, 'other size')}" if more > 0 else "")


def _objects(whole: Part) -> str:
    kinds = ", ".join(f"{name} {count:,}" for name, count in _some(whole.kinds).items())
    sizes = ", ".join(f"{name} {count:,}" for name, count in whole.sizes.items())
    if not whole.objects:
        return "0"
    mean = whole.objects / max(1, whole.pictures)
    per = f"{mean:.1f} a picture, {whole.most:,} at most"
    return f"{whole.objects:,}: {kinds}; {sizes}; {per}"


def _further(whole: Part) -> str:
    told = {"with a score": whole.scored, "with a track": whole.tracked, **_some(whole.flags)}
    return ", ".join(f"{count:,} {name}" for name, count in told.items() if count)


def _class_lines(seen: Inspection) -> Iterator[str]:
    whole = seen.tally.whole
    used = int((whole.classes > 0).sum())
    yield f"classes   {len(seen.labels)}, {used} of them used"
    order = sorted(range(len(seen.labels)), key=lambda k: (-whole.classes[k], k))
    wide = max((len(seen.labels[k].name) for k in order[:SHOWN]), default=0)
    for k in order[:SHOWN]:
        objects = counted(int(whole.classes[k]), "object")
        pictures = counted(int(whole.pictures_by_class[k]), "picture")
        yield f"          {seen.labels[k].name:<{wide}}  {objects} in {pictures}"
    if len(order) > SHOWN:
        yield f"          and {len(order) - SHOWN} more"


def _problem_lines(seen: Inspection) -> Iterator[str]:
    found = list(seen.problems)
    yield f"problems  {counted(len(found), 'kind') if found else 'none'}"
    for problem in found:
        mark = "+" if problem.repair else "-"
        yield f"        {mark} {problem}"
