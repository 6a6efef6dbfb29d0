"""However often a set is walked, and whether to its end: what reading lost is told once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import formats
from formats.dataset import Chunk, Dataset, Item, chunked
from formats.losses import Losses
from formats.walks import Spans, once

GOLDEN = Path(__file__).parents[1] / "golden"


def sets() -> list[Path]:
    """Every golden set that is recognised: those of a format lie in a folder of its name."""
    return sorted(
        path for folder in GOLDEN.iterdir() if folder.is_dir() for path in folder.iterdir()
    )


def told(dataset: Dataset) -> dict[str, object]:
    losses = dataset.losses
    counts = [(loss.what, loss.count, loss.example) for loss in losses]
    odd = [(loss.what, loss.count, loss.example) for loss in losses.warnings.values()]
    return {"lost": sorted(counts), "odd": sorted(odd), "notes": sorted(losses.notes)}


@pytest.mark.parametrize("path", sets(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_loss_of_reading_is_counted_once(path: Path) -> None:
    once, often = formats.read(path), formats.read(path)
    list(once.chunks())
    next(often.chunks(), None)
    assert [len(list(often.chunks())) for _ in range(2)] == [len(list(once.chunks()))] * 2
    assert told(often) == told(once)


def test_a_walk_that_is_broken_off_counts_its_spans_and_the_next_one_the_rest() -> None:
    losses = Losses()
    spans = Spans(losses, 2)
    for walked in (1, 3, 3):
        for _, (span, report) in zip(range(walked), spans.over(5), strict=False):
            report.add("picture", span.stop - span.start)
    assert losses.by_kind["picture"].count == 5
    assert list(spans.over(0)) == []


def test_the_first_complete_walk_is_told_of() -> None:
    losses = Losses()

    def walk(counts: Losses) -> Iterator[Chunk]:
        for chunk in chunked([Item("a.jpg"), Item("b.jpg")], 1):
            counts.add("picture", len(chunk.items))
            yield chunk

    chunks = once(walk, Losses, losses.merge)
    next(chunks())
    assert not losses
    assert [len(list(chunks())) for _ in range(2)] == [2, 2]
    assert losses.by_kind["picture"].count == 2
