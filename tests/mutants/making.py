"""The mutant of a number: a seed with one fault, or a few, in one of its files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.random import Generator

from mutants import json_text, packed, plain_text, raw, seeds, xml_text
from mutants.seeds import Seed

SEED = 20261122
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})


def mutant(number: int) -> Seed:
    """The broken set of a number."""
    found = seeds.seeds()
    whole = found[number % len(found)]
    rng = np.random.default_rng([SEED, number])
    files = dict(whole.files)
    name = _chosen(list(files), rng)
    if len(files) > 1 and not rng.integers(12):
        _rearranged(files, name, rng)
    else:
        files[name] = mutate(name or whole.ending, files[name], rng)
    return Seed(whole.name, whole.format, whole.ending, tuple(files.items()))


def _chosen(names: list[str], rng: Generator) -> str:
    """A file, seldom a picture."""
    weights = np.array([0.1 if Path(name).suffix in PICTURES else 1.0 for name in names])
    return str(rng.choice(names, p=weights / weights.sum()))


def _rearranged(files: dict[str, bytes], name: str, rng: Generator) -> None:
    """A file that is missing, empty, of another name, or of another's contents."""
    other = str(rng.choice(sorted(files)))
    match int(rng.integers(5)):
        case 0:
            del files[name]
        case 1:
            files[name] = b""
        case 2:
            files[f"{name}.bak"] = files.pop(name)
        case 3:
            files[f"sub é/{name}"] = files[name]
        case _:
            files[name] = files[other]


def mutate(name: str, data: bytes, rng: Generator) -> bytes:
    """A fault that fits the kind of a file, else one of any file."""
    if data[:4] == b"PK\x03\x04":
        return packed.archive(data, rng, mutate)
    if data[:4] == b"\x89PNG":
        return packed.png(data, rng)
    if not rng.integers(4) or Path(name).suffix in PICTURES:
        return raw.mutate(data, rng)
    found: bytes | None = None
    if data.lstrip()[:1] in (b"{", b"["):
        found = json_text.mutate(data, rng)
    elif data.lstrip()[:1] == b"<":
        found = xml_text.mutate(data, rng)
    elif name.endswith((".yaml", ".yml")) and rng.integers(2):
        found = plain_text.yaml(data, rng)
    return plain_text.mutate(data, rng) if found is None else found


def placed(seed: Seed, folder: Path) -> Path:
    """The set as files in an empty folder; the path to read."""
    path = folder / f"set{seed.ending}"
    for name, data in seed.files:
        file = path / name if name else path
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        os.write(handle, data)
        os.close(handle)
    return path
