"""Splits: sizes, shares of classes, what stays together, and that nothing else decides."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from small_sets import boxes, named, objects, of, pictures

import formats
from formats.dataset import Dataset, Item, Media
from formats.editing import divide, shares
from formats.errors import FormatError

LABELS = named("common", "seldom", "rare")
HALVES = {"train": 0.5, "val": 0.5}


def drawn(count: int = 400) -> Dataset:
    """Pictures of three classes, of which some are seldom; every tenth is empty."""
    rng = np.random.default_rng(3)
    classes = [
        rng.choice(3, 3, p=[0.9, 0.09, 0.01]).tolist() if k % 10 else [] for k in range(count)
    ]
    return of(LABELS, pictures({f"{k:04}.jpg": found for k, found in enumerate(classes)}))


def given_splits(dataset: Dataset) -> dict[str, str]:
    return {item.path: item.split for item in dataset.items}


def test_parts_have_exactly_the_pictures_asked_for() -> None:
    parts = {"train": "rest", "val": 37, "test": 0.1}
    for stratify in (True, False):
        found = divide(drawn(), parts, stratify=stratify)
        sizes = Counter(given_splits(found.dataset).values())
        assert sizes == {"train": 323, "val": 37, "test": 40}
        assert {part.name: part.pictures for part in found.parts} == sizes


def test_every_class_has_its_share_in_every_part() -> None:
    dataset = drawn()
    found = divide(dataset, {"train": 0.8, "val": 0.2})
    told = given_splits(found.dataset)
    by_class = {name: Counter[str]() for name in ("common", "seldom", "rare", "")}
    for path, names in objects(dataset).items():
        for name in set(names) or {""}:
            by_class[name][told[path]] += 1
    for counts in by_class.values():
        total = sum(counts.values())
        assert total > 4
        assert abs(counts["val"] - 0.2 * total) <= 1
    for part in found.parts:
        assert [part.classes[k] for k in (0, 1, 2, -1)] == [
            counts[part.name] for counts in by_class.values()
        ]


def test_the_only_picture_of_a_class_goes_to_the_largest_part() -> None:
    labels = named(*"abcdefgh")
    dataset = of(labels, pictures({f"{k}.jpg": [k] for k in range(8)}))
    found = divide(dataset, {"train": 0.75, "val": 0.25})
    assert [part.pictures for part in found.parts] == [6, 2]
    assert {part: len(names) for part, names in found.lacking().items()} == {"train": 2, "val": 6}


def test_the_order_of_pictures_and_the_seed_of_hashing_decide_nothing() -> None:
    dataset = drawn(60)
    items = list(dataset.items)
    told = given_splits(divide(dataset, HALVES, seed=5).dataset)
    random.Random(1).shuffle(items)
    assert given_splits(divide(of(LABELS, items), HALVES, seed=5).dataset) == told
    assert given_splits(divide(dataset, HALVES, seed=6).dataset) != told


def test_the_split_of_a_seed_is_the_same_in_every_process() -> None:
    code = (
        "from formats.editing.stratifying import shuffled\n"
        "print(''.join(shuffled(list('abcdefgh'), 7)))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    expected = sorted(
        "abcdefgh", key=lambda key: blake2b(f"7:{key}".encode(), digest_size=8).hexdigest()
    )
    assert runs == ["".join(expected) + "\n"] * 2


def test_frames_of_a_clip_stay_together() -> None:
    media = [Media(f"{k}.mp4", (100, 80), 10, 25.0) for k in range(8)]
    items = [
        Item(f"frame{frame}.jpg", (100, 80), boxes(clip % 3), media=clip, frame=frame)
        for frame in range(10)
        for clip in range(8)
    ]
    found = divide(of(LABELS, items, media=media), HALVES)
    clips: dict[int | None, set[str]] = {}
    for item in found.dataset.items:
        clips.setdefault(item.media, set()).add(item.split)
    assert all(len(parts) == 1 for parts in clips.values())
    assert [(part.pictures, part.units) for part in found.parts] == [(40, 4), (40, 4)]


def test_copies_of_a_picture_and_all_its_annotators_stay_together() -> None:
    items = [
        Item(
            f"{split}/{k}_jpg.rf.{k}{n}abcdef0123456789abcdef.jpg",
            (9, 9),
            boxes(k % 3),
            annotator=who,
        )
        for k in range(20)
        for n, split in enumerate(("train", "valid", "train"))
        for who in ("ann", "bob")
    ]
    found = divide(of(LABELS, items), HALVES)
    parts: dict[str, set[str]] = {}
    for item in found.dataset.items:
        parts.setdefault(item.path.split("/")[1].split(".rf.")[0], set()).add(item.split)
    assert len(parts) == 20
    assert all(len(splits) == 1 for splits in parts.values())
    assert [part.pictures for part in found.parts] == [30, 30]
    alone = divide(of(LABELS, items), HALVES, group="none")
    assert {len({i.split for i in alone.dataset.items if i.path == p}) for p in parts} <= {0, 1}
    assert [part.units for part in alone.parts] == [30, 30]


def test_groups_by_folder_and_by_pattern() -> None:
    paths = {f"site{k % 4}/{k % 7}_{k}.jpg": [0] for k in range(56)}
    dataset = of(LABELS, pictures(paths))
    for how, key in (("folder", lambda p: p[:5]), (r"/(\d)_", lambda p: p[6])):
        told = given_splits(divide(dataset, HALVES, group=how).dataset)
        assert all(
            len({split for path, split in told.items() if key(path) == group}) == 1
            for group in {key(path) for path in told}
        )
    with pytest.raises(FormatError, match="neither auto, none, folder nor a regular"):
        divide(dataset, HALVES, group="(")


def test_a_group_larger_than_every_part_goes_to_the_emptiest() -> None:
    dataset = of(LABELS, pictures({f"a/{k}.jpg": [0] for k in range(10)}))
    found = divide(dataset, {"train": 0.7, "val": 0.3}, group="folder")
    assert [part.pictures for part in found.parts] == [10, 0]
    assert found.lacking() == {"train": []}


def test_some_splits_may_be_left_alone() -> None:
    items = pictures({f"{k}.jpg": [0] for k in range(10)}, split="train2017")
    items += pictures({"t.jpg": [0]}, split="test")
    found = divide(of(LABELS, items), {"train": 0.8, "val": 0.2}, of=["train"])
    sizes = Counter(given_splits(found.dataset).values())
    assert sizes == {"train": 8, "val": 2, "test": 1}


def test_an_empty_data_set_has_empty_parts() -> None:
    found = divide(of(LABELS, []), HALVES)
    assert [part.pictures for part in found.parts] == [0, 0]
    assert not list(found.dataset.items)


def test_pictures_are_found_though_their_split_is_another(tmp_path: Path) -> None:
    folder = tmp_path / "set/images/train2017"
    folder.mkdir(parents=True)
    for k in range(4):
        Image.new("L", (9, 9), k).save(folder / f"{k}.png")
    items = pictures({f"{k}.png": [0] for k in range(4)}, split="train2017")
    dataset = of(LABELS, items, root=str(tmp_path / "set"))
    formats.write(divide(dataset, HALVES).dataset, tmp_path / "out", "yolo")
    for k in range(4):
        found = list((tmp_path / "out/images").glob(f"*/{k}.png"))
        assert [path.read_bytes() for path in found] == [(folder / f"{k}.png").read_bytes()]
        assert (tmp_path / f"out/labels/{found[0].parent.name}/{k}.txt").is_file()


@pytest.mark.parametrize(
    ("text", "total", "expected"),
    [
        ("train=.8,val=.2", 10, [8, 2]),
        ("train=80%,val=15%,test=5%", 7, [6, 1, 0]),
        ("a=rest,b=3", 10, [7, 3]),
        ("a=rest,b=.25,c=2", 10, [6, 2, 2]),
        ("a=4,b=6", 10, [4, 6]),
        ("a=1.0", 3, [3]),
        ("a=.333333333,b=.333333333,c=.333333334", 100, [33, 33, 34]),
    ],
)
def test_shares(text: str, total: int, expected: list[int]) -> None:
    assert shares.counts(shares.parse(text), total) == expected


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.integers(0, 1000))
def test_shares_are_never_off_by_a_picture(weights: list[int], total: int) -> None:
    parts = {str(k): weight / sum(weights) for k, weight in enumerate(weights)}
    found = shares.counts(parts, total)
    assert sum(found) == total
    assert all(abs(n - p * total) < 1 for n, p in zip(found, parts.values(), strict=True))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("train", "'train' in 'train', expected NAME=SHARE"),
        ("train=.8,train=.2", "'train=.2' in"),
        ("train=most", "'most' is no share"),
        ("train=1.5", "'1.5' is no share from 0 to 1"),
        ("train=-1", "'-1' is no share from 0 to 1"),
        ("train=nan", "'nan' is no share from 0 to 1"),
        ("train=120%", "'120%' is no share from 0 to 1"),
        ("a=rest,b=rest", "two parts are the rest"),
        ("a=.8,b=.1", "the parts take 9 of 10 pictures"),
        ("a=8,b=1", "the parts take 9 of 10 pictures"),
        ("a=rest,b=11", "the parts take 11 pictures, there are 10"),
    ],
)
def test_shares_that_do_not_add_up(text: str, what: str) -> None:
    with pytest.raises(FormatError) as error:
        shares.counts(shares.parse(text), 10)
    assert what in str(error.value)
