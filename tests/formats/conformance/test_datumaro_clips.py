"""datumaro and clips: MOT both ways, CVAT's tracks that it reads: the same boxes in each frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tool_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label, Media

pytestmark = pytest.mark.tools

READS = {"cvat-video", "mot"}
"""Formats of clips that datumaro reads from us."""
WRITES = {"mot"}
"""Formats of clips that datumaro writes and we read."""
CALLED = {"cvat-video": "cvat", "mot": "mot_seq"}
FIRST = {"cvat-video": 0, "mot": 1}
"""The number of the first frame, in the names that datumaro gives to frames."""
SIZE = (40, 30)
NAMES = ("cat", "dog")
FRAMES: list[list[tuple[str, int, list[float]]]] = [
    [("cat", 3, [1.25, 2.5, 11.75, 20.25]), ("dog", 7, [5, 6, 20, 22])],
    [("cat", 3, [2.25, 2.5, 12.75, 20.25])],
    [("cat", 3, [3.5, 2.5, 13.5, 20.25]), ("dog", 7, [9, 6, 24, 22.5])],
]
"""Frame -> [(class, track, box)]; the dog is hidden in the second one."""


@pytest.fixture(scope="module")
def datumaro(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("datumaro_calls")


def clip() -> Dataset:
    items = []
    for frame, rows in enumerate(FRAMES):
        table = Annotations.of(
            labels=[NAMES.index(label) for label, _, _ in rows],
            boxes=[box for _, _, box in rows],
            tracks=[track for _, track, _ in rows],
        )
        items.append(Item(f"clip#{frame}", SIZE, table, media=0, frame=frame))
    media = Media("clip", SIZE, len(FRAMES), 10.0)
    return Dataset.of([Label(name) for name in NAMES], items, media=(media,))


def told() -> dict[str, Any]:
    """The same as datumaro's worker takes it."""
    images = {
        f"{frame:06d}.png": {
            "size": SIZE,
            "objects": [
                {"label": label, "box": box, "attributes": {"track_id": track}}
                for label, track, box in rows
            ],
        }
        for frame, rows in enumerate(FRAMES, 1)
    }
    return {"labels": NAMES, "images": images}


@pytest.mark.parametrize("name", sorted(READS))
def test_datumaro_reads_what_is_written_here(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    target = tmp_path / ("clip.xml" if name == "cvat-video" else "clip")
    assert not formats.write(clip(), target, name).by_kind
    found = datumaro("read", CALLED[name], str(target))
    assert found["labels"] == list(NAMES)
    frames = {int("".join(filter(str.isdigit, k))): v for k, v in found["images"].items()}
    assert sorted(frames) == [FIRST[name] + frame for frame in range(len(FRAMES))]
    for frame, rows in enumerate(FRAMES, FIRST[name]):
        seen = [one for one in frames[frame]["objects"] if not one["attributes"].get("outside")]
        assert [(one["label"], one["attributes"]["track_id"]) for one in seen] == [
            (label, track) for label, track, _ in rows
        ]
        np.testing.assert_allclose([one["box"] for one in seen], [box for _, _, box in rows])


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_datumaro_writes_is_read_here(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    target = str(tmp_path / "clip")
    datumaro("write", "mot_seq_gt", told(), target, {"save_media": True})
    assert formats.sniff(target) == name
    found = formats.read(target)
    assert [label.name for label in found.labels] == list(NAMES)
    items = list(found.items)
    assert [item.frame for item in items] == [0, 1, 2]
    tracks: dict[str, set[int]] = {}
    for item, rows in zip(items, FRAMES, strict=True):
        table = item.annotations
        assert table is not None
        assert table.tracks is not None
        assert [NAMES[k] for k in table.labels] == [label for label, _, _ in rows]
        np.testing.assert_allclose(table.boxes, [box for _, _, box in rows], atol=0.005001)
        for (label, _, _), track in zip(rows, table.tracks.tolist(), strict=True):
            tracks.setdefault(label, set()).add(track)
    assert [len(ids) for ids in tracks.values()] == [1, 1]  # datumaro numbers them anew
    assert tracks["cat"] != tracks["dog"]
