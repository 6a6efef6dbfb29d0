"""Faults of lines of cells (CSV, label files, INI) and of YAML."""

from __future__ import annotations

import re

from numpy.random import Generator

from mutants import junk

CELL = re.compile(r"[^\s,;:=]+")
YAML = (
    "!!python/object/apply:os.system ['true']",
    "!!python/name:os.system",
    "&a [*a, *a]",
    "{? [1, 2] : 3}",
    "!!binary AAAA",
    "!!timestamp 2020-99-99",
    "[" * 2000,
    "{x: " * 2000,
    "*missing",
    "'unclosed",
    "0x1F",
    "1:30:20",
    "~",
    "!!set {a, b}",
    "\t- x",
    "&a {<<: *a}",
    "{<<: [1]}",
    "!!int x",
    "!!float x",
)
BOMB = "\n".join(
    f"x{k}: &x{k} [{', '.join([f'*x{k - 1}'] * 9 if k else ['boom'] * 9)}]" for k in range(9)
)


def mutate(data: bytes, rng: Generator) -> bytes:
    """One to three faults in some lines."""
    lines = data.decode("utf-8", "replace").split("\n")
    for _ in range(int(rng.integers(1, 4))):
        k = int(rng.integers(len(lines)))
        FAULTS[rng.integers(len(FAULTS))](lines, k, rng)
        lines = lines or [""]
    return "\n".join(lines).encode("utf-8", "replace")


def yaml(data: bytes, rng: Generator) -> bytes:
    """A fault that only YAML can have."""
    text = data.decode("utf-8", "replace")
    if not rng.integers(10):
        return f"{BOMB}\n{text}".encode()
    places = [m.end() for m in re.finditer(r": ", text)] or [0]
    start = places[int(rng.integers(len(places)))]
    stop = text.find("\n", start) if rng.integers(2) else start
    return (text[:start] + YAML[rng.integers(len(YAML))] + text[max(stop, start) :]).encode()


def cell(lines: list[str], k: int, rng: Generator) -> None:
    cells = list(CELL.finditer(lines[k]))
    if cells:
        found = cells[int(rng.integers(len(cells)))]
        lines[k] = lines[k][: found.start()] + junk.text(rng) + lines[k][found.end() :]


def drop(lines: list[str], k: int, rng: Generator) -> None:
    cells = list(CELL.finditer(lines[k]))
    if cells:
        found = cells[int(rng.integers(len(cells)))]
        lines[k] = lines[k][: found.start()] + lines[k][found.end() :].lstrip(" ,;")


def add(lines: list[str], k: int, rng: Generator) -> None:
    cells = [m.group() for m in CELL.finditer(lines[k])] or ["1"]
    mark = "," if "," in lines[k] else " "
    lines[k] += mark + mark.join(cells[: int(rng.integers(1, 9))])


def remove(lines: list[str], k: int, rng: Generator) -> None:
    del lines[k : k + int(rng.integers(1, 4))]


def repeat(lines: list[str], k: int, rng: Generator) -> None:
    lines[k:k] = [lines[k]] * int(rng.choice([1, 2, 50]))


def swap(lines: list[str], k: int, rng: Generator) -> None:
    other = int(rng.integers(len(lines)))
    lines[k], lines[other] = lines[other], lines[k]


def quote(lines: list[str], k: int, rng: Generator) -> None:
    mark = str(rng.choice(['"', "'", "#", "\\", "\x00", "\ufeff", "\u2028"]))
    place = int(rng.integers(len(lines[k]) + 1))
    lines[k] = lines[k][:place] + mark + lines[k][place:]


FAULTS = (cell, cell, cell, cell, drop, add, remove, repeat, swap, quote)
