"""Tokens of Label Studio: told apart by form, exchanged in time, sent to one host only."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from label_studio_tokens import jwt

from prelabel.clients.keys import Form
from prelabel.clients.tokens import LIFETIME, PAUSE, Tokens
from prelabel.errors import FetchError, SettingsError

URL = "http://studio.example:8080"
LEGACY = "0123456789abcdef0123456789abcdef01234567"
PERSONAL = jwt("refresh", 200 * 365 * 86400)


class Studio:
    """Exchanges tokens, and knows how often."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.now = 1000.0

    def __call__(self, address: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        self.asked.append((address, body))
        access = jwt("access", int(LIFETIME), number=len(self.asked))
        return self.status, {"access": access} if self.status == 200 else {"detail": "no"}

    def tokens(self, key: str = PERSONAL, url: str = URL) -> Tokens:
        return Tokens(url, key, self, lambda: self.now)


@pytest.mark.parametrize(
    ("key", "form"),
    [
        ("", Form.NONE),
        (LEGACY, Form.LEGACY),
        ("my.own.token", Form.LEGACY),
        (PERSONAL, Form.PERSONAL),
        (f"  {PERSONAL}\n", Form.PERSONAL),
        (f"Bearer {PERSONAL}", Form.PERSONAL),
        (PERSONAL.rpartition(".")[0], Form.CUT),
        (jwt("access", 300), Form.ACCESS),
    ],
)
def test_the_form_of_a_key(key: str, form: Form) -> None:
    assert Tokens(URL, key).form is form


def test_a_legacy_token_is_sent_as_it_is() -> None:
    studio = Studio()
    assert studio.tokens(LEGACY).headers() == {"Authorization": f"Token {LEGACY}"}
    assert not studio.asked


def test_a_personal_token_is_exchanged_once_and_before_its_end() -> None:
    studio = Studio()
    tokens = studio.tokens()
    first = tokens.headers()
    assert first == tokens.headers() == {"Authorization": f"Bearer {jwt('access', 300, number=1)}"}
    assert studio.asked == [(f"{URL}/api/token/refresh/", {"refresh": PERSONAL})]
    studio.now += 0.95 * LIFETIME
    assert tokens.headers() != first
    assert len(studio.asked) == 2


def test_after_a_401_there_is_a_new_token_for_all_who_had_the_old_one() -> None:
    studio = Studio()
    tokens = studio.tokens()
    old = tokens.headers()
    assert tokens.refused(old)
    new = tokens.headers()
    assert tokens.refused(old)  # a slower thread tells the same: that is no news
    assert tokens.headers() == new != old
    assert len(studio.asked) == 2


def test_a_legacy_token_is_not_worth_a_second_try() -> None:
    tokens = Studio().tokens(LEGACY)
    assert not tokens.refused(tokens.headers())


def test_threads_share_one_exchange() -> None:
    entered, go = threading.Event(), threading.Event()
    studio, found = Studio(), []

    def slow(address: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        entered.set()
        assert go.wait(30)
        return studio(address, body)

    tokens = Tokens(URL, PERSONAL, slow)
    threads = [threading.Thread(target=lambda: found.append(tokens.headers())) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert entered.wait(30)
    go.set()
    for thread in threads:
        thread.join()
    assert len(studio.asked) == 1
    assert found == [found[0]] * 8


@pytest.mark.parametrize("key", [LEGACY, PERSONAL])
@pytest.mark.parametrize(
    "address",
    [
        "http://elsewhere.example:8080/data/upload/1.png",
        "http://studio.example:8081/data/upload/1.png",
        "http://studio.example.evil.example:8080/",
        "http://studio.example@evil.example:8080/",
        "ftp://studio.example:8080/",
        "/data/upload/1.png",
        "http://[",
    ],
)
def test_other_hosts_get_nothing(key: str, address: str) -> None:
    studio = Studio()
    assert studio.tokens(key).headers(address) == {}
    assert not studio.asked


@pytest.mark.parametrize(
    "address", [f"{URL}/data/upload/1.png", "http://STUDIO.example:8080?x=1", f"{URL}/../api"]
)
def test_the_own_host_gets_the_token(address: str) -> None:
    assert Studio().tokens(LEGACY).headers(address)


def test_tls_of_the_same_host_is_the_same_host_but_not_the_other_way_round() -> None:
    plain, secure = "http://studio.example/a", "https://studio.example/a"
    assert Studio().tokens(LEGACY, "http://studio.example").headers(secure)
    assert not Studio().tokens(LEGACY, "https://studio.example").headers(plain)


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "does not accept"), (404, "is this the address"), (500, "answers .* 500"), (302, "302")],
)
def test_a_failed_exchange_names_the_host_and_not_the_token(status: int, words: str) -> None:
    studio = Studio(status)
    with pytest.raises(FetchError, match=words) as caught:
        studio.tokens().headers()
    assert URL in str(caught.value)
    assert PERSONAL not in str(caught.value)


def test_a_failed_exchange_is_not_repeated_for_every_picture() -> None:
    studio = Studio(500)
    tokens = studio.tokens()
    for _ in range(10):
        with pytest.raises(FetchError):
            tokens.headers()
    assert len(studio.asked) == 1
    studio.status, studio.now = 200, studio.now + PAUSE + 1
    assert tokens.headers()


def test_a_token_that_was_cut_is_refused_here() -> None:
    studio = Studio()
    with pytest.raises(FetchError, match="lacks its last part"):
        studio.tokens(PERSONAL.rpartition(".")[0]).headers()
    assert not studio.asked


@pytest.mark.parametrize("key", ["two words", "naïve", "a\nb", "a\x00"])
def test_a_key_that_fits_no_header_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Tokens(URL, key)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "studio.example", "ftp://studio.example", "http://", "http://a:b", "http://u:p@a"]
)
def test_what_is_no_address_of_a_server(url: str) -> None:
    with pytest.raises(SettingsError):
        Tokens(url, LEGACY)


def test_the_address_keeps_its_prefix_and_loses_the_rest() -> None:
    tokens = Tokens("https://host.example/studio/?tab=1#top", LEGACY)
    assert tokens.site.join("/api/version") == "https://host.example/studio/api/version"


def test_nothing_shows_the_key() -> None:
    assert LEGACY not in repr(Tokens(URL, LEGACY))


def test_the_real_network_tells_what_is_wrong() -> None:
    with pytest.raises(FetchError, match="cannot be reached"):
        Tokens("http://127.0.0.1:9", PERSONAL).headers()
