"""The service: one inference per picture and question, in order, within time, and to the end."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from fake_models import WAIT, Diary, Factory, until, write
from local_site import answer, served
from threadpoolctl import threadpool_info

from formats.errors import UnknownName
from prelabel import image, onnx_file
from prelabel.asking import key_of
from prelabel.errors import (
    BusyError,
    CancelledError,
    DeadlineError,
    FetchError,
    FetchRefused,
    ImageError,
    ModelError,
)
from prelabel.labeler import Labeler
from prelabel.models.query import Query
from prelabel.pool import ModelFile, Pool
from prelabel.service import Address, Bytes, Labelled, Service
from prelabel.settings import Settings
from prelabel.tickets import Priority, Ticket

QUERY = Query()


def picture(colour: str | tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


RED, GREEN = picture("red"), picture("#00ff00")


class Shelf:
    """A reader whose addresses are names of pictures; it may be held up."""

    def __init__(self) -> None:
        self.pictures = {"red": RED, "green": GREEN, "text": b"hello"}
        self.read_: list[tuple[str, str]] = []
        self.go_on, self.closed = threading.Event(), False
        self.go_on.set()

    def read(self, address: str, task: str = "", ticket: Ticket | None = None) -> bytes:
        self.read_.append((address, task))
        assert self.go_on.wait(WAIT)
        if address not in self.pictures:
            raise FetchError("no such picture", where=address)
        return self.pictures[address]

    def close(self) -> None:
        self.closed = True


class Stand:
    """A service over fake models, and all that stands around it."""

    def __init__(self, tmp_path: Path, **settings: float) -> None:
        self.paths = [write(tmp_path / f"{name}.onnx", name) for name in "ab"]
        self.factory = Factory(workers=int(settings.get("workers", 2)))
        self.shelf, self.diary = Shelf(), Diary()
        chosen = Settings(**{"workers": 2, "data_dir": str(tmp_path / "data"), **settings})
        files = [ModelFile(path.stem, str(path)) for path in self.paths]
        self.pool = Pool(files, chosen, self.diary, opener=self.factory, look=0)
        self.service = Service(self.pool, chosen, self.shelf, self.diary)

    def label(self, data: bytes | str, **more) -> Labelled:
        source = Bytes(data) if isinstance(data, bytes) else Address(data)
        asked = {"model": "", "query": QUERY, "ticket": Ticket(), **more}
        return self.service.label(source, **asked)

    @property
    def inferred(self) -> int:
        return len(self.diary.of("inferred"))

    def close(self) -> None:
        self.factory.inside.set()
        self.service.close()
        self.pool.close()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    found = Stand(tmp_path)
    yield found
    found.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as pool:
        yield pool


def test_the_whole_trip(stand: Stand) -> None:
    found = stand.label("red", model="a")
    assert (found.size, found.name, found.task, found.cached) == ((40, 30), "a", "detect", False)
    assert found.annotations.boxes.tolist() == [[0, 0, 40, 30]]
    assert [found.labels[i].name for i in found.annotations.labels] == ["red"]
    assert found.fingerprint == onnx_file.sha256(stand.paths[0])
    assert found.seconds > 0
    assert stand.diary.of("inferred") == [("inferred", "a")]
    green = stand.label(GREEN)
    assert (green.name, green.labels[green.annotations.labels[0]].name) == ("a", "green")


def test_the_task_goes_along_with_the_address(stand: Stand) -> None:
    stand.service.label(Address("red", task="17"), "", QUERY, Ticket())
    assert stand.shelf.read_ == [("red", "17")]


def test_an_answer_is_made_once(stand: Stand) -> None:
    first, second = stand.label(RED), stand.label("red")
    assert (first.cached, second.cached) == (False, True)
    assert second.annotations is first.annotations
    assert stand.inferred == 1
    assert stand.diary.of("cache") == [
        ("cache", "predictions", False),
        ("cache", "predictions", True),
    ]


@pytest.mark.parametrize(
    "query",
    [
        Query(conf=0.3),
        Query(iou=0.5),
        Query(max_det=5),
        Query(thresholds={"red": 0.4}),
        Query(labels=frozenset({"red"})),
    ],
)
def test_another_question_is_another_answer(stand: Stand, query: Query) -> None:
    stand.label(RED)
    assert not stand.label(RED, query=query).cached
    assert stand.label(RED, query=query).cached
    assert stand.inferred == 2


def test_every_part_of_a_query_counts() -> None:
    one = Query(thresholds={"a": 0.1, "b": 0.2}, labels=frozenset("ab"))
    same = Query(thresholds={"b": 0.2, "a": 0.1}, labels=frozenset("ba"))
    assert key_of(one) == key_of(same)
    assert hash(key_of(one)) == hash(key_of(same))
    assert key_of(one) != key_of(Query(thresholds={"a": 0.1, "b": 0.3}, labels=frozenset("ab")))


def test_another_model_and_a_changed_file_are_other_answers(stand: Stand) -> None:
    assert stand.label(RED, model="a").fingerprint != stand.label(RED, model="b").fingerprint
    old = stand.pool.fingerprint("a")
    new = onnx_file.sha256(write(stand.paths[0], "n", "e", "w"))
    assert stand.label(RED, model="a").fingerprint in (old, new)
    until(lambda: stand.pool.fingerprint("a") == new)
    assert stand.label(RED, model="a").fingerprint == new
    assert stand.inferred == 3


def test_an_answer_that_was_cached_does_not_hide_a_changed_file(stand: Stand) -> None:
    """Nothing but cached answers is asked for: the file is looked at all the same."""
    stand.label(RED)
    new = onnx_file.sha256(write(stand.paths[0], "n", "e", "w"))
    until(lambda: stand.label(RED).fingerprint == new)


def test_a_model_that_is_replaced_between_question_and_answer(stand: Stand, threads) -> None:
    """The answer tells the file that gave it, and goes by that one."""
    stand.factory.inside.clear()
    held = [threads.submit(stand.label, picture((9, 9, i))) for i in range(2)]
    until(lambda: stand.service.gate.inside == 2)
    late = threads.submit(stand.label, RED)
    until(lambda: stand.service.gate.waiting == 1)
    new = onnx_file.sha256(write(stand.paths[0], "n", "e", "w"))
    stand.pool.look()
    until(lambda: stand.pool.fingerprint() == new)
    stand.factory.inside.set()
    assert {future.result(WAIT).fingerprint == new for future in held} == {False}
    assert late.result(WAIT).fingerprint == new
    count = stand.inferred
    assert stand.label(RED).cached
    assert stand.inferred == count


def test_the_cache_may_be_turned_off(tmp_path: Path) -> None:
    stand = Stand(tmp_path, cache_memory=0)
    assert [stand.label(RED).cached for _ in range(3)] == [False] * 3
    assert stand.inferred == 3
    stand.close()


def test_who_asks_at_the_same_moment_gets_the_same_answer(stand: Stand, threads) -> None:
    stand.factory.inside.clear()
    first = threads.submit(stand.label, RED)
    assert stand.factory.entered.acquire(timeout=WAIT)
    others = [threads.submit(stand.label, RED) for _ in range(10)]
    until(lambda: stand.service._flights.waiting == 10)
    stand.factory.inside.set()
    answers = [first.result(WAIT), *(other.result(WAIT) for other in others)]
    assert len({id(answer.annotations) for answer in answers}) == 1
    assert [answer.cached for answer in answers] == [False] + [True] * 10
    assert stand.inferred == 1


def test_many_threads_and_few_pictures(stand: Stand, threads) -> None:
    pictures = [picture((i, 0, 0)) for i in range(7)]
    barrier = threading.Barrier(28, timeout=WAIT)

    def ask(i: int) -> Labelled:
        barrier.wait()
        return stand.label(pictures[i % 7])

    answers = list(threads.map(ask, range(28)))
    assert stand.inferred == 7
    assert sum(not answer.cached for answer in answers) == 7


def test_a_first_caller_that_gives_up_leaves_the_work_to_the_second(stand: Stand, threads) -> None:
    stand.factory.inside.clear()
    held = [threads.submit(stand.label, picture((9, 9, i))) for i in range(2)]
    until(lambda: stand.service.gate.inside == 2)
    ticket = Ticket()
    first = threads.submit(stand.label, RED, ticket=ticket)
    until(lambda: stand.service.gate.waiting == 1)
    second = threads.submit(stand.label, RED)
    until(lambda: stand.service._flights.waiting == 1)
    ticket.cancel()
    with pytest.raises(CancelledError):
        first.result(WAIT)
    stand.factory.inside.set()
    assert not second.result(WAIT).cached
    assert all(future.result(WAIT) for future in held)
    assert stand.inferred == 3


def test_a_person_who_waits_for_a_bulk_answer_does_not_wait_behind_the_bulk(tmp_path, threads):
    stand = Stand(tmp_path, workers=1)
    stand.factory.inside.clear()
    bulk = [picture((i, 9, 9)) for i in range(4)]
    futures = []
    for data in bulk:
        before = stand.service.gate.inside + stand.service.gate.waiting
        futures.append(threads.submit(stand.label, data, ticket=Ticket(Priority.BULK)))
        until(lambda n=before: stand.service.gate.inside + stand.service.gate.waiting == n + 1)
    person = threads.submit(stand.label, bulk[3])
    until(lambda: stand.service._flights.waiting == 1)
    stand.factory.inside.set()
    assert person.result(WAIT).cached
    assert [future.result(WAIT).cached for future in futures] == [False] * 4
    assert [red for red, *_ in stand.factory.seen] == [0, 3, 1, 2]
    stand.close()


@pytest.mark.parametrize(
    ("data", "error", "told"),
    [
        ("none", FetchError, "none: no such picture"),
        ("text", ImageError, "text: is not a picture: it is text"),
        (b"", ImageError, "the picture: is empty, expected a picture"),
        (RED[:60], ImageError, "the picture: "),
    ],
)
def test_errors_are_of_one_picture(stand: Stand, data, error: type, told: str) -> None:
    with pytest.raises(error) as caught:
        stand.label(data)
    assert str(caught.value).startswith(told)
    assert stand.inferred == 0
    assert (stand.service.gate.inside, len(stand.service._flights)) == (0, 0)


def test_an_unknown_model_is_told_before_anything_is_fetched(stand: Stand) -> None:
    with pytest.raises(UnknownName, match="no model 'c'"):
        stand.label("red", model="c")
    assert stand.shelf.read_ == []


def test_a_model_that_cannot_be_opened(stand: Stand) -> None:
    stand.factory.broken.add(onnx_file.sha256(stand.paths[0]))
    for _ in range(2):
        with pytest.raises(ModelError, match="every score is 0"):
            stand.label(RED)
    assert stand.label(RED, model="b")


def test_too_many_pixels(tmp_path: Path) -> None:
    stand = Stand(tmp_path, max_pixels=1000)
    with pytest.raises(ImageError, match="40 x 30 pixels, at most 1000 are read"):
        stand.label(RED)
    stand.close()


def test_a_picture_that_does_not_fit_into_memory(stand: Stand, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(image, "decode", full)
    with pytest.raises(ImageError, match="the picture: does not fit into memory"):
        stand.label(RED)


def test_no_secret_of_an_address_is_told(stand: Stand) -> None:
    stand.shelf.pictures["https://me:secret@a.example/b.jpg?sig=abc#x"] = b"hello"
    with pytest.raises(ImageError) as caught:
        stand.label("https://me:secret@a.example/b.jpg?sig=abc#x")
    assert str(caught.value) == "https://a.example/b.jpg: is not a picture: it is text"
    assert Address("data:image/png;base64,AAAA").shown == "data:image/png;base64,..."
    assert Address("/data/local-files/?d=a.jpg").shown == "/data/local-files/"


def test_a_cancelled_ticket_stops_at_the_next_step(stand: Stand, threads) -> None:
    ticket = Ticket()
    stand.shelf.go_on.clear()
    future = threads.submit(stand.label, "red", ticket=ticket)
    until(lambda: stand.shelf.read_)
    ticket.cancel()
    stand.shelf.go_on.set()
    with pytest.raises(CancelledError):
        future.result(WAIT)
    assert stand.factory.runs == []
    with pytest.raises(CancelledError):
        stand.label("red", ticket=ticket)
    assert len(stand.shelf.read_) == 1


def test_a_ticket_that_ends_while_it_decodes_asks_no_model(stand: Stand, monkeypatch) -> None:
    ticket = Ticket()
    decode = image.decode

    def slowly(*arguments: object) -> image.Image:
        ticket.cancel()
        return decode(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(image, "decode", slowly)
    with pytest.raises(CancelledError):
        stand.label(RED, ticket=ticket)
    assert stand.factory.runs == []


def test_a_deadline_while_others_are_inside(stand: Stand, threads) -> None:
    stand.factory.inside.clear()
    held = [threads.submit(stand.label, picture((9, 9, i))) for i in range(2)]
    until(lambda: stand.service.gate.inside == 2)
    with pytest.raises(DeadlineError):
        stand.label(RED, ticket=Ticket.within(0.05))
    stand.factory.inside.set()
    assert all(future.result(WAIT) for future in held)


def test_a_full_queue_refuses(tmp_path: Path, threads) -> None:
    stand = Stand(tmp_path, workers=1, queue=1)
    stand.factory.inside.clear()
    futures = [threads.submit(stand.label, picture((9, 9, i))) for i in range(2)]
    until(lambda: (stand.service.gate.inside, stand.service.gate.waiting) == (1, 1))
    with pytest.raises(BusyError, match="too many requests wait"):
        stand.label(RED)
    stand.factory.inside.set()
    assert all(future.result(WAIT) for future in futures)
    stand.close()


def test_fetching_holds_no_place(stand: Stand, threads) -> None:
    stand.shelf.go_on.clear()
    slow = [threads.submit(stand.label, "red") for _ in range(5)]
    until(lambda: len(stand.shelf.read_) == 5)
    assert stand.label(GREEN).size == (40, 30)
    assert not any(future.done() for future in slow)
    stand.shelf.go_on.set()
    assert all(future.result(WAIT) for future in slow)


def test_the_gate_is_as_wide_as_the_widest_model(tmp_path: Path) -> None:
    stand = Stand(tmp_path, workers=1)
    stand.factory.workers = 16
    stand.label(RED)
    assert stand.service.gate.places == 16
    stand.close()


def test_a_new_answer_is_kept_before_it_is_counted(stand: Stand) -> None:
    kept = []
    stand.label(RED, keep=lambda found: kept.append((stand.inferred, found.cached)))
    assert kept == [(0, False)]
    stand.label(RED, keep=lambda found: pytest.fail("kept twice"))
    assert stand.inferred == 1


def test_many_in_order_each_with_its_own_error(stand: Stand) -> None:
    sources = [Address(name) for name in ("red", "none", "green", "text", "red")]
    outcomes = list(stand.service.label_many(sources, "", QUERY, Ticket(Priority.BULK)))
    assert [source for source, _ in outcomes] == sources
    kinds = [type(found) for _, found in outcomes]
    assert kinds == [Labelled, FetchError, Labelled, ImageError, Labelled]
    assert stand.inferred == 2


def test_many_are_worked_on_side_by_side(stand: Stand) -> None:
    barrier = threading.Barrier(2, timeout=WAIT)
    enter = stand.factory.enter

    def meet(sha256: str) -> None:
        barrier.wait()
        enter(sha256)

    stand.factory.enter = meet
    sources = [Bytes(picture((i, 0, 0))) for i in range(8)]
    found = [found for _, found in stand.service.label_many(sources, "", QUERY, Ticket())]
    assert [type(each) for each in found] == [Labelled] * 8


def test_no_more_are_begun_than_can_be_looked_ahead(stand: Stand) -> None:
    handed = []

    def sources() -> Iterator[Address]:
        for i in range(10_000):
            handed.append(i)
            yield Address("red")

    found = stand.service.label_many(sources(), "", QUERY, Ticket())
    for _ in range(10):
        next(found)
    found.close()
    assert len(handed) < 60


def test_those_not_begun_at_the_deadline_are_told_at_once(stand: Stand) -> None:
    stand.factory.inside.clear()
    ticket = Ticket.within(0.1)
    sources = [Bytes(picture((i % 250, i // 250, 0))) for i in range(2500)]
    threading.Timer(0.3, stand.factory.inside.set).start()
    start = time.monotonic()
    outcomes = [found for _, found in stand.service.label_many(sources, "", QUERY, ticket)]
    assert time.monotonic() - start < 5
    late = [found for found in outcomes if isinstance(found, DeadlineError)]
    assert len(outcomes) == 2500
    assert len(late) >= 2498
    assert stand.inferred == 2500 - len(late)


def test_giving_up_many_stops_those_not_begun(stand: Stand) -> None:
    ticket = Ticket()
    sources = (Bytes(picture((i % 250, i // 250, 0))) for i in range(1000))
    found = stand.service.label_many(sources, "", QUERY, ticket)
    assert isinstance(next(found)[1], Labelled)
    ticket.cancel()
    rest = [each for _, each in found]
    assert len(rest) == 999
    assert sum(isinstance(each, CancelledError) for each in rest) > 900


def test_closing_finishes_what_was_accepted_and_takes_no_more(stand: Stand, threads) -> None:
    stand.factory.inside.clear()
    accepted = [threads.submit(stand.label, picture((9, 9, i))) for i in range(5)]
    until(lambda: (stand.service.gate.inside, stand.service.gate.waiting) == (2, 3))
    closing = threads.submit(stand.service.close)
    until(lambda: stand.service._closed)
    with pytest.raises(BusyError, match="is being closed"):
        stand.label(RED)
    with pytest.raises(BusyError):
        list(stand.service.label_many([Bytes(RED)], "", QUERY, Ticket()))
    assert not closing.done()
    stand.factory.inside.set()
    assert all(future.result(WAIT) for future in accepted)
    closing.result(WAIT)
    stand.service.close()
    assert not stand.shelf.closed


def test_closing_finishes_many_that_have_begun(stand: Stand, threads) -> None:
    sources = [Bytes(picture((i, 0, 0))) for i in range(50)]
    found = stand.service.label_many(sources, "", QUERY, Ticket(Priority.BULK))
    first = next(found)
    closing = threads.submit(stand.service.close)
    until(lambda: stand.service._closed)
    outcomes = [first, *found]
    assert [type(each) for _, each in outcomes] == [Labelled] * 50
    closing.result(WAIT)


def test_matrix_products_stay_on_their_core_while_there_is_a_service(tmp_path: Path) -> None:
    def blas() -> list[int]:
        return [e["num_threads"] for e in threadpool_info() if e["user_api"] == "blas"]

    before = blas()
    stand = Stand(tmp_path)
    assert set(blas()) == {1}
    stand.close()
    assert blas() == before


def test_addresses_are_read_by_the_guarded_reader_unless_another_is_given(tmp_path: Path) -> None:
    path = write(tmp_path / "a.onnx")
    factory, diary = Factory(), Diary()
    with served() as site:
        site.pages["/a.png"] = answer(200, RED)
        settings = Settings(data_dir=str(tmp_path / "data"), allowed_hosts=("127.0.0.1",))
        with (
            Pool([ModelFile("a", str(path))], settings, diary, opener=factory) as pool,
            Service(pool, settings, observer=diary) as service,
        ):
            for number in range(3):
                address = Address(site.url(f"/a.png?n={number}"))
                assert service.label(address, "", QUERY, Ticket()).size == (40, 30)
            for text in (str(path), "/etc/passwd", "http://[::1]/a.png", "http://169.254.169.254/"):
                with pytest.raises(FetchRefused):
                    service.label(Address(text), "", QUERY, Ticket())
            with pytest.raises(DeadlineError):
                service.label(Address(site.url("/b.png")), "", QUERY, Ticket.within(-1))
    assert len(diary.of("fetched")) == 3
    assert diary.of("inferred") == [("inferred", "a")], "three addresses, one picture"


def test_the_same_as_the_labeler_with_a_real_model(tmp_path: Path) -> None:
    """The reference is the model asked directly, without pool, gate and caches."""
    settings = Settings(data_dir=str(tmp_path))
    file = ModelFile.parse("builtin")
    rng = np.random.default_rng(5)
    photos = []
    for _ in range(3):
        buffer = io.BytesIO()
        noise = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        PIL.Image.fromarray(noise).resize((320, 240)).save(buffer, "JPEG")
        photos.append(buffer.getvalue())
    query = Query(conf=0.1)
    diary = Diary()
    with Labeler.open(file.path) as labeler:
        wanted = [labeler.label(image.decode(photo), query) for photo in photos]
    with Pool([file], settings, diary) as pool, Service(pool, settings, None, diary) as service:
        found = list(service.label_many([Bytes(p) for p in photos], "", query, Ticket()))
    for (_, labelled), reference in zip(found, wanted, strict=True):
        assert isinstance(labelled, Labelled)
        for name, column in reference.columns().items():
            assert repr(labelled.annotations.columns()[name]) == repr(column)
    assert sum(map(len, wanted)) > 0
    assert len(diary.of("inferred")) == len(diary.of("batched")) == 3
