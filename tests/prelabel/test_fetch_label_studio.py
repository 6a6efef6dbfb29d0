"""Addresses of Label Studio: where they lead, who is told the token, and what is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from fake_models import WAIT, Diary, until
from label_studio_tokens import jwt
from local_site import PICTURE, Page, Site, answer, served

from prelabel.errors import FetchError, FetchRefused, SettingsError
from prelabel.fetch.label_studio import LabelStudio
from prelabel.fetch.pictures import Pictures
from prelabel.settings import Settings
from prelabel.tickets import Ticket

LEGACY = "0123456789abcdef0123456789abcdef01234567"
UPLOAD = "/data/upload/3/ab-c%20d.jpg"


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as found:
        yield found


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> dict[str, Any]:
    return {
        "label_studio_url": site.url(""),
        "label_studio_api_key": LEGACY,
        "data_dir": str(tmp_path / "data"),
        "fetch_timeout": 5.0,
    }


def guarded(body: bytes, token: str) -> Page:
    """A page that wants a token."""
    good, bad = answer(200, body), answer(401, b"{}")
    return lambda handler: (good if handler.headers["Authorization"] == token else bad)(handler)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (UPLOAD, UPLOAD),
        ("/data/local-files/?d=a/b.jpg", "/data/local-files/?d=a/b.jpg"),
        ("/data/local-files?d=a.jpg", "/data/local-files?d=a.jpg"),
        ("/storage-data/uploaded/?filepath=upload/1/a.jpg",) * 2,
        ("/tasks/5/resolve/?fileuri=abc", "/tasks/5/resolve/?fileuri=abc"),
        ("/projects/5/resolve/?fileuri=abc", "/projects/5/resolve/?fileuri=abc"),
        ("/projects/5/file-proxy/?url=abc", "/projects/5/file-proxy/?url=abc"),
        ("http://studio:8080/data/upload/1/a.jpg", "/data/upload/1/a.jpg"),
        ("HTTP://STUDIO:8080/data/upload/1/a.jpg?x=1#y", "/data/upload/1/a.jpg?x=1"),
    ],
)
def test_where_addresses_lead(address: str, path: str) -> None:
    found = LabelStudio("http://studio:8080", LEGACY).locate(address)
    assert found is not None
    assert (found.address, found.within, found.file) == (f"http://studio:8080{path}", True, "")


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("/data/upload/1/a.jpg", "https://host/studio/data/upload/1/a.jpg"),
        ("/studio/data/upload/1/a.jpg", "https://host/studio/data/upload/1/a.jpg"),
        ("https://host/studio/data/upload/1/a.jpg", "https://host/studio/data/upload/1/a.jpg"),
        ("gs://b/c", "https://host/studio/tasks/1/resolve/?fileuri=Z3M6Ly9iL2M="),
    ],
)
def test_a_label_studio_below_a_path(address: str, wanted: str) -> None:
    found = LabelStudio("https://host/studio/").locate(address, "1")
    assert found is not None
    assert found.address == wanted


@pytest.mark.parametrize(
    "address",
    [
        *("http://other:8080/data/upload/1/a.jpg", "http://studio/data/upload/1/a.jpg"),
        *("http://studio:8080/api/tasks", "http://studio:8080/", "/api/tasks", "/data/export/a"),
        *("/etc/passwd", "a.jpg", "data/upload/1/a.jpg", "/tasks/x/resolve/?fileuri=a", ""),
        *("https://studio:8080/data/upload/1/a.jpg", "/data/upload/", "s3:/a"),
    ],
)
def test_what_is_none_of_its_pictures(address: str) -> None:
    assert LabelStudio("http://studio:8080", LEGACY).locate(address) is None


def test_the_task_is_needed_for_cloud_storage_and_is_a_number() -> None:
    studio = LabelStudio("http://studio:8080", LEGACY)
    for task in ("", "a", "1/../../api/users", "-1", "1" * 19, "²"):
        with pytest.raises(FetchError, match=r"^azure-blob://c/a\.jpg: lies in cloud storage, and"):
            studio.locate("azure-blob://c/a.jpg?x=1", task)
    found = studio.locate("S3://b/ä.jpg", "12")
    assert found is not None
    assert found.address.endswith("/tasks/12/resolve/?fileuri=UzM6Ly9iL8OkLmpwZw==")
    assert found.key == "S3://b/ä.jpg"


@pytest.mark.parametrize("address", [UPLOAD, "s3://b/a.jpg", "/data/local-files/?d=a.jpg"])
def test_without_its_address_it_is_told_what_to_set(address: str) -> None:
    with pytest.raises(FetchError, match=r"whose address is not set \(setting label_studio_url\)"):
        LabelStudio("").locate(address, "1")
    assert LabelStudio("").places() == ()


def test_which_ports_may_be_connected_to() -> None:
    assert LabelStudio("http://studio:8080").places() == (("studio", 8080),)
    assert LabelStudio("https://studio").places() == (("studio", 443),)
    assert LabelStudio("http://studio").places() == (("studio", 80), ("studio", 443))
    assert LabelStudio("http://[::1]:8080").places() == (("::1", 8080),)


def test_what_cannot_be_an_address_or_a_token() -> None:
    for url, key in (("studio:8080", ""), ("ftp://studio", ""), ("http://studio", "a b")):
        with pytest.raises(SettingsError):
            LabelStudio(url, key)


def test_an_upload_with_the_token_once(site: Site, settings) -> None:
    site.pages[UPLOAD] = guarded(PICTURE, f"Token {LEGACY}")
    diary = Diary()
    with Pictures(Settings(**settings), diary) as pictures:
        assert pictures.read(UPLOAD) == PICTURE
        assert pictures.read(UPLOAD) == PICTURE
    assert len(site.seen) == 1
    assert diary.of("fetched") == [("fetched", len(PICTURE))]
    assert [hit for *_, hit in diary.of("cache")] == [False, True]
    with Pictures(Settings(**settings)) as again:
        assert again.read(UPLOAD) == PICTURE
    assert len(site.seen) == 1


def test_another_account_is_asked_anew(site: Site, settings) -> None:
    site.pages[UPLOAD] = guarded(PICTURE, f"Token {LEGACY}")
    with Pictures(Settings(**settings)) as pictures:
        pictures.read(UPLOAD)
    other = Settings(**{**settings, "label_studio_api_key": LEGACY[::-1]})
    with Pictures(other) as pictures, pytest.raises(FetchError, match="answers 401"):
        pictures.read(UPLOAD)


def test_cloud_storage_is_kept_whichever_task_names_it(site: Site, settings) -> None:
    site.pages["/tasks/1/resolve/"] = answer(200, PICTURE)
    with Pictures(Settings(**settings)) as pictures:
        assert pictures.read("s3://b/a.jpg", "1") == PICTURE
        assert pictures.read("s3://b/a.jpg", "2") == PICTURE
    assert len(site.seen) == 1


def test_without_a_token_it_is_said_what_is_missing(site: Site, settings) -> None:
    site.pages[UPLOAD] = guarded(PICTURE, f"Token {LEGACY}")
    with (
        Pictures(Settings(**{**settings, "label_studio_api_key": ""})) as pictures,
        pytest.raises(
            FetchError, match=r"401 Unauthorized \(no token is set: setting label_studio_"
        ),
    ):
        pictures.read(UPLOAD)


class Exchange:
    """Exchanges personal tokens for access tokens; the newest one counts."""

    def __init__(self) -> None:
        self.newest = ""
        self.count = 0

    def __call__(self, address: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        self.count += 1
        self.newest = jwt("access", 300, number=self.count)
        return 200, {"access": self.newest}


def test_a_personal_token_that_ended_is_exchanged_once_more(site: Site, settings) -> None:
    exchange = Exchange()
    site.pages[UPLOAD] = lambda handler: guarded(PICTURE, f"Bearer {exchange.newest}")(handler)
    key = jwt("refresh", 200 * 365 * 86400)
    chosen = Settings(**{**settings, "label_studio_api_key": key, "cache_disk": 0})
    with Pictures(chosen, send=exchange) as pictures:
        assert pictures.read(UPLOAD) == PICTURE
        assert exchange.count == 1
        exchange.newest = "revoked meanwhile"
        assert pictures.read(UPLOAD) == PICTURE
        assert exchange.count == 2
        site.pages[UPLOAD] = answer(401, b"{}")
        with pytest.raises(FetchError, match=r"answers 401 Unauthorized$"):
            pictures.read(UPLOAD)
        assert exchange.count == 3
    assert len(site.seen) == 5


def test_a_token_that_is_offered_counts_only_for_the_set_host_and_where_none_is_set() -> None:
    studio = LabelStudio("http://studio:8080")
    before = studio.tokens
    for host in ("http://studio", "http://evil:8080", "https://studio:8080", "", "studio:8080"):
        assert not studio.offer(host, LEGACY)
    assert not studio.offer("http://studio:8080", "")
    assert not studio.offer("http://studio:8080", "a\nb")
    assert studio.tokens is before
    assert studio.offer("http://studio:8080/", LEGACY)
    assert studio.tokens is not None
    assert studio.tokens.headers() == {"Authorization": f"Token {LEGACY}"}
    assert not LabelStudio("http://studio:8080", LEGACY).offer("http://studio:8080", "other")
    assert not LabelStudio("").offer("http://studio:8080", LEGACY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder, outside = tmp_path / "files", tmp_path / "files-secret"
    (folder / "sub").mkdir(parents=True)
    outside.mkdir()
    (folder / "sub" / "ä b.jpg").write_bytes(PICTURE)
    (outside / "x.jpg").write_bytes(PICTURE)
    (folder / "link.jpg").symlink_to(outside / "x.jpg")
    (folder / "inner.jpg").symlink_to(folder / "sub" / "ä b.jpg")
    (folder / "linked").symlink_to(outside)
    return folder


@pytest.mark.parametrize(
    "address",
    [
        "/data/local-files/?d=sub/%C3%A4%20b.jpg",
        "/data/local-files/?d=/sub/%C3%A4+b.jpg",
        "/data/local-files/?d=sub/../sub/ä b.jpg",
        "/data/local-files?d=inner.jpg",
        "{site}/data/local-files/?d=sub/%C3%A4%20b.jpg",
    ],
)
def test_local_files_come_from_the_root(site: Site, settings, root: Path, address: str) -> None:
    chosen = Settings(**settings, label_studio_files=str(root))
    with Pictures(chosen) as pictures:
        assert pictures.read(address.format(site=site.url(""))) == PICTURE
    assert site.seen == []
    assert not (Path(chosen.data_dir) / "pictures").exists()


@pytest.mark.parametrize(
    "name",
    [
        *("../files-secret/x.jpg", "..%2Ffiles-secret%2Fx.jpg", "link.jpg", "linked/x.jpg"),
        *(
            "/../files-secret/x.jpg",
            "sub/../../files-secret/x.jpg",
            "//etc/passwd/../../etc/passwd",
        ),
        *("%2Fetc%2Fpasswd", "~/x.jpg", "none.jpg", "sub", "", ".", "a%00b", "%FF"),
    ],
)
def test_local_files_stay_in_the_root(settings, root: Path, name: str) -> None:
    chosen = Settings(**settings, label_studio_files=str(root))
    with Pictures(chosen) as pictures, pytest.raises(FetchError) as caught:
        pictures.read(f"/data/local-files/?d={name}")
    assert str(root.parent) not in str(caught.value)


def test_local_files_need_no_address_of_label_studio(root: Path, tmp_path: Path) -> None:
    with Pictures(Settings(label_studio_files=str(root), data_dir=str(tmp_path))) as pictures:
        assert pictures.read("/data/local-files/?d=sub/ä b.jpg") == PICTURE
        with pytest.raises(FetchRefused):
            pictures.read(str(root / "sub" / "ä b.jpg"))


def test_local_files_over_http_where_no_root_is_set(site: Site, settings) -> None:
    site.pages["/data/local-files/"] = guarded(PICTURE, f"Token {LEGACY}")
    with Pictures(Settings(**settings)) as pictures:
        assert pictures.read("/data/local-files/?d=sub/a%20b.jpg") == PICTURE
    assert site.seen[0][0] == "/data/local-files/?d=sub/a%20b.jpg"


def test_all_who_wait_for_a_dead_address_are_told_together(site: Site, settings) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def dead(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        assert go_on.wait(WAIT)
        answer(502)(handler)

    site.pages[UPLOAD] = dead
    with Pictures(Settings(**settings)) as pictures, ThreadPoolExecutor(9) as threads:
        first = threads.submit(pictures.read, UPLOAD)
        assert begun.wait(WAIT)
        others = [threads.submit(pictures.read, UPLOAD) for _ in range(8)]
        until(lambda: pictures._flights.waiting == 8)
        go_on.set()
        for future in (first, *others):
            assert "answers 502 Bad Gateway" in str(future.exception(WAIT))
    assert len(site.seen) == 1


def test_many_who_want_one_address_fetch_it_once(site: Site, settings) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        assert go_on.wait(WAIT)
        answer(200, PICTURE)(handler)

    site.pages[UPLOAD] = slow
    chosen = Settings(**{**settings, "cache_disk": 0})
    with Pictures(chosen) as pictures, ThreadPoolExecutor(9) as threads:
        first = threads.submit(pictures.read, UPLOAD)
        assert begun.wait(WAIT)
        others = [threads.submit(pictures.read, UPLOAD) for _ in range(8)]
        until(lambda: pictures._flights.waiting == 8)
        go_on.set()
        assert [future.result(WAIT) for future in (first, *others)] == [PICTURE] * 9
    assert len(site.seen) == 1


def test_data_and_files_are_not_kept(settings, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(PICTURE)
    diary = Diary()
    with Pictures(Settings(**settings, folders=(str(tmp_path),)), diary) as pictures:
        assert pictures.read(str(file)) == PICTURE
        assert pictures.read("data:,abc") == b"abc"
    assert diary.events == []
    assert not (Path(settings["data_dir"]) / "pictures").exists()


def test_half_a_character_is_refused_in_words_that_can_be_sent(settings) -> None:
    with Pictures(Settings(**settings)) as pictures:
        for start in ("http://a/", "", "/data/upload/", "s3://", "data:"):
            with pytest.raises(FetchRefused, match="holds half a character") as caught:
                pictures.read(f"{start}\udcff", "1", Ticket())
            assert str(caught.value).encode()
