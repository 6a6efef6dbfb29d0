"""What can be wrong with a data set: the kinds by name, and how often each was found, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from formats.counting import counted

__all__ = ["KINDS", "PLACES", "Problem", "Problems"]

PLACES = 3
"""Places that are told of each kind."""

KINDS: Mapping[str, tuple[str, str]] = {
    "not-a-number": ("object with NaN or infinity", "left out"),
    "no-place": ("object without a place", "left out"),
    "negative-box": ("box with a negative side", "corners swapped"),
    "no-area": ("object without area", "left out"),
    "outside": ("object outside the picture", "left out"),
    "over-edge": ("object beyond the edge of the picture", "cut at the edge"),
    "few-points": ("polygon with a ring of fewer than three points", "without that ring"),
    "self-crossing": ("polygon with crossing or touching edges", ""),
    "mask-size": ("mask of another size than the picture", ""),
    "keypoint-outside": ("object with a keypoint outside the picture", ""),
    "keypoint-count": ("object with more keypoints than the class", ""),
    "score-range": ("score outside 0 to 1", ""),
    "duplicate-object": ("repeated object", "left out"),
    "two-classes": ("shape with two classes", ""),
    "id-zero": ("annotation id of 0, which pycocotools takes for no match", "a new id is given"),
    "id-twice": ("annotation id that occurred before", "a new id is given"),
    "class-nameless": ("class without a name", ""),
    "class-twice": ("class with the name of another", ""),
    "class-alike": ("class with the name of another but for case or blanks", ""),
    "picture-twice": ("repeated picture", ""),
    "picture-missing": ("missing picture", ""),
    "picture-broken": ("unreadable picture", ""),
    "picture-cut-off": ("JPEG picture without an end", ""),
    "picture-unsized": ("picture without a size", "read from the header"),
    "picture-turned": ("picture with the size before its EXIF turn", "size turned"),
    "picture-size": ("picture of another size than stated", ""),
    "same-picture": ("picture with the bytes of another", ""),
    "two-splits": ("picture in two splits", ""),
    "one-label-file": ("picture with the label file of another", ""),
    "names-alike": ("picture with the path of another but for case", ""),
}
"""Name -> what it is, in the singular, and what `repaired` does to it ("": nothing is safe)."""


@dataclass(slots=True)
class Problem:
    """One kind: how often it was found, and the first places."""

    name: str
    what: str
    repair: str = ""
    count: int = 0
    places: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        where = f" ({', '.join(self.places)}{', ...' * (self.count > len(self.places))})"
        return counted(self.count, self.what) + where * bool(self.places)


class Problems:
    """Counts of problems by kind, in the order of `KINDS`; others behind."""

    def __init__(self) -> None:
        self._found = {name: Problem(name, *texts) for name, texts in KINDS.items()}

    def add(self, name: str, count: int, places: Iterable[str] = ()) -> None:
        """Count a kind; of the places only the first few are asked for."""
        if count:
            problem = self._found[name]
            problem.count += int(count)
            problem.places += islice(places, PLACES - len(problem.places))

    def told(self, what: str, count: int, place: str) -> None:
        """Something that the reader counted."""
        key = f"reading: {what}"
        self._found[key] = Problem("reading", what, "", count, [place] if place else [])

    def __iter__(self) -> Iterator[Problem]:
        return (problem for problem in self._found.values() if problem.count)

    def __getitem__(self, name: str) -> Problem:
        return self._found[name]
