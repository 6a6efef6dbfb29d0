"""Joining calls: what batches are run, who gets which answer, what is refused."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from prelabel.batching import Batcher, Direct, batch_axis, runner
from prelabel.errors import BusyError, ModelError
from prelabel.models.graph import Graph, Tensor


def graph(first: int | str | None = "batch", last: int | str | None = "batch") -> Graph:
    return Graph(
        path="m.onnx",
        sha256="",
        inputs=(Tensor("x", (first, 2), "float32"),),
        outputs=(Tensor("y", (last, 2), "float32"),),
        metadata={},
    )


class Doubler:
    """Doubles its input; remembers batch sizes; waits at a gate; dislikes negative numbers."""

    def __init__(self) -> None:
        self.graph = graph()
        self.sizes: list[int] = []
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.inside = self.most = 0
        self.lock = threading.Lock()
        self.gate.set()

    def run(self, inputs: dict[str, NDArray]) -> list[NDArray]:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.sizes.append(len(inputs["x"]))
        self.entered.release()
        assert self.gate.wait(10)
        with self.lock:
            self.inside -= 1
        if (inputs["x"] < 0).any():
            raise ModelError("negative")
        return [inputs["x"] * 2]


def one(value: float, width: int = 2) -> dict[str, NDArray]:
    return {"x": np.full((1, width), value, np.float32)}


@pytest.fixture
def session() -> Doubler:
    return Doubler()


def blocked(batcher: Batcher, session: Doubler) -> Future:
    """A call that is inside the session, so that others wait."""
    session.gate.clear()
    first = batcher.submit(one(0))
    assert session.entered.acquire(timeout=5)
    return first


def test_what_waits_is_joined_in_order(session: Doubler) -> None:
    batcher = Batcher(session, 4, 64)
    blocked(batcher, session)
    futures = [batcher.submit(one(i)) for i in range(1, 11)]
    session.gate.set()
    answers = [future.result(5)[0] for future in futures]
    assert session.sizes == [1, 4, 4, 2]
    assert [a.tolist() for a in answers] == [[[2.0 * i] * 2] for i in range(1, 11)]
    batcher.close()


def test_a_lone_call_waits_for_nothing(session: Doubler) -> None:
    batcher = Batcher(session, 8, 64)
    assert batcher.run(one(3))[0].tolist() == [[6.0, 6.0]]
    assert session.sizes == [1]
    batcher.close()


def test_calls_of_other_shapes_are_not_joined(session: Doubler) -> None:
    batcher = Batcher(session, 8, 64)
    blocked(batcher, session)
    futures = [batcher.submit(one(i, width=2 + i % 2)) for i in range(6)]
    session.gate.set()
    assert [f.result(5)[0].shape[1] for f in futures] == [2, 3, 2, 3, 2, 3]
    assert session.sizes == [1, 3, 3]
    batcher.close()


def test_a_fixed_batch_is_filled_up(session: Doubler) -> None:
    batcher = Batcher(session, 4, 64, fixed=True)
    blocked(batcher, session)
    futures = [batcher.submit(one(i)) for i in range(5)]
    session.gate.set()
    assert [f.result(5)[0].tolist() for f in futures] == [[[2.0 * i] * 2] for i in range(5)]
    assert session.sizes == [4, 4, 4]
    batcher.close()


def test_an_error_reaches_its_own_caller_only(session: Doubler) -> None:
    batcher = Batcher(session, 8, 64)
    blocked(batcher, session)
    futures = [batcher.submit(one(value)) for value in (1, -1, 2)]
    session.gate.set()
    assert futures[0].result(5)[0][0, 0] == 2
    assert futures[2].result(5)[0][0, 0] == 4
    with pytest.raises(ModelError, match="negative"):
        futures[1].result(5)
    assert session.sizes == [1, 3, 1, 1, 1]
    batcher.close()


def test_outputs_that_do_not_follow_the_batch_are_run_alone(session: Doubler) -> None:
    class Summing(Doubler):
        def run(self, inputs: dict[str, NDArray]) -> list[NDArray]:
            return [super().run(inputs)[0].sum(axis=0, keepdims=True)]

    summing = Summing()
    batcher = Batcher(summing, 8, 64)
    blocked(batcher, summing)
    futures = [batcher.submit(one(i)) for i in (1, 2)]
    summing.gate.set()
    assert [f.result(5)[0].tolist() for f in futures] == [[[2.0, 2.0]], [[4.0, 4.0]]]
    batcher.close()


def test_a_full_queue_refuses(session: Doubler) -> None:
    batcher = Batcher(session, 2, 3)
    blocked(batcher, session)
    futures = [batcher.submit(one(i)) for i in range(3)]
    with pytest.raises(BusyError, match="too many calls wait"):
        batcher.submit(one(9))
    session.gate.set()
    assert [f.result(5)[0][0, 0] for f in futures] == [0, 2, 4]
    batcher.close()


def test_what_was_cancelled_is_not_run(session: Doubler) -> None:
    batcher = Batcher(session, 8, 64)
    blocked(batcher, session)
    futures = [batcher.submit(one(i)) for i in range(3)]
    assert futures[1].cancel()
    session.gate.set()
    batcher.close()
    assert session.sizes == [1, 2]


def test_close_finishes_what_was_accepted(session: Doubler) -> None:
    batcher = Batcher(session, 2, 64)
    first = blocked(batcher, session)
    futures = [first, *(batcher.submit(one(i)) for i in range(5))]
    threading.Timer(0.05, session.gate.set).start()
    batcher.close()
    assert all(future.done() for future in futures)
    with pytest.raises(BusyError, match="being closed"):
        batcher.submit(one(1))


def test_idle_costs_nothing(session: Doubler) -> None:
    batcher = Batcher(session, 8, 64)
    batcher.run(one(1))
    before = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - before < 0.05
    batcher.close()


def test_direct_runs_as_many_at_once_as_there_are_cores(session: Doubler) -> None:
    direct = Direct(session, 2, 64)
    session.gate.clear()
    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(direct.run, one(i)) for i in range(6)]
        assert session.entered.acquire(timeout=5)
        assert session.entered.acquire(timeout=5)
        assert not session.entered.acquire(timeout=0.05)
        session.gate.set()
        assert [f.result(5)[0][0, 0] for f in futures] == [0, 2, 4, 6, 8, 10]
    assert session.most == 2
    assert session.sizes == [1] * 6


def test_direct_refuses_beyond_its_queue_and_recovers(session: Doubler) -> None:
    direct = Direct(session, 1, 1)
    session.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(direct.run, one(1)) for _ in range(2)]
        assert session.entered.acquire(timeout=5)
        while direct._inside < 2:
            time.sleep(0.001)
        with pytest.raises(BusyError, match="too many calls wait"):
            direct.run(one(1))
        session.gate.set()
        assert all(f.result(5) for f in futures)
    assert direct.run(one(4))[0][0, 0] == 8


def test_direct_hands_errors_on_and_closes(session: Doubler) -> None:
    direct = Direct(session, 1, 1)
    with pytest.raises(ModelError, match="negative"):
        direct.run(one(-1))
    with pytest.raises(ModelError, match="negative"):
        direct.submit(one(-1)).result(0)
    assert direct.submit(one(1)).result(0)[0][0, 0] == 2
    direct.close()
    with pytest.raises(BusyError, match="being closed"):
        direct.run(one(1))


@pytest.mark.parametrize(
    ("first", "last", "axis"),
    [
        ("batch", "batch", 0),
        (1, 1, 1),
        (8, 8, 8),
        ("batch", "rows", None),
        (None, None, None),
        (1, "n", None),
    ],
)
def test_batch_axis(first: int | str | None, last: int | str | None, axis: int | None) -> None:
    assert batch_axis(graph(first, last)) == axis


@pytest.mark.parametrize(
    ("first", "last", "on_cpu", "kind", "batch"),
    [
        ("batch", "batch", True, Direct, 1),
        ("batch", "batch", False, Batcher, 8),
        (1, 1, False, Direct, 1),
        (4, 4, True, Batcher, 4),
        ("batch", "rows", False, Direct, 1),
    ],
)
def test_the_runner_that_pays(
    session: Doubler, first: int | str, last: int | str, on_cpu: bool, kind: type, batch: int
) -> None:
    session.graph = graph(first, last)
    found = runner(session, on_cpu=on_cpu, side_by_side=2, batch=8, queue=4)
    assert isinstance(found, kind)
    assert found.batch == batch
    found.close()
