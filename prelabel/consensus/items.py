"""The pictures of a consensus: as the first rater who looked has them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from formats.dataset import Item, Media
from prelabel.compare import Panel
from prelabel.compare.blocks import Block

__all__ = ["Items"]


@dataclass(frozen=True, slots=True)
class Items:
    """Makes items; `media` are the clips of all datasets, `starts` where each rater's begin."""

    media: tuple[Media, ...]
    starts: tuple[int, ...]
    root: str

    @staticmethod
    def of(panel: Panel) -> Items:
        """The clips of a panel's datasets, and the root of the first that has one."""
        datasets = [rater.store.dataset for rater in panel.pictures.raters]
        media: list[Media] = []
        known: dict[int, int] = {}
        for dataset in datasets:
            if id(dataset) not in known:
                known[id(dataset)] = len(media)
                media += dataset.media
        root = next((dataset.root for dataset in datasets if dataset.root), "")
        return Items(tuple(media), tuple(known[id(dataset)] for dataset in datasets), root)

    def of_block(self, block: Block) -> list[Item]:
        """An item for every picture of a block, without a table."""
        return [self._item(block, k) for k in range(len(block))]

    def _item(self, block: Block, k: int) -> Item:
        seen = ((r, items[k]) for r, items in enumerate(block.items))
        rater, item = next(((r, item) for r, item in seen if item is not None), (0, None))
        if item is None:
            return Item(block.paths[k], block.sizes[k])
        media = None if item.media is None else item.media + self.starts[rater]
        return replace(
            item, annotations=None, annotator="", status="", media=media, size=block.sizes[k]
        )
