"""The store of corrections: which states count, in whatever order, across crashes and clearing."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from corrected import correction
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.errors import FormatError
from prelabel.corrections import line
from prelabel.corrections.event import Event
from prelabel.corrections.index import Index
from prelabel.corrections.loading import FILE, load
from prelabel.corrections.store import Store
from prelabel.errors import JobError

LIMIT = 1 << 20


def event(key: int = 1, at: float = 1.0, body: bytes = b'{"a": 1}') -> Event:
    return Event("tool", f"key {key}", str(key), at, body)


def counted(store: Store) -> dict[str, float]:
    """Of each annotation that has a correction, when its state was saved."""
    return {known.name[1]: known.at for known in store.told()}


def waiting(store: Store) -> dict[str, float]:
    found, marks = {}, []
    while (oldest := store.oldest(marks)) is not None:
        known, told = oldest
        assert (told.key, told.at) == (known.name[1], known.at)
        marks.append((known.name, known.at))
        found[told.key] = told.at
    return found


@dataclass
class Model:
    """What should count, kept the plain way: all states of each annotation since its deletion."""

    told: dict[int, set[float]] = field(default_factory=dict)
    gone: dict[int, float] = field(default_factory=dict)
    finished: dict[int, float] = field(default_factory=dict)
    taught: dict[int, bool] = field(default_factory=dict)

    def arrive(self, key: int, at: float) -> bool:
        new = at > self.gone.get(key, 0) and at > max(self.told.get(key, {0}))
        if new:
            self.told.setdefault(key, set()).add(at)
        return new

    def finish(self, key: int, at: float, teaches: bool) -> bool:
        counts = key in self.told and at == max(self.told[key]) != self.finished.get(key)
        if counts:
            self.finished[key], self.taught[key] = at, teaches
        return counts

    def delete(self, key: int, at: float) -> None:
        for states in (self.told, self.finished, self.taught):
            states.pop(key, None)
        self.gone[key] = at

    @property
    def counted(self) -> dict[str, float]:
        return {f"key {k}": at for k, at in self.finished.items() if self.taught[k]}

    @property
    def waiting(self) -> dict[str, float]:
        newest = {k: max(states) for k, states in self.told.items()}
        return {f"key {k}": at for k, at in newest.items() if at != self.finished.get(k)}


KEYS, TIMES = st.integers(1, 3), st.integers(1, 6).map(float)
STEPS = st.one_of(
    st.tuples(st.just("arrive"), KEYS, TIMES),
    st.tuples(st.just("finish"), KEYS, TIMES, st.booleans()),
    st.tuples(st.just("delete"), KEYS, TIMES),
    st.tuples(st.just("clear")),
    st.tuples(st.just("again")),
    st.tuples(st.just("cut"), st.integers(1, 40)),
)


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=25))
def test_what_counts_is_what_was_saved_last(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("store")
    model, store = Model(), Store(folder, LIMIT)
    for name, *given_ in steps:
        if name == "arrive":
            assert store.arrive([event(*given_)]) == model.arrive(*given_)
        elif name == "finish":
            key, at, teaches = given_
            found = correction() if teaches else None
            assert store.finish(event(key, at), found) == model.finish(key, at, teaches)
        elif name == "delete":
            key, at = given_
            store.delete("tool", [str(key)], at)
            model.delete(key, at)
        elif name == "clear":
            store.clear()
        else:
            store.close()
            if name == "cut":
                half(folder / FILE, given_[0])
            store = Store(folder, LIMIT)
        assert counted(store) == model.counted
        assert waiting(store) == model.waiting
    store.close()


def half(path: Path, count: int) -> None:
    """Add the start of a line, as a process leaves it that is killed while it writes."""
    with path.open("ab") as stream:
        stream.write(line.of_event(event(1, 99.0))[:count])


def test_a_correction_comes_back_as_it_was(tmp_path):
    told = correction()
    with Store(tmp_path, LIMIT) as store:
        store.arrive([event()])
        assert store.finish(event(), told)
        (known,) = store.told()
        assert_same(store.read(known), told)
    with Store(tmp_path, LIMIT) as store:
        (known,) = store.told()
        assert_same(store.read(known), told)
        assert known.told.annotator == told.annotator
        assert known.told.views[0].edits == told.views[0].edits


def assert_same(found, told):
    assert line.encode(event(), found) == line.encode(event(), told)


def test_the_body_of_an_event_is_kept_byte_by_byte(tmp_path):
    body = json.dumps({"result": [1.5, None, "ä"]}).encode()
    with Store(tmp_path, LIMIT) as store:
        store.arrive([event(body=body)])
    with Store(tmp_path, LIMIT) as store:
        found = store.oldest()
        assert found is not None
        assert found[1] == event(body=body)


def test_damaged_lines_do_not_count(tmp_path):
    with Store(tmp_path, LIMIT) as store:
        store.arrive([event(1), event(2)])
    path = tmp_path / FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"is":"arr\xff\n' + lines[2])
    with Store(tmp_path, LIMIT) as store:
        assert waiting(store) == {"key 2": 1.0}


def test_a_file_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / FILE
    path.write_bytes(b"date,box\n1,2\n")
    with pytest.raises(JobError, match="no file of corrections"):
        Store(tmp_path, LIMIT)
    assert path.read_bytes() == b"date,box\n1,2\n"
    path.unlink()
    Store(tmp_path, LIMIT).close()


def test_one_process_at_a_time(tmp_path):
    with Store(tmp_path, LIMIT), pytest.raises(JobError, match="at work"):
        Store(tmp_path, LIMIT)
    Store(tmp_path, LIMIT).close()


def test_a_closed_store_takes_nothing(tmp_path):
    store = Store(tmp_path, LIMIT)
    store.close()
    store.close()
    with pytest.raises(JobError, match="closed"):
        store.arrive([event()])
    assert not store.finish(event(), None)
    assert store.oldest() is None


def test_lines_that_do_not_count_are_cleared_away_by_themselves(tmp_path):
    with Store(tmp_path, LIMIT, slack=20_000) as store:
        for at in range(1, 200):
            store.arrive([event(1, float(at))])
            store.finish(event(1, float(at)), correction())
        assert counted(store) == {"key 1": 199.0}
        assert store.bytes < 60_000
    index, end = load(tmp_path / FILE)
    assert end == (tmp_path / FILE).stat().st_size
    assert len(index.done) == 1


def test_beyond_the_limit_the_oldest_go(tmp_path, caplog):
    limit = 40_000
    with Store(tmp_path, limit, slack=1000) as store:
        for key in range(1, 101):
            store.arrive([event(key, float(key))])
            store.finish(event(key, float(key)), correction())
            assert store.bytes < 2 * limit
        kept = counted(store)
    assert 0 < len(kept) < 100
    assert set(kept.values()) == set(range(101 - len(kept), 101)), "the newest"
    assert "corrections_store" in caplog.text


def test_events_come_in_while_lines_are_cleared_away(tmp_path):
    """Whatever the moment: nothing that was told is lost, and nothing counts twice."""
    with Store(tmp_path, LIMIT) as store:
        for key in range(30):
            store.arrive([event(key)])
        stop = threading.Event()

        def clear() -> None:
            while not stop.is_set():
                store.clear()

        clearing = threading.Thread(target=clear)
        clearing.start()
        for key in range(30, 90):
            store.arrive([event(key)])
            assert store.finish(event(key - 30), correction())
        stop.set()
        clearing.join()
        done = {f"key {key}": 1.0 for key in range(60)}
        left = {f"key {key}": 1.0 for key in range(60, 90)}
        assert (counted(store), waiting(store)) == (done, left)
        for known in store.told():
            assert store.read(known).views
    with Store(tmp_path, LIMIT) as store:
        assert (counted(store), waiting(store)) == (done, left)


def test_a_full_disk_keeps_the_old_file(tmp_path, monkeypatch):
    with Store(tmp_path, LIMIT) as store:
        store.arrive([event(1)])

        def refuse(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("prelabel.corrections.store.os.fsync", refuse)
        with pytest.raises(JobError, match="No space"):
            store.clear()
        monkeypatch.undo()
        assert waiting(store) == {"key 1": 1.0}
        assert not list(tmp_path.glob(".*.partial"))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"is":"other","protocol":"a"}', b"\xff"])
def test_what_is_no_line_is_told(text):
    with pytest.raises(FormatError, match="somewhere: not a line of corrections"):
        line.head_of(text, "somewhere")


def test_an_index_of_nothing():
    index = Index()
    assert not index.live()
    assert not list(index.corrections())
