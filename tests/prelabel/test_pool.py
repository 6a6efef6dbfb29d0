"""The pool: opened once and when wanted, closed for memory or idleness, replaced while in use."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_models import WAIT, Diary, Factory, until, write

from formats.errors import UnknownName
from prelabel import memory, onnx_file, pool, slot
from prelabel.errors import BusyError, CancelledError, DeadlineError, ModelError, SettingsError
from prelabel.pool import ModelFile, Pool
from prelabel.settings import Settings
from prelabel.tickets import Ticket

ROOT = Path(__file__).resolve().parents[2]
THREE = ("a", "b", "c")


@pytest.fixture
def files(tmp_path: Path) -> list[ModelFile]:
    return [
        ModelFile(name, str(write(tmp_path / f"{name}.onnx", name, "x", "y"))) for name in THREE
    ]


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch) -> Factory:
    """Models that take as much memory as their files let expect, half of it."""
    monkeypatch.setattr("prelabel.memory.used", lambda: 0)
    return Factory()


@contextmanager
def opened(files: list[ModelFile], factory: Factory, **settings: float) -> Iterator[Pool]:
    with Pool(files, Settings(**settings), Diary(), opener=factory, look=0) as found:
        yield found
    assert factory.open == []
    assert not [t for t in threading.enumerate() if t.name == "prelabel-models"]


def facts(pool: Pool, name: str = "a") -> dict:
    return next(entry for entry in pool.status() if entry["name"] == name)


def test_nothing_is_opened_before_it_is_wanted(files, factory) -> None:
    with opened(files, factory) as pool:
        assert (pool.names, pool.default) == (THREE, "a")
        for file in files:
            assert pool.fingerprint(file.name) == onnx_file.sha256(Path(file.path))
        assert pool.fingerprint() == pool.fingerprint("a")
        assert [entry["loaded"] for entry in pool.status()] == [False] * 3
        assert factory.opened == []


def test_what_was_told_about_a_file_makes_it_another_model(tmp_path: Path, files, factory) -> None:
    path = files[0].path
    text = "one\ntwo\nthree\n"
    for name in ("names.txt", "same.txt"):
        (tmp_path / name).write_text(text)
    told = [
        ModelFile("plain", path),
        ModelFile("named", path, labels=str(tmp_path / "names.txt")),
        ModelFile("again", path, labels=str(tmp_path / "same.txt")),
        ModelFile("sized", path, size=(96, 64)),
        ModelFile("family", path, family="yolo"),
    ]
    with opened(told, factory) as pool:
        prints = {name: pool.fingerprint(name) for name in pool.names}
        with pool.lease("named") as leased:
            assert leased.fingerprint == prints["named"] == pool.look("named")
    assert prints["plain"] == onnx_file.sha256(Path(path))
    assert prints["named"] == prints["again"]
    assert len(set(prints.values())) == 4
    (tmp_path / "names.txt").write_text("one\nthree\ntwo\n")
    with opened(told[1:3], factory) as pool:
        assert pool.fingerprint("again") == prints["again"] != pool.fingerprint("named")


def test_one_lease_after_another_finds_the_model_open(files, factory) -> None:
    with opened(files, factory) as pool:
        for _ in range(3):
            with pool.lease("b") as leased:
                assert leased.name == leased.card.name == "b"
                assert leased.fingerprint == pool.fingerprint("b") == leased.card.sha256
                assert facts(pool, "b")["in_use"] == 1
        assert factory.opened == ["b"]
        assert (facts(pool, "b")["in_use"], facts(pool, "b")["loaded"]) == (0, True)
        assert facts(pool, "b")["labels"] == ["red", "green", "blue"]


def test_many_that_want_one_model_open_it_once(files, factory) -> None:
    factory.gate.clear()
    with opened(files, factory) as found, ThreadPoolExecutor(16) as threads:
        barrier = threading.Barrier(16, timeout=WAIT)

        def lease() -> str:
            with found.lease("a") as leased:
                barrier.wait()
                return leased.name

        futures = [threads.submit(lease) for _ in range(16)]
        assert factory.begun.acquire(timeout=WAIT)
        until(lambda: found._slots["a"].waiting == 16)
        factory.gate.set()
        assert [future.result(WAIT) for future in futures] == ["a"] * 16
        assert factory.opened == ["a"]


def test_a_card_is_remembered_after_the_model_is_closed(files, factory) -> None:
    with opened(files, factory, model_memory=150) as pool:
        assert pool.card("a").name == "a"
        assert pool.card().name == "a"
        assert factory.opened == ["a"]


def test_names_that_there_are_not(files, factory) -> None:
    with opened(files, factory) as pool:
        for call in (pool.fingerprint, pool.card, pool.look):
            with pytest.raises(UnknownName, match=r"no model 'd' .known: a, b, c"):
                call("d")
        with pytest.raises(UnknownName), pool.lease("d"):
            pytest.fail("leased")


def test_files_that_cannot_be_models_are_told_at_once(files, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx: no such model file"):
        Pool([ModelFile.parse(str(tmp_path / "none.onnx"))], Settings())
    (tmp_path / "text.onnx").write_text("hello, world")
    with pytest.raises(ModelError, match=r"is not an ONNX model"):
        Pool([ModelFile.parse(str(tmp_path / "text.onnx"))], Settings())
    with pytest.raises(SettingsError, match="no model is named"):
        Pool([], Settings())
    with pytest.raises(SettingsError, match=r"two models are called a \(write NAME=FILE\)"):
        Pool([files[0], files[0]], Settings())
    assert not [t for t in threading.enumerate() if t.name == "prelabel-models"]


def test_the_least_used_goes_when_memory_is_short(files, factory) -> None:
    with opened(files, factory, model_memory=150) as pool:
        for name in ("a", "b"):
            with pool.lease(name):
                pass
        assert factory.open == ["a", "b"]
        with pool.lease("a"):
            pass
        with pool.lease("c"):
            assert factory.open == ["a", "c"]
        assert pool._keeper._observer.of("unloaded") == [("unloaded", "b", "memory")]
        assert facts(pool, "b")["labels"] == ["red", "green", "blue"]


def test_a_model_in_use_is_closed_when_its_lease_ends_and_is_waited_for(files, factory) -> None:
    with opened(files, factory, model_memory=100) as pool, ThreadPoolExecutor(1) as threads:

        def other() -> list[str]:
            with pool.lease("b"):
                return factory.open

        with pool.lease("a") as leased:
            future = threads.submit(other)
            until(lambda: not facts(pool)["loaded"])
            assert not leased.labeler.session.closed
            assert not future.done()
        assert future.result(WAIT) == ["b"]


def test_a_model_in_use_for_too_long_keeps_no_other_out(files, factory, monkeypatch) -> None:
    monkeypatch.setattr("prelabel.keeper.PATIENCE", 0.01)
    with (
        opened(files, factory, model_memory=100) as pool,
        pool.lease("a"),
        ThreadPoolExecutor(1) as threads,
    ):

        def other() -> list[str]:
            with pool.lease("b"):
                return factory.open

        assert threads.submit(other).result(WAIT) == ["a", "b"]


def test_a_model_that_is_lent_stays_and_keeps_nobody_waiting(files, factory, monkeypatch) -> None:
    monkeypatch.setattr("prelabel.keeper.PATIENCE", 2 * WAIT)
    with opened(files, factory, model_memory=100) as pool:
        with pool.lease("a", long=True) as lent:
            with pool.lease("b"):
                assert factory.open == ["a", "b"]
            with pool.lease("c"), pool.lease("a") as leased:
                assert factory.open == ["a", "c"]
                assert leased.labeler is lent.labeler
            write(Path(files[0].path), "n", "e", "w")
            pool.look("a")
            until(lambda: factory.opened.count("a") == 2)
            with pool.lease("b"):
                assert not lent.labeler.session.closed
        assert lent.labeler.session.closed


def test_a_model_larger_than_the_budget_is_opened_alone(files, factory) -> None:
    with opened(files, factory, model_memory=1) as pool:
        for name in ("a", "b", "a"):
            with pool.lease(name):
                assert factory.open == [name]


def test_two_that_do_not_fit_together_both_get_on(files, factory) -> None:
    """Threads that want models in turn, with room for one: each gets its own, none is lost."""
    with opened(files, factory, model_memory=100) as pool, ThreadPoolExecutor(6) as threads:

        def work(i: int) -> str:
            with pool.lease(THREE[i % 3], Ticket.within(WAIT)) as leased:
                assert not leased.labeler.session.closed
                return leased.name

        names = list(threads.map(work, range(60)))
        assert names == [THREE[i % 3] for i in range(60)]


def test_an_idle_model_is_closed_and_opened_again(files, factory) -> None:
    with opened(files, factory, model_idle=0.05) as pool:
        with pool.lease("a"):
            pass
        until(lambda: factory.open == [])
        diary = pool._keeper._observer
        until(lambda: diary.of("unloaded") == [("unloaded", "a", "idle")])
        with pool.lease("a"):
            assert factory.opened == ["a", "a"]


def test_a_model_in_use_is_not_idle(files, factory) -> None:
    with opened(files, factory, model_idle=0.02) as pool:
        with pool.lease("a"), pool.lease("b"):
            pass
        with pool.lease("a"):
            until(lambda: "b" not in factory.open)
            assert factory.open == ["a"]
        until(lambda: factory.open == [])


def test_the_keeper_sleeps_until_something_is_due(files, factory, monkeypatch) -> None:
    with opened(files, factory, model_idle=900) as pool:
        with pool.lease("a"):
            pass
        until(lambda: pool._slots["a"].held.leases == 0)
        assert 890 < pool._keeper._sleep() <= 900
        woken = []
        monkeypatch.setattr(pool._keeper, "_sleep", lambda: woken.append(1))
        start = time.process_time()
        threading.Event().wait(0.5)
        assert len(woken) <= 1  # it may still have been on its way to bed
        assert time.process_time() - start < 0.1


def test_a_changed_file_takes_the_place_of_the_old(files, factory) -> None:
    with opened(files, factory) as pool:
        with pool.lease("a") as old:
            new = onnx_file.sha256(write(Path(files[0].path), "n", "e", "w"))
            pool.look("a")
            until(lambda: pool.fingerprint("a") == new)
            with pool.lease("a") as leased:
                assert leased.fingerprint == new != old.fingerprint
            assert not old.labeler.session.closed
        assert old.labeler.session.closed
        assert factory.opened == ["a", "a"]
        assert pool._keeper._observer.of("unloaded") == [("unloaded", "a", "replaced")]


def test_until_the_new_file_is_open_the_old_model_answers(files, factory) -> None:
    with opened(files, factory) as pool:
        with pool.lease("a"):
            assert factory.begun.acquire(timeout=WAIT)
        before = pool.fingerprint("a")
        write(Path(files[0].path), "n", "e", "w")
        factory.gate.clear()
        with pool.lease("a") as leased:
            assert leased.fingerprint == before
        assert factory.begun.acquire(timeout=WAIT)
        with pool.lease("a") as leased:
            assert leased.fingerprint == pool.fingerprint("a") == before
        factory.gate.set()
        until(lambda: pool.fingerprint("a") != before)


def test_a_broken_new_file_leaves_the_old_in_place_and_is_told(files, factory) -> None:
    path = Path(files[0].path)
    with opened(files, factory) as pool:
        with pool.lease("a") as leased:
            before = leased.fingerprint
        factory.broken.add(onnx_file.sha256(write(path, "n", "e", "w")))
        pool.look("a")
        until(lambda: facts(pool)["problem"])
        assert facts(pool)["problem"] == "a: every score is 0, whatever the picture (again)"
        assert facts(pool)["loaded"]
        with pool.lease("a") as leased:
            assert leased.fingerprint == pool.look("a") == before
        assert factory.opened == ["a", "a"]
        good = onnx_file.sha256(write(path, "g", "o", "d"))
        pool.look("a")
        until(lambda: pool.fingerprint("a") == good)
        assert facts(pool)["problem"] == ""


@pytest.mark.parametrize("length", [0, 5, 100, -1])
def test_a_file_that_is_cut_is_not_taken(files, factory, length: int) -> None:
    path = Path(files[0].path)
    with opened(files, factory) as pool:
        with pool.lease("a") as leased:
            before = leased.fingerprint
        path.write_bytes(path.read_bytes()[:length])
        pool.look("a")
        until(lambda: facts(pool)["problem"])
        assert "ONNX" in facts(pool)["problem"]
        with pool.lease("a") as leased:
            assert leased.fingerprint == before


def test_a_file_that_is_written_to_while_it_is_opened_is_not_taken(files, factory) -> None:
    path = Path(files[0].path)
    with opened(files, factory) as pool:
        with pool.lease("a") as leased:
            before = leased.fingerprint
        assert factory.begun.acquire(timeout=WAIT)
        factory.gate.clear()
        write(path, "n", "e", "w")
        pool.look("a")
        assert factory.begun.acquire(timeout=WAIT)
        newest = onnx_file.sha256(write(path, "n", "e", "w", "er"))
        factory.gate.set()
        until(lambda: facts(pool)["problem"])
        assert facts(pool)["problem"] == "a: was written to while it was opened"
        assert pool.fingerprint("a") == before
        assert factory.open == ["a"]
        pool.look("a")
        until(lambda: pool.fingerprint("a") == newest)
        assert facts(pool)["problem"] == ""


def test_a_file_that_is_touched_is_not_opened_again(files, factory) -> None:
    path = Path(files[0].path)
    with opened(files, factory) as pool:
        with pool.lease("a") as leased:
            before = leased.labeler
        path.touch()
        pool.look("a")
        until(lambda: not pool._slots["a"].wanted)
        with pool.lease("a") as leased:
            assert leased.labeler is before
        assert factory.opened == ["a"]


def test_a_file_that_vanished_leaves_the_model_and_is_told(files, factory) -> None:
    path = Path(files[0].path)
    data = path.read_bytes()
    with opened(files, factory) as pool:
        with pool.lease("a"):
            pass
        path.unlink()
        pool.look("a")
        until(lambda: facts(pool)["problem"] == "a: no such model file")
        with pool.lease("a"):
            assert factory.opened == ["a"]
        path.write_bytes(data)
        pool.look("a")
        until(lambda: facts(pool)["problem"] == "")
        assert factory.opened == ["a"]


def test_a_model_that_fails_is_an_error_for_each_caller(files, factory) -> None:
    factory.broken.add(onnx_file.sha256(Path(files[0].path)))
    with opened(files, factory) as pool, ThreadPoolExecutor(4) as threads:

        def lease(_: int) -> str:
            with pytest.raises(ModelError) as caught, pool.lease("a"):
                pytest.fail("leased")
            return str(caught.value)

        told = "a: every score is 0, whatever the picture (again)"
        assert list(threads.map(lease, range(8))) == [told] * 8
        assert factory.opened == ["a"]
        assert str(Path(files[0].path).parent) not in repr(pool.status())
        with pool.lease("b"):
            assert facts(pool)["problem"] == told


def test_a_model_that_failed_is_tried_again_after_a_while(files, factory, monkeypatch) -> None:
    monkeypatch.setattr(slot, "RETRY", 0.0)
    sha256 = onnx_file.sha256(Path(files[0].path))
    factory.broken.add(sha256)
    with opened(files, factory) as pool:
        with pytest.raises(DeadlineError), pool.lease("a", Ticket.within(0.2)):
            pytest.fail("leased")
        assert len(factory.opened) > 1
        factory.broken.clear()
        with pool.lease("a"):
            assert facts(pool)["problem"] == ""


def test_a_bug_in_opening_stops_nothing(files, factory) -> None:
    def opener(file: ModelFile, settings: Settings):
        if file.name == "a":
            raise ZeroDivisionError("oops")
        return factory(file, settings)

    with Pool(files, Settings(), opener=opener, look=0) as pool:
        with pytest.raises(ModelError, match="cannot be opened: ZeroDivisionError"), pool.lease():
            pytest.fail("leased")
        with pool.lease("b"):
            assert factory.opened == ["b"]


def test_who_waits_for_a_model_waits_within_the_ticket(files, factory) -> None:
    factory.gate.clear()
    with opened(files, factory) as pool, ThreadPoolExecutor(1) as threads:
        with pytest.raises(DeadlineError), pool.lease("a", Ticket.within(0.02)):
            pytest.fail("leased")
        ticket = Ticket()

        def lease() -> None:
            with pool.lease("a", ticket):
                pytest.fail("leased")

        future = threads.submit(lease)
        until(lambda: pool._slots["a"].waiting == 1)
        ticket.cancel()
        with pytest.raises(CancelledError):
            future.result(WAIT)
        factory.gate.set()


def test_closing_finishes_leases_and_takes_no_more(files, factory) -> None:
    pool = Pool(files, Settings(), Diary(), opener=factory, look=0)
    with ThreadPoolExecutor(1) as threads:
        with pool.lease("a") as leased:
            closing = threads.submit(pool.close)
            until(lambda: pool._keeper.closed)
            with pytest.raises(BusyError, match="is being closed"), pool.lease("b"):
                pytest.fail("leased")
            assert not closing.done()
            assert not leased.labeler.session.closed
        closing.result(WAIT)
    assert factory.open == []
    assert pool._keeper._observer.of("unloaded") == [("unloaded", "a", "closed")]


def test_files_are_looked_at_about_once_a_second(files, factory, monkeypatch) -> None:
    looks = []
    of = slot.Stamp.of
    with Pool(files, Settings(), opener=factory) as found:
        with found.lease("a"):
            pass
        monkeypatch.setattr(pool.Stamp, "of", lambda path: looks.append(path) or of(path))
        found._slots["a"].looked = time.monotonic()
        for _ in range(100):
            with found.lease("a"):
                pass
        assert looks == []
        found._slots["a"].looked -= 1.0
        for _ in range(100):
            with found.lease("a"):
                pass
        assert looks == [files[0].path]


@pytest.mark.parametrize(
    ("text", "name", "path"),
    [
        ("cars=/m/yolo.onnx", "cars", "/m/yolo.onnx"),
        ("/m/yolo11n.onnx", "yolo11n", "/m/yolo11n.onnx"),
        ("model.v2.onnx", "model.v2", "model.v2.onnx"),
    ],
)
def test_how_models_are_named(text: str, name: str, path: str) -> None:
    assert ModelFile.parse(text) == ModelFile(name, path)


def test_the_built_in_model_has_a_name() -> None:
    assert ModelFile.parse("builtin").name == "builtin"
    assert Path(ModelFile.parse("poses=builtin-pose").path).is_file()


@pytest.mark.parametrize("text", ["=x.onnx", "a b=x.onnx", "../x=x.onnx", "x=", "", "/"])
def test_names_that_cannot_be(text: str) -> None:
    with pytest.raises(SettingsError):
        ModelFile.parse(text)


def test_the_memory_of_a_model_is_measured_within_what_its_file_lets_expect(files) -> None:
    found = slot.Slot.of(files[0])
    stamp = found.stamp
    assert stamp is not None
    guess = found.estimate(stamp)
    assert guess == slot.FLOOR + slot.FACTOR * Path(files[0].path).stat().st_size
    assert found.measured(-30, stamp) == found.measured(0, stamp) == guess // 2
    assert found.measured(guess + 7, stamp) == guess + 7
    assert found.measured(10 * guess, stamp) == 2 * guess
    found.took = guess + 7
    assert found.estimate(stamp) == found.measured(0, stamp) == guess + 7
    other = slot.Stamp(1, stamp.size, 1)
    assert found.estimate(other) == guess
    assert found.measured(0, other) == guess // 2


def test_what_this_process_may_have(tmp_path: Path) -> None:
    assert memory.used() < memory.limit(tmp_path / "none")
    group = tmp_path / "memory.max"
    group.write_text("max\n")
    assert memory.limit(group) == memory.limit(tmp_path / "none")
    group.write_text("1048576\n")
    assert memory.limit(group) == 1 << 20


MEASURED = """
from prelabel import memory
from prelabel.modelfile import ModelFile
from prelabel.pool import Pool
from prelabel.settings import Settings

files = [ModelFile.parse("a=builtin"), ModelFile.parse("b=builtin-pose")]
with Pool(files, Settings(model_memory=1)) as pool:
    for i in range(20):
        for name in "ab":
            with pool.lease(name):
                pass
        if i in (4, 19):
            print(memory.used())
"""


def test_models_that_take_turns_do_not_pile_up_in_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], capture_output=True, text=True, cwd=ROOT, check=True
    )
    early, late = map(int, done.stdout.split())
    assert late - early < 16 << 20


def test_a_real_model(tmp_path: Path) -> None:
    path = write(tmp_path / "tiny.onnx")
    diary = Diary()
    with Pool([ModelFile.parse(str(path))], Settings(), diary, look=0) as found:
        with found.lease() as leased:
            assert [label.name for label in leased.card.labels] == ["red", "green", "blue"]
            assert leased.fingerprint == leased.card.sha256
        write(path, "rot", "grün", "blau")
        found.look()
        until(lambda: found.card().labels[0].name == "rot")
    assert diary.of("loaded") == [("loaded", "tiny")] * 2
    assert diary.of("batched") == []
