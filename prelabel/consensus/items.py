"""The pictures of a consensus: as the first rater who looked has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from formats.dataset import Item, Media
from prelabel.compare import Panel
from prelabel.compare.blocks import Block

__all__ = ["Items"]

Clip = tuple[int, int]
"""A rater, and the number of a clip in that rater's dataset."""


@dataclass(frozen=True, slots=True)
class Items:
    """Makes items.

    `media` are the clips, each once though several datasets have it; `clips` tells for a rater's
    dataset and its number of a clip which of them it is.
    """

    media: tuple[Media, ...]
    clips: Mapping[Clip, int]
    root: str

    @staticmethod
    def of(panel: Panel) -> Items:
        """The clips of a panel's datasets, and the root of the first that has one."""
        datasets = [rater.store.dataset for rater in panel.pictures.raters]
        root = next((dataset.root for dataset in datasets if dataset.root), "")
        if not any(dataset.media for dataset in datasets):
            return Items((), {}, root)
        clips: dict[Clip, int] = {}
        media: list[Media] = []
        for same in _same(panel):
            known = next((clips[clip] for clip in same if clip in clips), len(media))
            if known == len(media):
                media.append(datasets[same[0][0]].media[same[0][1]])
            clips |= dict.fromkeys(same, known)
        return Items(tuple(media), clips, root)

    def of_block(self, block: Block) -> list[Item]:
        """An item for every picture of a block, without a table."""
        return [self._item(block, k) for k in range(len(block))]

    def _item(self, block: Block, k: int) -> Item:
        seen = ((r, items[k]) for r, items in enumerate(block.items))
        rater, item = next(((r, item) for r, item in seen if item is not None), (0, None))
        if item is None:
            return Item(block.paths[k], block.sizes[k])
        media = None if item.media is None else self.clips[rater, item.media]
        return replace(
            item, annotations=None, annotator="", status="", media=media, size=block.sizes[k]
        )


def _same(panel: Panel) -> Iterator[list[Clip]]:
    """For each frame that somebody looked at, whose clips it is of."""
    for block in panel.pictures.blocks():
        for items in zip(*block.items, strict=True):
            same = [
                (r, i.media) for r, i in enumerate(items) if i is not None and i.media is not None
            ]
            if same:
                yield same
