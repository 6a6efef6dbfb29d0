"""No address that somebody sends reaches what only this machine reaches; good ones get through.

Canaries listen on 127.0.0.1, on ::1 and on an address of an interface: a single connection to one
of them fails the test. Public addresses are led to local sites by the network that is injected;
everything else that the guard lets through would really be connected to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpcore
import pytest
from local_site import PICTURE, Site, answer, served

from prelabel.errors import FetchError, FetchRefused
from prelabel.fetch.pictures import Pictures
from prelabel.settings import Settings

PUBLIC, OTHER, SIXTH, DEAD = "93.184.215.14", "8.8.4.4", "2606:4700::1111", "93.184.215.99"
NAMES: dict[str, list[str]] = {
    "pics.example": [PUBLIC],
    "pics.example.": [PUBLIC],
    "xn--bcher-kva.example": [PUBLIC],
    "storage.example": [OTHER],
    "six.example": [SIXTH],
    "two.example": [DEAD, PUBLIC],
    "loop.example": ["127.0.0.1"],
    "loop6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "lan.example": ["10.1.2.3"],
    "meta.example": ["169.254.169.254"],
    "half.example": [PUBLIC, "127.0.0.1"],
    "half6.example": ["::1", SIXTH],
    "nat64.example": ["64:ff9b::7f00:1"],
    "localhost": ["127.0.0.1", "::1"],
    "studio": ["172.18.0.5"],
}


class Canary:
    """Listens and counts who comes."""

    def __init__(self, host: str) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.create_server((host, 0), family=family)
        self.host, self.port = host, self.socket.getsockname()[1]
        self.visits = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                visitor, _ = self.socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join(5)


class Net(httpcore.NetworkBackend):
    """Leads public addresses to local sites; connects to everything else as it is asked to."""

    def __init__(self, sites: Mapping[str, int]) -> None:
        self.sites = {ipaddress.ip_address(host): port for host, port in sites.items()}
        self.asked: list[tuple[str, int]] = []
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: object, **more: object
    ) -> httpcore.NetworkStream:
        self.asked.append((host, port))
        if host == DEAD:
            raise httpcore.ConnectError("nobody there")
        site = self.sites.get(ipaddress.ip_address(host))
        if site is not None:
            host, port = "127.0.0.1", site
        return self._real.connect_tcp(host, port, min(timeout or 2, 2))


def own_address() -> str:
    """An address of an interface of this machine, the loopback where there is no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("8.8.8.8", 9))
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]


class World:
    """Sites, canaries, a resolver and what reads through them."""

    def __init__(self, tmp_path: Path, sites: dict[str, Site], canaries: list[Canary]) -> None:
        self.tmp_path, self.sites, self.canaries = tmp_path, sites, canaries
        ports = {name: site.server_port for name, site in sites.items()}
        pics = dict.fromkeys((PUBLIC, SIXTH, f"::ffff:{PUBLIC}", "10.9.9.9"), ports["pics"])
        self.net = Net({**pics, OTHER: ports["storage"], "172.18.0.5": ports["studio"]})
        self.names = dict(NAMES)
        self.resolved: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host not in self.names:
            raise OSError("unknown name")
        return self.names[host]

    @contextmanager
    def reading(self, resolver: Callable | None = None, **settings: object) -> Iterator[Pictures]:
        chosen = Settings(data_dir=str(self.tmp_path / "data"), fetch_timeout=5, **settings)
        found = Pictures(chosen, resolver=resolver or self.resolve, network=self.net)
        with found:
            yield found

    def fill(self, address: str) -> str:
        """Ports of canaries in place of their names."""
        four, six, own = self.canaries
        values = {"p4": four.port, "p6": six.port, "po": own.port, "own": own.host}
        return address.format(**values)

    @property
    def visits(self) -> int:
        return sum(canary.visits for canary in self.canaries)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        sites = {name: stack.enter_context(served()) for name in ("pics", "storage", "studio")}
        for site in sites.values():
            site.pages["/a.jpg"] = answer(200, PICTURE)
        canaries = [Canary(host) for host in ("127.0.0.1", "::1", own_address())]
        for canary in canaries:
            stack.callback(canary.close)
        found = World(tmp_path, sites, canaries)
        yield found
        assert found.visits == 0


REFUSED = [
    # this machine, in every form that systems accept
    "http://127.0.0.1:{p4}/a.jpg",
    "http://127.1:{p4}/a.jpg",
    "http://127.0.1:{p4}/a.jpg",
    "http://2130706433:{p4}/a.jpg",
    "http://0x7f000001:{p4}/a.jpg",
    "http://0x7f.0.0.1:{p4}/a.jpg",
    "http://0x7f.1:{p4}/a.jpg",
    "http://0177.0.0.1:{p4}/a.jpg",
    "http://017700000001:{p4}/a.jpg",
    "http://127.0.0.1.:{p4}/a.jpg",
    "http://127.9.8.7:{p4}/a.jpg",
    "http://0.0.0.0:{p4}/a.jpg",
    "http://0:{p4}/a.jpg",
    "http://localhost:{p4}/a.jpg",
    "http://LOCALHOST:{p4}/a.jpg",
    "http://127。0。0。1:{p4}/a.jpg",
    "http://①②⑦.⓪.⓪.①:{p4}/a.jpg",
    "http://１２７.0.0.1:{p4}/a.jpg",
    "HTTP://127.0.0.1:{p4}/a.jpg",
    "http://me:secret@127.0.0.1:{p4}/a.jpg",
    "http://pics.example@127.0.0.1:{p4}/a.jpg",
    "http://127.0.0.1:{p4}#@pics.example/a.jpg",
    "http://127.0.0.1:{p4}?@pics.example/a.jpg",
    "http://127.0.0.1:{p4}\\@pics.example/a.jpg",
    "http://{own}:{po}/a.jpg",
    # IPv6, and IPv4 inside it
    "http://[::1]:{p6}/a.jpg",
    "http://[0:0:0:0:0:0:0:1]:{p6}/a.jpg",
    "http://[0000::0001]:{p6}/a.jpg",
    "http://[::]:{p6}/a.jpg",
    "http://[::1%25lo]:{p6}/a.jpg",
    "http://[::ffff:127.0.0.1]:{p4}/a.jpg",
    "http://[::ffff:7f00:1]:{p4}/a.jpg",
    "http://[::127.0.0.1]:{p4}/a.jpg",
    "http://[64:ff9b::7f00:1]:{p4}/a.jpg",
    "http://[64:ff9b:1::7f00:1]:{p4}/a.jpg",
    "http://[2002:7f00:1::]:{p4}/a.jpg",
    "http://[2001:0:7f00:1::1]:{p4}/a.jpg",
    "http://[fe80::1%25eth0]:{p6}/a.jpg",
    "http://[fd00:ec2::254]/a.jpg",
    "http://[ff02::1]/a.jpg",
    # networks behind this machine, and what serves the cloud's machines
    "http://10.0.0.1/a.jpg",
    "http://172.16.5.4/a.jpg",
    "http://192.168.1.1/a.jpg",
    "http://100.64.0.1/a.jpg",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://224.0.0.1/a.jpg",
    "http://255.255.255.255/a.jpg",
    "http://198.18.0.1/a.jpg",
    # names
    "http://loop.example:{p4}/a.jpg",
    "http://loop6.example:{p6}/a.jpg",
    "http://mapped.example:{p4}/a.jpg",
    "http://lan.example/a.jpg",
    "http://meta.example/a.jpg",
    "http://half.example:{p4}/a.jpg",
    "http://half6.example:{p6}/a.jpg",
    "http://nat64.example:{p4}/a.jpg",
    "https://loop.example:{p4}/a.jpg",
    # what is no address, or not of a picture
    "http://",
    "http:///a.jpg",
    "http://pics.ex%61mple.com/a.jpg",
    "http://pics example/a.jpg",
    "file:///etc/passwd",
    "/etc/passwd",
    "../../etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1:{p4}/a.jpg",
    "gopher://127.0.0.1:{p4}/_GET",
]


def test_there_are_sixty() -> None:
    assert len(set(REFUSED)) == len(REFUSED) >= 60


@pytest.mark.parametrize("address", REFUSED)
def test_refused(world: World, address: str) -> None:
    with world.reading() as pictures, pytest.raises(FetchRefused) as caught:
        pictures.read(world.fill(address))
    assert world.net.asked == []
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("hops", [1, 3, 5])
@pytest.mark.parametrize("address", [a for a in REFUSED if re.search("://[^/]", a)])
def test_refused_at_the_end_of_redirects(world: World, address: str, hops: int) -> None:
    pages = world.sites["pics"].pages
    for hop in range(hops - 1):
        pages[f"/{hop}"] = answer(302, Location=f"http://pics.example/{hop + 1}")
    target = world.fill(address).encode().decode("latin-1")
    pages[f"/{hops - 1}"] = answer(302, Location=target)
    with world.reading() as pictures, pytest.raises(FetchError) as caught:
        pictures.read("http://pics.example/0")
    assert isinstance(caught.value, FetchRefused) or "cannot be resolved" in str(caught.value)
    assert {host for host, _ in world.net.asked} == {PUBLIC}
    assert len(world.sites["pics"].seen) == hops
    assert "secret" not in str(caught.value)


def test_a_name_that_means_something_else_the_second_time(world: World) -> None:
    """The name is asked for once, and that very address is connected to; a new connection asks
    anew, and what it is told then is looked at like the first time."""
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1", PUBLIC], ["::1"]])
    site = world.sites["pics"]

    def last(handler) -> None:
        answer(200, PICTURE, Connection="close")(handler)
        handler.close_connection = True

    site.pages["/a.jpg"] = last
    port = world.canaries[0].port
    with world.reading(lambda host, port: next(answers), cache_disk=0) as pictures:
        assert pictures.read(f"http://rebind.example:{port}/a.jpg") == PICTURE
        for _ in range(3):
            with pytest.raises(FetchRefused, match=r"rebind\.example is this machine"):
                pictures.read(f"http://rebind.example:{port}/a.jpg")
    assert world.net.asked == [(PUBLIC, port)]


def test_a_redirect_to_the_same_name_that_now_means_something_else(world: World) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    port = world.canaries[0].port
    world.sites["pics"].pages["/old"] = answer(302, Location=f"http://rebind.example:{port}/a.jpg")
    with world.reading(lambda host, port: next(answers)) as pictures, pytest.raises(FetchRefused):
        pictures.read("http://rebind.example/old")
    assert world.net.asked == [(PUBLIC, 80)]


FETCHED = {
    "a name": "http://pics.example/a.jpg",
    "a port": "http://pics.example:8080/a.jpg",
    "a name with a point at its end": "http://pics.example./a.jpg",
    "capitals": "HTTP://PICS.EXAMPLE/a.jpg",
    "letters beyond ASCII": "http://bücher.example/a.jpg",
    "IPv4": f"http://{PUBLIC}/a.jpg",
    "IPv4 in one number": f"http://{int.from_bytes(socket.inet_aton(PUBLIC))}/a.jpg",
    "IPv6": f"http://[{SIXTH}]/a.jpg",
    "IPv6 behind a name": "http://six.example/a.jpg",
    "mapped": f"http://[::ffff:{PUBLIC}]/a.jpg",
    "the second address of a name": "http://two.example/a.jpg",
    "a redirect to another host": "http://pics.example/to-storage",
    "a redirect without a host": "http://pics.example/relative",
    "five redirects": "http://pics.example/1",
    "a password": "http://me:secret@pics.example/a.jpg",
    "a signature": "http://storage.example/a.jpg?X-Sig=a%2Fb%20c+d&e=%C3%A4&e=1",
    "a private address that the settings allow": "http://10.9.9.9/a.jpg",
}


@pytest.mark.parametrize("address", FETCHED.values(), ids=FETCHED)
def test_fetched(world: World, address: str) -> None:
    pages = world.sites["pics"].pages
    pages["/to-storage"] = answer(302, Location="http://storage.example/a.jpg")
    pages["/relative"] = answer(307, Location="a.jpg")
    for hop in range(1, 6):
        pages[f"/{hop}"] = answer(
            302, Location=f"/{hop + 1}" if hop < 5 else "//storage.example/a.jpg"
        )
    with world.reading(allowed_hosts=("10.9.9.0/24",)) as pictures:
        assert pictures.read(address) == PICTURE
        count = sum(len(site.seen) for site in world.sites.values())
        assert pictures.read(address) == PICTURE
    assert sum(len(site.seen) for site in world.sites.values()) == count, "kept on disk"


def test_a_signed_address_arrives_as_it_was_and_is_not_told(world: World, caplog) -> None:
    address = "http://storage.example/a.jpg?X-Sig=a%2Fb%20c+d&e=%C3%A4&e=1"
    with world.reading() as pictures:
        pictures.read(address)
        assert world.sites["storage"].seen[0][0] == "/a.jpg?X-Sig=a%2Fb%20c+d&e=%C3%A4&e=1"
        with pytest.raises(FetchError) as caught:
            pictures.read("http://storage.example/none.jpg?X-Sig=abc")
    assert str(caught.value) == "http://storage.example/none.jpg: answers 404 Not Found"
    assert "X-Sig" not in caplog.text


KEY = "0123456789abcdef0123456789abcdef01234567"
STUDIO = {"label_studio_url": "http://studio:8080", "label_studio_api_key": KEY}


def tokens(site: Site) -> list[str | None]:
    return [headers.get("Authorization") for _, headers in site.seen]


def test_label_studio_is_allowed_though_private_and_gets_its_token(world: World) -> None:
    site = world.sites["studio"]
    site.pages["/data/upload/1/a.jpg"] = answer(200, PICTURE)
    with world.reading(**STUDIO) as pictures:
        assert pictures.read("/data/upload/1/a.jpg") == PICTURE
        assert pictures.read("http://studio:8080/data/upload/1/a.jpg?x=1") == PICTURE
    assert tokens(site) == [f"Token {KEY}"] * 2
    assert world.net.asked == [("172.18.0.5", 8080)]


@pytest.mark.parametrize(
    "address",
    [
        "http://studio:9090/data/upload/1/a.jpg",
        "http://studio/data/upload/1/a.jpg",
        "https://studio:8443/data/upload/1/a.jpg",
        "http://172.18.0.5:8080/data/upload/1/a.jpg",
        "http://studio.lan.example:8080/data/upload/1/a.jpg",
    ],
)
def test_no_other_port_or_name_of_label_studio_is_allowed(world: World, address: str) -> None:
    world.names["studio.lan.example"] = ["172.18.0.5"]
    with world.reading(**STUDIO) as pictures, pytest.raises(FetchRefused):
        pictures.read(address)
    assert world.net.asked == []


def test_cloud_storage_through_label_studio_goes_on_without_the_token(world: World) -> None:
    signed = "http://storage.example/a.jpg?X-Sig=abc"
    world.sites["studio"].pages["/tasks/7/resolve/"] = answer(303, Location=signed)
    with world.reading(**STUDIO) as pictures:
        assert pictures.read("s3://bucket/a.jpg", task="7") == PICTURE
    (asked, headers), *_ = world.sites["studio"].seen
    assert asked == "/tasks/7/resolve/?fileuri=czM6Ly9idWNrZXQvYS5qcGc="
    assert headers["Authorization"] == f"Token {KEY}"
    assert world.sites["storage"].seen[0][0] == "/a.jpg?X-Sig=abc"
    assert tokens(world.sites["storage"]) == [None]


@pytest.mark.parametrize("address", [a for a in REFUSED if a.startswith("http") and "{p" in a])
def test_label_studio_cannot_send_us_where_we_may_not_go(world: World, address: str) -> None:
    target = world.fill(address).encode().decode("latin-1")
    world.sites["studio"].pages["/tasks/7/resolve/"] = answer(303, Location=target)
    with world.reading(**STUDIO) as pictures, pytest.raises(FetchRefused):
        pictures.read("gs://bucket/a.jpg", task="7")
    assert world.net.asked == [("172.18.0.5", 8080)]


def test_who_sends_us_to_label_studio_does_not_get_its_token(world: World) -> None:
    site = world.sites["studio"]
    site.pages["/data/upload/1/a.jpg"] = answer(200, PICTURE)
    upload = "http://studio:8080/data/upload/1/a.jpg"
    world.sites["pics"].pages["/in"] = answer(302, Location=upload)
    site.pages["/tasks/7/resolve/"] = answer(303, Location="http://pics.example/in")
    with world.reading(**STUDIO) as pictures:
        pictures.read("http://pics.example/in")
        assert tokens(site) == [None]
        pictures.read("s3://bucket/a.jpg", task="7")
    assert tokens(site)[1:] == [f"Token {KEY}", None]


@pytest.mark.parametrize(
    "address",
    [
        "http://studio:8080/api/users/",
        "http://studio:8080/data/upload/../../api/users/",
        "http://studio:8080/data/upload/%2e%2e/%2e%2e/api/users/",
        "http://studio:8080/data/upload/..%2f..%2fapi/users/",
        "http://studio:8080/data/upload/%252e%252e/api/users/",
        "http://studio:8080/data/upload/..\\..\\api/users/",
        "/data/upload/../../api/users/",
        "/data/upload/%2e%2e/api/users/",
        "/api/users/",
        "//studio:8080/api/users/",
    ],
)
def test_the_token_opens_nothing_but_pictures(world: World, address: str) -> None:
    site = world.sites["studio"]
    with world.reading(**STUDIO) as pictures, pytest.raises(FetchError):
        pictures.read(address)
    assert not any(tokens(site))


def test_an_answer_that_is_no_picture_is_not_handed_on(world: World) -> None:
    site = world.sites["pics"]
    for body in (b"<html>the router's page</html>", b'{"secret": 1}', b"root:x:0:0:", b""):
        site.pages["/x"] = answer(200, body, Content_Type="image/jpeg")
        with world.reading() as pictures, pytest.raises(FetchError) as caught:
            pictures.read("http://pics.example/x")
        assert str(caught.value) == "http://pics.example/x: is not a picture"


def test_what_was_allowed_once_is_not_had_from_the_cache_when_it_no_longer_is(world: World) -> None:
    with world.reading(allowed_hosts=("10.9.9.9",)) as pictures:
        assert pictures.read("http://10.9.9.9/a.jpg") == PICTURE
    with world.reading() as pictures, pytest.raises(FetchRefused):
        pictures.read("http://10.9.9.9/a.jpg")


def test_proxies_in_the_environment_are_not_used(world: World, monkeypatch) -> None:
    """A proxy would resolve and connect in our place, behind the guard's back."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{world.canaries[0].port}")
    with world.reading() as pictures:
        assert pictures.read("http://pics.example/a.jpg") == PICTURE
