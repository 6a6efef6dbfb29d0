"""Tickets: when they end, who is woken, and what a part of one shares with it."""

from __future__ import annotations

import threading
import time

import pytest

from prelabel.errors import CancelledError, DeadlineError, PrelabelError
from prelabel.tickets import Priority, Ticket


def test_a_ticket_without_a_deadline_does_not_end() -> None:
    ticket = Ticket()
    ticket.check()
    assert ticket.remaining() is None
    assert ticket.priority == Priority.INTERACTIVE
    assert not ticket.cancelled


def test_the_deadline() -> None:
    ticket = Ticket.within(60, Priority.BULK)
    remaining = ticket.remaining()
    assert remaining is not None
    assert 59 < remaining <= 60
    assert ticket.priority == Priority.BULK
    ticket.check()
    past = Ticket(deadline=time.monotonic() - 1)
    assert past.remaining() == 0
    with pytest.raises(DeadlineError, match="time for the request is over"):
        past.check()


def test_its_errors_are_ours_and_builtins() -> None:
    assert issubclass(DeadlineError, PrelabelError)
    assert issubclass(DeadlineError, TimeoutError)
    assert issubclass(CancelledError, PrelabelError)
    assert str(DeadlineError("late", where="a.jpg", hint="wait")) == "a.jpg: late (wait)"


def test_cancelling_wakes_every_watcher_once() -> None:
    ticket, woken = Ticket(), []
    with ticket.watch(lambda: woken.append("a")), ticket.watch(lambda: woken.append("b")):
        ticket.cancel()
        ticket.cancel()
    assert sorted(woken) == ["a", "b"]
    assert ticket.cancelled
    with pytest.raises(CancelledError):
        ticket.check()


def test_who_watches_a_cancelled_ticket_is_woken_at_once() -> None:
    ticket, woken = Ticket(), []
    ticket.cancel()
    with ticket.watch(lambda: woken.append(1)):
        assert woken == [1]


def test_who_stopped_watching_is_not_woken() -> None:
    ticket, woken = Ticket(), []
    with ticket.watch(lambda: woken.append(1)):
        pass
    ticket.cancel()
    assert woken == []


def test_a_part_ends_with_the_whole_but_not_the_other_way() -> None:
    whole = Ticket.within(60, Priority.BULK)
    with whole.part() as one, whole.part() as other:
        assert one.deadline == whole.deadline
        one.priority = Priority.INTERACTIVE
        one.cancel()
        assert (other.priority, other.cancelled, whole.cancelled) == (Priority.BULK, False, False)
        whole.cancel()
        assert other.cancelled


def test_a_waiting_thread_is_woken_from_another() -> None:
    ticket, turn = Ticket(), threading.Event()
    with ticket.watch(turn.set):
        threading.Thread(target=ticket.cancel).start()
        assert turn.wait(5)


def test_a_part_becomes_as_urgent_as_the_whole() -> None:
    whole = Ticket(Priority.BULK)
    with whole.part() as one, one.part() as inner:
        whole.priority = Priority.INTERACTIVE
        assert (one.priority, inner.priority) == (Priority.INTERACTIVE,) * 2
    with whole.part() as later:
        assert later.priority == Priority.INTERACTIVE
        later.priority = Priority.BULK
    assert whole.priority == Priority.INTERACTIVE


def test_a_more_urgent_part_stays_so() -> None:
    whole = Ticket(Priority.INTERACTIVE)
    with whole.part() as one:
        whole.priority = Priority.BULK
        assert one.priority == Priority.INTERACTIVE
