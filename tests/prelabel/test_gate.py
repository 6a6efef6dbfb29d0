"""The gate: who goes in, in which order, who is refused, and who leaves the queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from prelabel.errors import BusyError, CancelledError, DeadlineError, PrelabelError
from prelabel.gate import Gate
from prelabel.tickets import Priority, Ticket

BULK, INTERACTIVE = Priority.BULK, Priority.INTERACTIVE


class Crowd:
    """Threads that go through a gate; each stays inside until it is let go."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.order: list[str] = []
        self.errors: dict[str, PrelabelError] = {}
        self.threads: dict[str, threading.Thread] = {}
        self.leave: dict[str, threading.Event] = {}
        self.changed = threading.Condition()

    def send(self, name: str, ticket: Ticket) -> None:
        """Start a thread and wait until it is inside, waits, or was refused."""
        before = (self.gate.inside + self.gate.waiting, len(self.errors))
        self.leave[name] = threading.Event()
        self.threads[name] = threading.Thread(target=self._pass, args=(name, ticket), daemon=True)
        self.threads[name].start()
        self.until(lambda: (self.gate.inside + self.gate.waiting, len(self.errors)) != before)

    def _pass(self, name: str, ticket: Ticket) -> None:
        try:
            with self.gate.entered(ticket):
                self.order.append(name)
                assert self.leave[name].wait(10)
        except PrelabelError as error:
            self.errors[name] = error

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < end, "it did not come to that"
            threading.Event().wait(0.001)

    def let_go(self, name: str) -> None:
        self.leave[name].set()
        self.threads[name].join(10)
        assert not self.threads[name].is_alive()

    def end(self) -> None:
        for event in self.leave.values():
            event.set()
        for thread in self.threads.values():
            thread.join(10)


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    found = Crowd(Gate(1, 8))
    yield found
    found.end()
    assert (found.gate.inside, found.gate.waiting) == (0, 0)


def test_as_many_are_inside_as_there_are_places() -> None:
    gate = Gate(3, 8)
    barrier = threading.Barrier(4, timeout=10)
    leave = threading.Event()

    def visit() -> None:
        with gate.entered(Ticket()):
            barrier.wait()
            assert leave.wait(10)

    threads = [threading.Thread(target=visit) for _ in range(3)]
    for thread in threads:
        thread.start()
    barrier.wait()
    assert gate.inside == 3
    with pytest.raises(DeadlineError), gate.entered(Ticket.within(0.01)):
        pytest.fail("a fourth went in")
    leave.set()
    for thread in threads:
        thread.join()
    assert gate.inside == 0


def test_the_most_urgent_first_then_the_first_that_came(crowd: Crowd) -> None:
    crowd.send("first", Ticket(BULK))
    for name in ("bulk1", "bulk2"):
        crowd.send(name, Ticket(BULK))
    for name in ("person1", "person2"):
        crowd.send(name, Ticket(INTERACTIVE))
    crowd.send("bulk3", Ticket(BULK))
    wanted = ["first", "person1", "person2", "bulk1", "bulk2", "bulk3"]
    for i, name in enumerate(wanted):
        crowd.until(lambda i=i: len(crowd.order) == i + 1)
        crowd.let_go(name)
    assert crowd.order == wanted


def test_bulk_work_goes_on_while_interactive_requests_never_end() -> None:
    crowd = Crowd(Gate(1, 64))
    crowd.send("inside", Ticket())
    for i in range(2):
        crowd.send(f"bulk{i}", Ticket(BULK))
    for i in range(20):
        crowd.send(f"person{i:02}", Ticket(INTERACTIVE))
    for i in range(22):
        crowd.let_go((["inside"] if i == 0 else crowd.order)[-1])
        crowd.until(lambda i=i: len(crowd.order) == i + 2)
    persons = [name for name in crowd.order if name.startswith("person")]
    assert persons == sorted(persons)
    assert [i for i, name in enumerate(crowd.order) if name.startswith("bulk")] == [9, 18]
    crowd.end()


def test_a_priority_that_is_raised_counts_at_the_next_turn(crowd: Crowd) -> None:
    late = Ticket(BULK)
    crowd.send("first", Ticket(BULK))
    crowd.send("bulk", Ticket(BULK))
    crowd.send("late", late)
    late.priority = INTERACTIVE
    crowd.let_go("first")
    crowd.until(lambda: len(crowd.order) == 2)
    assert crowd.order == ["first", "late"]


def test_bulk_leaves_a_share_of_the_queue_to_interactive_requests(crowd: Crowd) -> None:
    crowd.send("inside", Ticket(BULK))
    for i in range(6):
        crowd.send(f"bulk{i}", Ticket(BULK))
    with pytest.raises(BusyError, match="too many requests wait"), crowd.gate.entered(Ticket(BULK)):
        pytest.fail("went in")
    for i in range(2):
        crowd.send(f"person{i}", Ticket(INTERACTIVE))
    assert crowd.gate.waiting == 8
    with pytest.raises(BusyError), crowd.gate.entered(Ticket(INTERACTIVE)):
        pytest.fail("went in")
    assert crowd.gate.waiting == 8


def test_a_small_queue_still_has_a_place_for_bulk() -> None:
    crowd = Crowd(Gate(1, 1))
    crowd.send("inside", Ticket(BULK))
    crowd.send("waits", Ticket(BULK))
    assert not crowd.errors
    crowd.end()


def test_without_a_queue_nobody_waits() -> None:
    gate = Gate(1, 0)
    with gate.entered(Ticket()), pytest.raises(BusyError), gate.entered(Ticket()):
        pytest.fail("went in")
    with gate.entered(Ticket()):
        assert (gate.inside, gate.waiting) == (1, 0)


def test_a_cancelled_ticket_leaves_the_queue_at_once(crowd: Crowd) -> None:
    given_up = Ticket()
    crowd.send("inside", Ticket())
    crowd.send("given up", given_up)
    crowd.send("next", Ticket())
    given_up.cancel()
    crowd.threads["given up"].join(10)
    assert isinstance(crowd.errors["given up"], CancelledError)
    assert crowd.gate.waiting == 1
    crowd.let_go("inside")
    crowd.until(lambda: crowd.order == ["inside", "next"])


def test_a_deadline_ends_the_waiting(crowd: Crowd) -> None:
    crowd.send("inside", Ticket())
    with pytest.raises(DeadlineError), crowd.gate.entered(Ticket.within(0.02)):
        pytest.fail("went in")
    assert crowd.gate.waiting == 0
    with pytest.raises(DeadlineError), crowd.gate.entered(Ticket.within(-1)):
        pytest.fail("went in")


def test_more_places_let_the_next_in(crowd: Crowd) -> None:
    for name in ("a", "b", "c"):
        crowd.send(name, Ticket())
    crowd.gate.widen(2)
    crowd.until(lambda: crowd.order == ["a", "b"])
    crowd.gate.widen(1)
    assert (crowd.gate.places, crowd.gate.waiting) == (2, 1)


def test_an_error_inside_frees_the_place() -> None:
    gate = Gate(1, 1)
    with pytest.raises(ZeroDivisionError), gate.entered(Ticket()):
        _ = 1 // 0
    assert gate.inside == 0


def test_nobody_is_lost_when_all_ways_of_leaving_meet() -> None:
    """Entering, cancelling and deadlines at once: every place comes back, nobody waits for ever."""
    gate = Gate(2, 64)
    start = threading.Barrier(33, timeout=10)
    tickets = [Ticket.within(0.05 if i % 3 == 0 else 10, Priority(i % 2)) for i in range(32)]
    most = []

    def visit(ticket: Ticket) -> None:
        start.wait()
        for _ in range(20):
            try:
                with gate.entered(ticket):
                    most.append(gate.inside)
            except (DeadlineError, CancelledError):
                return

    threads = [threading.Thread(target=visit, args=(ticket,)) for ticket in tickets]
    for thread in threads:
        thread.start()
    start.wait()
    for ticket in tickets[::4]:
        ticket.cancel()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert (gate.inside, gate.waiting) == (0, 0)
    assert max(most) <= 2
