"""Several data sets as one: classes by name, ids and pictures that meet told and settled."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formats import files, pictures
from formats.annotations import Annotations
from formats.changing import Told, edited
from formats.counting import counted
from formats.dataset import Chunk, Dataset, Item, Source
from formats.editing import headers, numbering, picking
from formats.editing.numbering import Numbering
from formats.editing.twice import Same, Twice, find, key_of
from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["Same", "merged"]

Ints = NDArray[np.int32]


def merged(
    datasets: Sequence[Dataset],
    names: Sequence[str] = (),
    *,
    same: Same = "error",
    prefixes: Sequence[str] = (),
) -> Dataset:
    """One data set of several, in their order; `names` are what messages call them.

    Classes are one where their names are. `same` says what becomes of a picture that several sets
    have: an error, its rows joined, or the first set's alone. `prefixes` are folders, one for each
    set, that its pictures are put into, so that no names meet.
    """
    names = names or [f"set {k + 1}" for k in range(len(datasets))]
    if prefixes and len(prefixes) != len(datasets):
        raise FormatError(f"{len(prefixes)} prefixes for {len(datasets)} data sets")
    losses = Losses()
    aligned = _aligned(headers.of_one_rule(datasets), prefixes, losses)
    twice = Twice() if _are_apart(prefixes) else find(aligned, names, same, losses)
    return Dataset(
        aligned[0].labels,
        lambda: _chunks(aligned, twice, same, losses),
        sources=aligned[0].sources,
        media=aligned[0].media,
        root=_root(datasets, prefixes),
        extra=headers.further(datasets, losses),
        losses=losses,
        task=datasets[0].task if len({d.task for d in datasets}) == 1 else "",
    )


def _are_apart(prefixes: Sequence[str]) -> bool:
    """Whether no picture of one folder can be one of another."""
    ends = [prefix.rstrip("/") + "/" for prefix in prefixes]
    pairs = itertools.permutations(ends, 2)
    return bool(ends) and not any(one.startswith(other) for one, other in pairs)


def _root(datasets: Sequence[Dataset], prefixes: Sequence[str]) -> str:
    """The folder that all paths are relative to, where there is one."""
    roots = {dataset.root for dataset in datasets}
    return roots.pop() if len(roots) == 1 and not any(prefixes) else ""


def _aligned(datasets: Sequence[Dataset], prefixes: Sequence[str], losses: Losses) -> list[Dataset]:
    """The data sets over common classes, sources and clips, with ids and names of their own."""
    labels, sources = headers.classes(datasets, losses), headers.sources(datasets)
    media = tuple(clip for dataset in datasets for clip in dataset.media)
    ids = [numbering.of(dataset) for dataset in datasets]
    spelling = numbering.spelled(ids)
    numbers = numbering.numberings(ids, spelling)
    for name, one in spelling.items():
        losses.note(f"the split {name!r} is called {one!r}")
    first_media, found = 0, []
    for k, dataset in enumerate(datasets):
        job = _Align(
            pictures.Finder(dataset.root),
            headers.places(dataset.labels, labels),
            _source_places(dataset, sources),
            first_media,
            numbers[k],
            spelling,
            files.safe(prefixes[k], "--prefix").rstrip("/") + "/" if prefixes else "",
        )
        found.append(edited(dataset, job.chunk, labels=labels, sources=sources, media=media))
        first_media += len(dataset.media)
    return found


def _source_places(dataset: Dataset, common: Sequence[Source]) -> Ints:
    return np.array([common.index(source) for source in dataset.sources] + [-1], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class _Align:
    """How the items and rows of one data set become those of the merged one."""

    finder: pictures.Finder
    labels: Ints
    sources: Ints
    first_media: int
    numbers: Numbering
    spelling: Mapping[str, str]
    prefix: str

    def chunk(self, chunk: Chunk, told: Told) -> Chunk:
        """A chunk in terms of the merged data set."""
        chunk = replace(chunk, items=[self._item(item, told) for item in chunk.items])
        table = self.numbers.table(chunk, told)
        table = table.with_columns(labels=self.labels[table.labels])
        if table.sources is not None:
            table = table.with_columns(sources=self.sources[table.sources])
        return replace(chunk, annotations=table)

    def _item(self, item: Item, told: Told) -> Item:
        file = self.finder.find(item)
        item = replace(item, split=self.spelling.get(item.split, item.split))
        return replace(
            self.numbers.item(item, told),
            path=self.prefix + item.path,
            file=file,
            media=None if item.media is None else item.media + self.first_media,
        )


def _chunks(
    aligned: Sequence[Dataset], twice: Twice, same: Same, losses: Losses
) -> Iterator[Chunk]:
    """The chunks of all, one set after the other; then what they told is part of the report."""
    for k, dataset in enumerate(aligned):
        for chunk in dataset.chunks():
            found = _settled(chunk, k, dataset, twice) if twice.owners else chunk
            if found.items:
                yield found
        losses.merge(dataset.losses)
    if twice.owners:
        done = "joined" if same == "join" else "taken from the first alone"
        found_in = len(set(twice.owners.values()))
        losses.note(counted(found_in, f"picture of several sets, {done}"))


def _settled(chunk: Chunk, k: int, dataset: Dataset, twice: Twice) -> Chunk:
    """A chunk of set `k` without pictures of earlier sets, and with the rows of later ones."""
    places = [(k, key_of(item, dataset)) for item in chunk.items]
    own = np.array([place not in twice.owners for place in places], dtype=bool)
    chunk = picking.items(chunk, own)
    mine = [place for place, is_own in zip(places, own, strict=True) if is_own]
    if not any(place in twice.tables for place in mine):
        return chunk
    items = [
        _joined(item, twice.tables.get(place, []))
        for item, place in zip(chunk.walk(), mine, strict=True)
    ]
    return Chunk.of(items)


def _joined(item: Item, others: Sequence[Annotations]) -> Item:
    """An item with the rows of others behind its own; their groups are kept apart."""
    if not others:
        return item
    tables = [item.annotations] if item.annotations is not None else []
    for table in others:
        tables.append(_regrouped(table, 1 + max(map(_last_group, tables), default=-1)))
    return replace(item, annotations=Annotations.concat(tables))


def _last_group(table: Annotations) -> int:
    return -1 if table.groups is None else int(table.groups.max(initial=-1))


def _regrouped(table: Annotations, first: int) -> Annotations:
    if table.groups is None or first == 0:
        return table
    return table.with_columns(groups=np.where(table.groups < 0, -1, table.groups + first))
