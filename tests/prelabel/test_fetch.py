"""Fetching: bytes from local servers, and what is refused, cut off or given up."""

from __future__ import annotations

import base64
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpcore
import pytest
from local_site import PICTURE, Page, Site, answer, served

from prelabel import fetch
from prelabel.errors import CancelledError, DeadlineError, FetchError, FetchRefused
from prelabel.fetch import Fetcher, Policy
from prelabel.tickets import Ticket

HERE = Policy(allowed_hosts=("127.0.0.1",), timeout=5)


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as found:
        found.pages["/a.jpg"] = answer(200, PICTURE)
        yield found


def dripping(head: bool) -> Page:
    """A page that sends a byte now and then: of its body, or of a header without end."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        handler.wfile.write(b"X-Long: " if head else b"\r\n" + PICTURE[:64])
        for _ in range(100):
            time.sleep(0.05)
            handler.wfile.write(b"x")
            handler.wfile.flush()

    return page


def named(*names: str) -> Callable[[str, int], list[str]]:
    """A resolver that knows some names, all of this machine."""

    def resolver(host: str, port: int) -> list[str]:
        if host not in names:
            raise OSError("unknown name")
        return ["127.0.0.1"]

    return resolver


def test_a_picture(site: Site) -> None:
    assert fetch.read(site.url("/a.jpg?size=1"), HERE) == PICTURE
    path, headers = site.seen[0]
    assert path == "/a.jpg?size=1"
    assert headers["Host"] == f"127.0.0.1:{site.server_port}"
    assert headers["Accept-Encoding"] == "identity"


def test_connections_are_kept_and_used_by_many_threads(site: Site) -> None:
    with Fetcher(HERE) as fetcher:
        for _ in range(5):
            assert fetcher.read(site.url("/a.jpg")) == PICTURE
        assert site.connections == 1
        threads = [
            threading.Thread(target=fetcher.read, args=(site.url("/a.jpg"),)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(site.seen) == 13


def test_without_the_setting_nothing_is_connected_to(site: Site) -> None:
    port = site.server_port
    hosts = ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "0.0.0.0"]
    hosts += ["[::ffff:127.0.0.1]", "[::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127。0。0。1"]
    hosts += [socket.gethostbyname(socket.gethostname())]
    with Fetcher(Policy(timeout=5)) as fetcher:
        for host in hosts:
            with pytest.raises(FetchRefused):
                fetcher.read(f"http://{host}:{port}/a.jpg")
    assert site.connections == 0


def test_a_name_that_means_this_machine_is_refused(site: Site) -> None:
    with Fetcher(Policy(timeout=5), resolver=named("pics.example")) as fetcher:
        with pytest.raises(FetchRefused, match=r"/a\.jpg: pics\.example is this machine"):
            fetcher.read(site.url("/a.jpg", "pics.example"))
        with pytest.raises(FetchError, match=r"the name nowhere\.example cannot be resolved"):
            fetcher.read(site.url("/a.jpg", "nowhere.example"))
    assert site.connections == 0


def test_an_allowed_name_keeps_its_host_header(site: Site) -> None:
    policy = Policy(allowed_hosts=("pics.example",), timeout=5)
    with Fetcher(policy, resolver=named("pics.example")) as fetcher:
        assert fetcher.read(site.url("/a.jpg", "pics.example")) == PICTURE
    assert site.seen[0][1]["Host"] == f"pics.example:{site.server_port}"


def test_a_name_is_resolved_once_per_connection(site: Site) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    policy = Policy(allowed_hosts=("127.0.0.1",), timeout=5)
    with Fetcher(policy, resolver=lambda host, port: next(answers)) as fetcher:
        assert fetcher.read(site.url("/a.jpg", "rebinding.example")) == PICTURE
    assert len(list(answers)) == 1


class Wire(httpcore.NetworkStream):
    """A connection that answers one request with fixed bytes; remembers the name TLS was told."""

    def __init__(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self.left = head + body
        self.name: str | None = None
        self.sent = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        part, self.left = self.left[:max_bytes], self.left[max_bytes:]
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.sent += buffer

    def close(self) -> None:
        pass

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        assert ssl_context.verify_mode == ssl.CERT_REQUIRED
        assert ssl_context.check_hostname
        self.name = server_hostname
        return self


class Net(httpcore.NetworkBackend):
    """Connects every address to `wire`; the first ones of `dead` do not answer."""

    def __init__(self, wire: Wire, dead: tuple[str, ...] = ()) -> None:
        self.wire, self.dead = wire, dead
        self.asked: list[tuple[str, int]] = []

    def connect_tcp(self, host: str, port: int, *args: object, **kwargs: object) -> Wire:
        self.asked.append((host, port))
        if host in self.dead:
            raise httpcore.ConnectError("refused")
        return self.wire


def test_tls_keeps_the_name_and_the_connection_goes_to_the_checked_address() -> None:
    net = Net(Wire(PICTURE))
    with Fetcher(Policy(), resolver=lambda h, p: ["93.184.215.14"], network=net) as fetcher:
        assert fetcher.read("https://pics.example/a.jpg") == PICTURE
    assert net.asked == [("93.184.215.14", 443)]
    assert net.wire.name == "pics.example"
    assert b"\r\nHost: pics.example\r\n" in net.wire.sent


def test_the_next_address_of_a_host_is_tried() -> None:
    addresses = ["2606:4700::1", "93.184.215.14"]
    net = Net(Wire(PICTURE), dead=("2606:4700::1",))
    with Fetcher(Policy(), resolver=lambda h, p: addresses, network=net) as fetcher:
        assert fetcher.read("http://pics.example/a.jpg") == PICTURE
    assert [host for host, _ in net.asked] == addresses


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site: Site, status: int) -> None:
    site.pages["/old"] = answer(status, b"", Location="a.jpg")
    assert fetch.read(site.url("/old"), HERE) == PICTURE


@pytest.mark.parametrize(
    "target",
    [
        *("http://169.254.169.254/latest/", "http://10.0.0.1/", "http://[::1]/", "//192.168.0.1/"),
        *("file:///etc/passwd", "ftp://example.com/a.jpg", "http://0x7f.2/", "data:image/png,x"),
    ],
)
def test_redirects_to_what_is_not_allowed(site: Site, target: str) -> None:
    site.pages["/old"] = answer(302, b"", Location=target)
    with pytest.raises(FetchRefused):
        fetch.read(site.url("/old"), HERE)
    assert len(site.seen) == 1


def test_redirects_without_end_or_aim(site: Site) -> None:
    site.pages["/loop"] = answer(302, b"", Location="/loop")
    site.pages["/lost"] = answer(302, b"")
    with pytest.raises(FetchError, match=r"/loop: more than 5 redirects$"):
        fetch.read(site.url("/loop"), HERE)
    assert len(site.seen) == 6
    with pytest.raises(FetchError, match=r"/lost: redirects without saying where$"):
        fetch.read(site.url("/lost"), HERE)


def test_a_password_goes_to_its_host_only(site: Site) -> None:
    policy = Policy(allowed_hosts=("127.0.0.1",), timeout=5)
    site.pages["/old"] = answer(302, b"", Location=site.url("/a.jpg", "pics.example"))
    with Fetcher(policy, resolver=named("pics.example")) as fetcher:
        fetcher.read(site.url("/old", "me:secret@127.0.0.1"))
    first, second = (headers for _, headers in site.seen)
    assert first["Authorization"] == "Basic " + base64.b64encode(b"me:secret").decode()
    assert "Authorization" not in second


def test_no_secret_is_told(site: Site) -> None:
    with pytest.raises(FetchError, match="answers 404 Not Found") as caught:
        fetch.read(site.url("/none?signature=abc#x", "me:secret@127.0.0.1"), HERE)
    assert str(caught.value) == f"http://127.0.0.1:{site.server_port}/none: answers 404 Not Found"


@pytest.mark.parametrize("told_length", [True, False])
def test_a_large_body_is_given_up_early(site: Site, told_length: bool) -> None:
    sent = []

    def large(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if told_length:
            handler.send_header("Content-Length", str(1 << 30))
        handler.end_headers()
        for _ in range(1 << 14):
            handler.wfile.write(PICTURE[:3] + bytes(1 << 16))
            sent.append(1)

    site.pages["/large"] = large
    policy = Policy(allowed_hosts=("127.0.0.1",), max_bytes=100_000, timeout=5)
    with pytest.raises(FetchError, match=r"/large: more than 100000 bytes$"):
        fetch.read(site.url("/large"), policy)
    assert len(sent) < 1000


@pytest.mark.parametrize("head", [True, False])
def test_a_slow_site_is_given_up_in_time(site: Site, head: bool) -> None:
    site.pages["/slow"] = dripping(head)
    policy = Policy(allowed_hosts=("127.0.0.1",), timeout=0.4)
    start = time.monotonic()
    with pytest.raises(FetchError, match=r"/slow: did not arrive within 0\.4 s$"):
        fetch.read(site.url("/slow"), policy)
    assert time.monotonic() - start < 1.5


def test_a_slow_resolver_is_given_up_in_time() -> None:
    def asleep(host: str, port: int) -> list[str]:
        time.sleep(1)
        return ["8.8.8.8"]

    start = time.monotonic()
    with (
        Fetcher(Policy(timeout=0.2), resolver=asleep) as fetcher,
        pytest.raises(FetchError, match=r"did not arrive within 0\.2 s"),
    ):
        fetcher.read("http://pics.example/a.jpg")
    assert time.monotonic() - start < 0.8


@pytest.mark.parametrize(
    "body", [b"", b"<html>internal page</html>", b'{"secret": 1}', b"\xff\xd8"]
)
def test_what_does_not_look_like_a_picture_is_not_handed_on(site: Site, body: bytes) -> None:
    site.pages["/x"] = answer(200, body)
    with pytest.raises(FetchError, match=r"/x: is not a picture$"):
        fetch.read(site.url("/x"), HERE)


def test_an_answer_that_breaks_off(site: Site) -> None:
    def broken(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + PICTURE)
        handler.close_connection = True

    site.pages["/broken"] = broken
    with pytest.raises(FetchError, match=r"/broken: cannot be had: "):
        fetch.read(site.url("/broken"), HERE)


class Cloud:
    """A page that breaks off after so many bytes, and takes ranges, or does not."""

    def __init__(self, step: int, tag: str = '"v1"', ranges: bool = True, longest: int = 0) -> None:
        self.step, self.tag, self.ranges, self.longest = step, tag, ranges, longest
        self.asked: list[tuple[str | None, str | None]] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append((wanted, handler.headers.get("If-Range")))
        start = int(wanted[6:-1]) if wanted else 0
        end = min(len(PICTURE), start + self.longest) if start and self.longest else len(PICTURE)
        handler.send_response(206 if wanted else 200)
        if wanted:
            handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(PICTURE)}")
        if self.ranges:
            handler.send_header("Accept-Ranges", "bytes")
        handler.send_header("ETag", self.tag)
        handler.send_header("Content-Length", str(end - start))
        handler.end_headers()
        handler.wfile.write(PICTURE[start : min(end, start + self.step)])
        handler.close_connection = True


def test_an_answer_that_breaks_off_is_gone_on_with(site: Site) -> None:
    site.pages["/cloud"] = cloud = Cloud(step=3000)
    assert fetch.read(site.url("/cloud"), HERE) == PICTURE
    parts = [(f"bytes={start}-", '"v1"') for start in (3000, 6000, 9000)]
    assert cloud.asked == [(None, None), *parts]


def test_ranges_that_are_shorter_than_asked_for(site: Site) -> None:
    """Label Studio gives at most eight megabytes of a range."""
    site.pages["/cloud"] = cloud = Cloud(step=3000, longest=2000)
    assert fetch.read(site.url("/cloud"), HERE) == PICTURE
    assert len(cloud.asked) == 5


def test_connections_that_are_closed_after_each_part(site: Site) -> None:
    """Each is kept, and found closed only when the next part is asked for."""

    class Closing(Cloud):
        def __call__(self, handler: BaseHTTPRequestHandler) -> None:
            super().__call__(handler)
            handler.wfile.flush()
            if "Range" in handler.headers:
                select.select([handler.connection], [], [], 1)  # until the next request has come

    site.pages["/cloud"] = cloud = Closing(step=3000, longest=2000)
    assert fetch.read(site.url("/cloud"), HERE) == PICTURE
    assert len(cloud.asked) == 5


@pytest.mark.parametrize("more", [{"ranges": False}, {"tag": 'W/"v1"'}, {"tag": ""}])
def test_a_server_that_cannot_go_on_is_asked_for_everything_once_more(site: Site, more) -> None:
    site.pages["/cloud"] = cloud = Cloud(step=3000, **more)
    with pytest.raises(FetchError, match=r"/cloud: cannot be had: "):
        fetch.read(site.url("/cloud"), HERE)
    assert cloud.asked == [(None, None)] * 2


def test_a_server_that_sends_nothing_more_is_given_up(site: Site) -> None:
    class Stuck(Cloud):
        def __call__(self, handler: BaseHTTPRequestHandler) -> None:
            self.step = 0 if self.asked else 3000
            super().__call__(handler)

    site.pages["/cloud"] = cloud = Stuck(step=3000)
    with pytest.raises(FetchError, match=r"/cloud: cannot be had: "):
        fetch.read(site.url("/cloud"), HERE)
    assert len(cloud.asked) == 3


def test_a_picture_that_changed_meanwhile_is_had_anew(site: Site) -> None:
    class Changing(Cloud):
        def __call__(self, handler: BaseHTTPRequestHandler) -> None:
            if not self.asked:
                super().__call__(handler)
            else:
                self.asked.append((handler.headers["Range"], handler.headers["If-Range"]))
                answer(200, PICTURE[:5000])(handler)

    site.pages["/cloud"] = cloud = Changing(step=3000)
    assert fetch.read(site.url("/cloud"), HERE) == PICTURE[:5000]
    assert len(cloud.asked) == 2


@pytest.mark.parametrize("told", ["bytes 0-9/10", "bytes 3000-3999/99", "bytes 1-2/*", "", "x"])
def test_another_part_than_was_asked_for(site: Site, told: str) -> None:
    class Confused(Cloud):
        def __call__(self, handler: BaseHTTPRequestHandler) -> None:
            if not self.asked:
                super().__call__(handler)
            else:
                answer(206, PICTURE[3000:], Content_Range=told)(handler)

    site.pages["/cloud"] = Confused(step=3000)
    with pytest.raises(FetchError, match=r"/cloud: answers with another part than was asked for$"):
        fetch.read(site.url("/cloud"), HERE)


def test_a_part_that_was_not_asked_for(site: Site) -> None:
    site.pages["/part"] = answer(206, PICTURE, Content_Range=f"bytes 0-9/{len(PICTURE)}")
    with pytest.raises(FetchError, match=r"/part: answers 206 Partial Content$"):
        fetch.read(site.url("/part"), HERE)


def test_a_tickets_deadline_ends_a_slow_answer(site: Site) -> None:
    site.pages["/slow"] = dripping(head=False)
    start = time.monotonic()
    with Fetcher(HERE) as fetcher, pytest.raises(DeadlineError):
        fetcher.read(site.url("/slow"), Ticket.within(0.3))
    assert time.monotonic() - start < 1.5
    with Fetcher(HERE) as fetcher, pytest.raises(DeadlineError):
        fetcher.read(site.url("/a.jpg"), Ticket.within(-1))


def test_a_cancelled_ticket_ends_a_slow_answer(site: Site) -> None:
    ticket, begun = Ticket(), threading.Event()
    drip = dripping(head=False)

    def page(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        drip(handler)

    site.pages["/slow"] = page
    threading.Thread(target=lambda: begun.wait(5) and ticket.cancel()).start()
    with Fetcher(HERE) as fetcher, pytest.raises(CancelledError):
        fetcher.read(site.url("/slow"), ticket)


def test_compressed_and_closed(site: Site) -> None:
    site.pages["/gz"] = answer(200, PICTURE, Content_Encoding="gzip")
    with pytest.raises(FetchError, match="answers compressed"):
        fetch.read(site.url("/gz"), HERE)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/a.jpg"
        with pytest.raises(FetchError, match=r"a\.jpg: cannot be had: .*refused"):
            fetch.read(address, HERE)


@pytest.mark.parametrize(
    "address",
    [
        *("http://", "http:///a.jpg", "http://a b/", "http://[::1/", "https://ex%61mple.com/"),
        *("http://8.8.8.8:0/", "http://8.8.8.8:65536/", "http://8.8.8.8:-1/", "http://8.8.8.8:x/"),
        *("http://a.example/\udcff", "http://\udcff.example/", "http://a\0b/", "http://a/\n"),
        *(
            "http://me:secret@[::1/",
            "http://me:secret@8.8.8.8\\@a.example/",
            "http:" + "/" * 70_000,
        ),
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(FetchRefused) as caught:
        fetch.read(address)
    text = str(caught.value)
    assert "\n" not in text
    assert "secret" not in text
    assert text.encode()
    assert len(text) < 300


def test_the_environment_is_not_asked(site: Site, monkeypatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch.read(site.url("/a.jpg"), HERE) == PICTURE


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "ä b.jpg"
    path.write_bytes(PICTURE)
    assert fetch.read(str(path)) == PICTURE
    assert fetch.read(path.as_uri()) == PICTURE
    with pytest.raises(FetchError, match=r"none\.jpg: no such file$"):
        fetch.read(str(tmp_path / "none.jpg"))
    with pytest.raises(FetchError, match=r": is a folder, expected a picture$"):
        fetch.read(str(tmp_path))
    with pytest.raises(FetchRefused, match="names another machine's file"):
        fetch.read("file://host/a.jpg")
    with pytest.raises(FetchError, match=r"cannot be read: .*null"):
        fetch.read("a\0b")


def test_devices_and_pipes_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in ("/dev/zero", str(tmp_path / "pipe")):
        with pytest.raises(FetchError, match=r"is not a file$"):
            fetch.read(path)


def test_untrusted_files_lie_in_the_folders(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "inside-out"
    inside.mkdir()
    outside.mkdir()
    (inside / "a.jpg").write_bytes(PICTURE)
    (outside / "b.jpg").write_bytes(PICTURE)
    (inside / "link.jpg").symlink_to(outside / "b.jpg")
    policy = Policy(folders=(str(inside),), max_bytes=len(PICTURE))
    assert fetch.read(str(inside / "a.jpg"), policy) == PICTURE
    for path in ("../inside-out/b.jpg", "link.jpg", "/etc/passwd"):
        with pytest.raises(FetchRefused, match="outside the folders that may be read"):
            fetch.read(str(inside / path), policy)
    with pytest.raises(FetchRefused):
        fetch.read(str(inside / "a.jpg"), Policy(folders=()))
    with pytest.raises(FetchError, match=r"at most 10$"):
        fetch.read(str(inside / "a.jpg"), Policy(folders=(str(inside),), max_bytes=10))


def test_data_addresses() -> None:
    text = base64.b64encode(PICTURE).decode()
    assert fetch.read(f"data:image/jpeg;base64,{text}") == PICTURE
    assert fetch.read(f"DATA:image/jpeg;base64,{text[:40]}\n{text[40:]}") == PICTURE
    assert fetch.read("data:,a%20%FF") == b"a \xff"
    with pytest.raises(FetchError, match=r"^data:image/jpeg;base64,\.\.\.: is not base64"):
        fetch.read("data:image/jpeg;base64,@@@@")
    with pytest.raises(FetchError, match="has no comma"):
        fetch.read("data:image/jpeg;base64")
    with pytest.raises(FetchError, match="more than 100 bytes"):
        fetch.read(f"data:;base64,{text}", Policy(max_bytes=100))
