"""Reading: the label files of a chunk of pictures become one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from formats import files
from formats.annotations import Annotations
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.paired import classes, layout
from formats.paired.layout import Entry, Layout
from formats.paired.options import PairedOptions
from formats.paired.rule import Line, Rule
from formats.size_list import Sizes
from formats.walks import Spans

__all__ = ["read"]

BAD = "line that cannot be read"


def read(rule: Rule, path: Path, options: PairedOptions) -> Dataset:
    """The set of a folder, of its folder of label files, or of one label file.

    Every label file is looked at once for its classes, and again on each walk.
    """
    losses, odd = Losses(), Losses()
    found = layout.found(path, rule, losses)
    met = {line[0] for entry in found.entries for line in _text(rule, found, entry, odd).lines}
    if odd and not met:
        raise FormatError(f"no line of {rule.name}, {next(iter(odd))}", where=path)
    labels, numbers = classes.gathered(found.root, met, rule.standard, rule.blank)
    walk = _Walk(rule, found, options, numbers, losses)
    return Dataset(labels, walk.chunks, root=str(found.root), losses=losses)


@dataclass(slots=True)
class _Text:
    """What a label file says."""

    lines: list[Line] = field(default_factory=list)
    extra: Mapping[str, Any] = field(default_factory=dict)


def _text(rule: Rule, found: Layout, entry: Entry, losses: Losses) -> _Text:
    """The objects of a picture; a line that cannot be read is counted and left out."""
    if not entry.labels:
        return _Text()
    path = found.root / entry.labels
    texts = [text for _, text in files.lines(path)]
    start, extra = rule.head(texts)
    lines = []
    for number, text in enumerate(texts[start:], start + 1):
        line = rule.parse(text)
        if line is not None:
            lines.append(line)
        elif text.strip():
            losses.add(BAD, example=f"{path}:{number}: {text[:60]!r}")
    return _Text(lines, extra)


class _Walk:
    """The chunks of a set; what is odd is told on the first walk alone."""

    def __init__(
        self,
        rule: Rule,
        found: Layout,
        options: PairedOptions,
        numbers: Mapping[str, int],
        losses: Losses,
    ) -> None:
        self.rule, self.found, self.numbers = rule, found, numbers
        self.sizes = Sizes(options.sizes, found.root)
        self.spans = Spans(losses)

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of up to 2,000 pictures, in the order of the set."""
        for span, losses in self.spans.over(len(self.found.entries)):
            yield self._chunk(self.found.entries[span], losses)

    def _chunk(self, entries: list[Entry], losses: Losses) -> Chunk:
        read = partial(_text, self.rule, self.found, losses=losses)
        texts = [read(entry=entry) for entry in entries]
        items = [self._item(e, text.extra) for e, text in zip(entries, texts, strict=True)]
        looked = np.array([bool(entry.labels) for entry in entries], dtype=bool)
        lines = [line for text in texts for line in text.lines]
        images = np.repeat(np.arange(len(texts)), [len(text.lines) for text in texts])
        return Chunk(items, self._table(lines, images.astype(np.int32)), looked)

    def _table(self, lines: list[Line], images: np.ndarray) -> Annotations:
        labels = np.array([self.numbers[line[0]] for line in lines], dtype=np.int32)
        columns = self.rule.table(lines) if lines else {}
        return Annotations.of(len(lines), images=images, labels=labels, **columns)

    def _item(self, entry: Entry, extra: Mapping[str, Any]) -> Item:
        size = self.sizes.find(entry.path, str(self.found.root))
        return Item(entry.path, size, split=entry.split, extra=extra)
