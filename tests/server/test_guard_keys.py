"""Keys: every form in which one is taken, and that nothing else opens."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel.errors import SettingsError
from server.guard.keys import Keys

KEY, OTHER = "s3cret-key", "another~1"
KEYS = Keys.of([KEY, OTHER])


def basic(text: str | bytes) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    return b"Basic " + base64.b64encode(data)


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {KEY}".encode(),
        f"bearer   {KEY} ".encode(),
        f"Token {KEY}".encode(),
        f"TOKEN {OTHER}".encode(),
        basic(f"{KEY}:"),
        basic(f"user:{KEY}"),
        basic(f":{OTHER}"),
        basic(KEY),
    ],
)
def test_every_form_of_a_key_opens(header: bytes) -> None:
    assert KEYS.open(header)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Token ",
        KEY.encode(),
        f"Digest {KEY}".encode(),
        f"Bearer {KEY}x".encode(),
        f"Bearer {KEY[:-1]}".encode(),
        f"Bearer {KEY.upper()}".encode(),
        f"Bearer {KEY},{OTHER}".encode(),
        "Bearer schlüssel".encode(),
        b"Bearer \xff\xfe\x00",
        b"Basic",
        b"Basic !!!!",
        b"Basic \xff\xff",
        b"Basic " + KEY.encode(),
        basic(b"\xff\xfe:\xff"),
        basic(":"),
        basic(f"{KEY[:-1]}:{KEY[1:]}"),
    ],
)
def test_nothing_else_opens(header: bytes) -> None:
    assert not KEYS.open(header)


@given(st.binary(max_size=60), st.sampled_from([b"", b"Bearer ", b"Token ", b"Basic "]))
def test_garbage_is_refused_without_a_fault(rest: bytes, scheme: bytes) -> None:
    assert not KEYS.open(scheme + rest)


def test_without_keys_everything_opens() -> None:
    assert not Keys.of([]).needed
    assert Keys.of([]).open(b"")
    assert Keys.of([]).open(b"Bearer whatever")


@pytest.mark.parametrize("key", ["", "with blank", "a:b", "schlüssel", "tab\t", "line\n"])
def test_a_key_that_cannot_be_sent_is_refused_unseen(key: str) -> None:
    with pytest.raises(SettingsError, match=r"^api_keys: key 2 has a blank, a colon") as caught:
        Keys.of([KEY, key])
    assert not key or key not in str(caught.value)


def test_keys_are_not_shown() -> None:
    assert KEY not in repr(KEYS)
    assert all(KEY.encode() not in digest for digest in KEYS.digests)
