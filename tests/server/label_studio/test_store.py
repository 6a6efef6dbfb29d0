"""Kept answers: what was kept is found again, whatever happened to the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import formats
from formats.annotations import Annotations, Kind
from formats.dataset import Label
from formats.native import SUFFIX
from geometry import masks
from geometry.rings import Rings
from prelabel.errors import JobError
from prelabel.label_studio.wanted import Answer, Wanted
from prelabel.models.query import Query
from server.protocols.label_studio.store import FILES, Store

MIB = 1 << 20
LABELS = (Label("cat", keypoints=("nose",)), Label("dog"))


def answer(seed: int = 0, fingerprint: str = "f" * 64, rows: int = 3) -> Answer:
    """Rows of every kind of column that models fill."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 30, (rows, 2))
    table = Annotations.of(
        boxes=np.hstack([low, low + rng.uniform(1, 30, (rows, 2))]),
        kinds=np.full(rows, Kind.MASK),
        labels=rng.integers(0, 2, rows),
        scores=rng.random(rows),
        rotated=rng.random((rows, 5)),
        rings=Rings.of([[[rng.uniform(0, 64, (4, 2))]] for _ in range(rows)]),
        masks=[masks.encode(rng.random((48, 64)) > 0.5) for _ in range(rows)],
        keypoints=rng.random((rows, 1, 3)),
        keypoint_scores=rng.random((rows, 1)),
    )
    return Answer(table, (64, 48), LABELS, "segment", fingerprint)


def same(a: Answer | None, b: Answer) -> bool:
    assert a is not None
    columns = b.annotations.columns()
    assert a.annotations.columns().keys() == columns.keys()
    for name, column in columns.items():
        found = getattr(a.annotations, name)
        if isinstance(column, Rings):
            assert np.array_equal(found.points, column.points)
        elif column.dtype == object:
            assert found.tolist() == column.tolist()
        else:
            assert np.array_equal(found, column, equal_nan=True)
    return (a.size, a.labels, a.task, a.fingerprint) == (b.size, b.labels, b.task, b.fingerprint)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "kept", MIB) as opened:
        yield opened


def test_what_was_kept_is_found(store: Store) -> None:
    store.keep("a", "a.jpg", answer(1))
    store.keep("b", "b.jpg", answer(2, rows=0))
    assert same(store.find("a"), answer(1))
    assert same(store.find("b"), answer(2, rows=0))
    assert store.find("c") is None
    assert "a" in store
    assert "c" not in store
    assert len(store) == 2


def test_it_is_found_after_a_restart(tmp_path: Path) -> None:
    for run in range(3):
        with Store(tmp_path, MIB) as store:
            assert len(store) == 2 * run
            assert all(same(store.find(f"{i}"), answer(i)) for i in range(2 * run))
            store.keep(f"{2 * run}", "x.jpg", answer(2 * run))
            store.keep(f"{2 * run + 1}", "y.jpg", answer(2 * run + 1))


def test_an_answer_is_kept_once(store: Store) -> None:
    store.keep("a", "a.jpg", answer(1))
    taken = store.bytes
    store.keep("a", "a.jpg", answer(2))
    assert store.bytes == taken
    assert same(store.find("a"), answer(1))


def test_its_files_are_datasets_of_one_model_each(store: Store) -> None:
    store.keep("a", "photos/a.jpg", answer(1))
    store.keep("b", "photos/b.jpg", answer(2, fingerprint="0" * 64))
    store.keep("c", "photos/c.jpg", replace(answer(3), labels=LABELS[::-1]))
    found = [formats.read(path) for path in sorted(store.folder.glob(f"*{SUFFIX}"))]
    assert [[item.path for item in d.items] for d in found] == [
        ["photos/a.jpg"],
        ["photos/b.jpg"],
        ["photos/c.jpg"],
    ]
    assert [d.labels for d in found] == [LABELS, LABELS, LABELS[::-1]]
    assert [d.extra["fingerprint"] for d in found] == ["f" * 64, "0" * 64, "f" * 64]


def test_a_line_that_was_cut_anywhere_does_not_count(tmp_path: Path) -> None:
    with Store(tmp_path, MIB) as store:
        store.keep("a", "a.jpg", answer(1, rows=1))
        whole = store.bytes
        store.keep("b", "b.jpg", answer(2, rows=1))
    (path,) = tmp_path.glob(f"*{SUFFIX}")
    text = path.read_bytes()
    for cut in (*range(whole, len(text) - 1, 37), len(text) - 1):
        path.write_bytes(text[:cut])
        with Store(tmp_path, MIB) as store:
            assert len(store) == 1
            assert same(store.find("a"), answer(1, rows=1))
            store.keep("b", "b.jpg", answer(2, rows=1))
        assert path.read_bytes() == text


def test_a_header_that_was_cut_is_begun_anew(tmp_path: Path) -> None:
    with Store(tmp_path, MIB) as store:
        store.keep("a", "a.jpg", answer(1))
    (path,) = tmp_path.glob(f"*{SUFFIX}")
    text = path.read_bytes()
    for cut in (0, 1, text.index(b"\n")):
        path.write_bytes(text[:cut])
        with Store(tmp_path, MIB) as store:
            assert len(store) == 0
            store.keep("a", "a.jpg", answer(1))
            assert same(store.find("a"), answer(1))
        (path,) = tmp_path.glob(f"*{SUFFIX}")


@pytest.mark.parametrize("damage", [b"{}\n", b"\xff\xfe\n", b'{"extra":{"key":"x"}}\n', b"\n"])
def test_a_damaged_line_costs_itself_alone(tmp_path: Path, damage: bytes) -> None:
    with Store(tmp_path, MIB) as store:
        store.keep("a", "a.jpg", answer(1))
    (path,) = tmp_path.glob(f"*{SUFFIX}")
    path.write_bytes(path.read_bytes() + damage)
    with Store(tmp_path, MIB) as store:
        assert store.find("x") is None
        assert "x" not in store
        store.keep("b", "b.jpg", answer(2))
        assert same(store.find("a"), answer(1))
        assert same(store.find("b"), answer(2))


def test_beyond_the_limit_the_oldest_go(tmp_path: Path) -> None:
    one = _length(tmp_path / "size")
    limit = 100 * one
    with Store(tmp_path / "kept", limit) as store:
        for i in range(300):
            store.keep(f"{i:03d}", "x.jpg", answer(i % 7))
            assert store.bytes <= limit
            assert f"{i:03d}" in store
        kept = [i for i in range(300) if f"{i:03d}" in store]
        assert kept == list(range(kept[0], 300))
        assert len(kept) > 100 * (FILES - 2) / FILES * 0.9
        assert all(same(store.find(f"{i:03d}"), answer(i % 7)) for i in kept)
    on_disk = sum(path.stat().st_size for path in (tmp_path / "kept").iterdir())
    assert on_disk <= limit
    with Store(tmp_path / "kept", limit // 2) as store:
        left = [i for i in range(300) if f"{i:03d}" in store]
        assert left == list(range(left[0], 300))
        assert 0 < len(left) <= 50


def _length(folder: Path) -> int:
    with Store(folder, MIB) as store:
        store.keep("000", "x.jpg", answer(0))
        before = store.bytes
        store.keep("001", "x.jpg", answer(0))
        return store.bytes - before


def test_an_answer_larger_than_the_store_is_let_go(tmp_path: Path) -> None:
    with Store(tmp_path, 1000) as store:
        store.keep("a", "a.jpg", answer(1))
        assert store.find("a") is None
        assert store.bytes == 0


def test_a_second_process_is_refused(store: Store) -> None:
    code = (
        "import sys; from pathlib import Path; from prelabel.errors import JobError\n"
        "from server.protocols.label_studio.store import Store\n"
        "try: Store(Path(sys.argv[1]), 1000)\n"
        "except JobError as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(store.folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "is at work in this folder" in told
    assert str(store.folder) in told


def test_after_its_end_nothing_is_written(tmp_path: Path) -> None:
    store = Store(tmp_path, MIB)
    store.keep("a", "a.jpg", answer(1))
    store.close()
    store.close()
    store.keep("b", "b.jpg", answer(2))
    assert store.find("a") is None
    with Store(tmp_path, MIB) as again:
        assert "a" in again
        assert "b" not in again


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JobError, match="file"):
        Store(tmp_path / "file" / "kept", MIB)


class TestWanted:
    def test_the_key_knows_address_model_file_and_query(self) -> None:
        query = Query(thresholds={"cat": 0.5, "dog": 0.4}, labels=frozenset({"cat", "dog"}))
        wanted = Wanted("http://x/a.jpg", "m", query, "1")
        others = [
            replace(wanted, address="http://x/b.jpg").key("f"),
            replace(wanted, query=replace(query, conf=0.1)).key("f"),
            replace(wanted, query=replace(query, labels=frozenset({"cat"}))).key("f"),
            replace(wanted, query=replace(query, thresholds={"cat": 0.5})).key("f"),
            wanted.key("g"),
        ]
        assert len({wanted.key("f"), *others}) == 6

    def test_it_knows_neither_the_task_nor_the_order_of_names(self) -> None:
        query = Query(thresholds={"cat": 0.5, "dog": 0.4})
        turned = Query(thresholds={"dog": 0.4, "cat": 0.5})
        wanted = Wanted("http://x/a.jpg", "m", query, "1")
        assert wanted.key("f") == Wanted("http://x/a.jpg", "n", turned, "2").key("f")

    def test_where_an_address_leads_counts_only_where_it_does_not_say(self) -> None:
        for address, apart in (
            ("/data/upload/1/a.jpg", True),
            ("photos/a.jpg", True),
            ("https://x/a.jpg", False),
            ("S3://bucket/a.jpg", False),
            ("data:image/png;base64,AAAA", False),
        ):
            here, there = (Wanted(address, "m", Query(), site=site) for site in ("a", "b"))
            assert (here.key("f") != there.key("f")) == apart, address

    @pytest.mark.parametrize(
        ("address", "shown"),
        [
            ("https://u:p@x.example/a.jpg?X-Amz-Signature=s#f", "https://x.example/a.jpg"),
            ("/data/upload/1/a%20b.jpg", "/data/upload/1/a%20b.jpg"),
            ("s3://bucket/a.jpg", "s3://bucket/a.jpg"),
            ("data:image/png;base64,iVBOR", "data:image/png;base64,..."),
        ],
    )
    def test_secrets_of_an_address_are_not_written_down(self, address: str, shown: str) -> None:
        assert Wanted(address, "m", Query()).shown == shown


def test_a_full_disk_is_not_littered_with_empty_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with Store(tmp_path, MIB) as store:
        with monkeypatch.context() as disk:
            disk.setattr("prelabel.appendfile.os.pwrite", full)
            for i in range(3):
                with pytest.raises(JobError, match="No space left"):
                    store.keep(f"{i:032x}", "a.jpg", answer(i))
        assert not list(tmp_path.glob(f"*{SUFFIX}"))
        store.keep("f" * 32, "a.jpg", answer(9))
        assert same(store.find("f" * 32), answer(9))
