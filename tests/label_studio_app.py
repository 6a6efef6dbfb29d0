"""A real Label Studio for tests: started on a free port, killed by its process id at the end."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

__all__ = ["LEGACY", "App", "running"]

LEGACY = "5f1e7c0d9b3a482673645546372819a0bcdef123"
USER = "annotator@example.com"
PASSWORD = "correct-horse-battery"
SECONDS = 300.0
"""For its start, which takes a minute on a machine that has nothing else to do."""
PATIENCE = 900.0
"""Seconds for an answer: it stores predictions one by one, thousands of them in one request."""
LOG = "log.txt"
MEMORY = Path("/dev/shm")
"""Where its database lies, if there is such a place: it writes every prediction to the disk by
itself, six statements each, which takes most of a test's time.
"""

ENVIRONMENT = {
    "LATEST_VERSION_CHECK": "false",
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "ML_BLOCK_LOCAL_IP": "false",
    "SSRF_PROTECTION_ENABLED": "false",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "LABEL_STUDIO_USERNAME": USER,
    "LABEL_STUDIO_PASSWORD": PASSWORD,
    "LABEL_STUDIO_USER_TOKEN": LEGACY,
    "SECRET_KEY": "that of tests, so that tokens outlive a start",
    "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
}
"""Without the first it waits minutes for the network; without the fourth and fifth it refuses a
backend on this machine (docs/label-studio.md)."""


@dataclass
class App:
    """A Label Studio that is up, and calls of its REST API for setting tests up.

    `files`: the folder behind ``/data/local-files/``; `personal`: a personal access token.
    """

    url: str
    files: Path
    process: subprocess.Popen[bytes]
    database: Path
    personal: str = ""
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Token {LEGACY}"}
        self.client = httpx.Client(
            base_url=self.url, headers=headers, timeout=PATIENCE, trust_env=False
        )

    def as_personal(self) -> httpx.Client:
        """A client with the personal access token, to be closed."""
        answer = self.client.post("/api/token/refresh/", json={"refresh": self.personal})
        headers = {"Authorization": f"Bearer {answer.json()['access']}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE, trust_env=False)

    def get(self, path: str, **parameters: Any) -> Any:
        return self._body(self.client.get(path, params=parameters))

    def post(self, path: str, body: Any = None, **parameters: Any) -> Any:
        return self._body(self.client.post(path, json=body, params=parameters))

    def patch(self, path: str, body: Any) -> Any:
        return self._body(self.client.patch(path, json=body))

    def delete(self, path: str) -> None:
        assert self.client.delete(path).status_code < 300

    def _body(self, answer: httpx.Response) -> Any:
        assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def project(self, config: str, title: str = "a test") -> int:
        """The id of a new project."""
        return self.post("/api/projects", {"title": title, "label_config": config})["id"]

    def upload(self, project: int, pictures: Sequence[Path]) -> list[int]:
        """Import pictures as a user does, by uploading them; the ids of the tasks, in order."""
        files = [(picture.name, (picture.name, picture.read_bytes())) for picture in pictures]
        self._body(self.client.post(f"/api/projects/{project}/import", files=files))
        return self.tasks(project)

    def add(self, project: int, data: Sequence[Mapping[str, Any]]) -> list[int]:
        """Import tasks by their data; their ids, in order."""
        self.post(f"/api/projects/{project}/import", [{"data": one} for one in data])
        return self.tasks(project)

    def tasks(self, project: int) -> list[int]:
        found = self.get("/api/tasks", project=project, page_size=10_000)
        return sorted(task["id"] for task in found["tasks"])

    def predictions(self, project: int) -> dict[int, list[dict[str, Any]]]:
        """The predictions of every task, as Label Studio tells them."""
        found: dict[int, list[dict[str, Any]]] = {task: [] for task in self.tasks(project)}
        for prediction in self.get("/api/predictions", project=project):
            found[prediction["task"]].append(prediction)
        return found

    def total(self, project: int) -> int:
        """How many predictions a project has."""
        return self.get("/api/tasks", project=project, page_size=1)["total_predictions"]

    def connect(self, project: int, url: str, **more: Any) -> dict[str, Any]:
        """Connect an ML backend, as the form of the project's settings does."""
        body = {"project": project, "url": url, "title": "prelabel", **more}
        return self.post("/api/ml", body)

    def retrieve(self, project: int, tasks: Sequence[int] = ()) -> Any:
        """Click on Retrieve Predictions for some tasks, for all without any."""
        chosen = {"all": False, "included": list(tasks)} if tasks else {"all": True}
        body = {"selectedItems": {"excluded": [], **chosen}, "filters": None, "ordering": []}
        action = {"id": "retrieve_tasks_predictions", "project": project}
        return self.post("/api/dm/actions", body, **action)


@contextmanager
def running(
    python: Path, folder: Path, like: App | None = None, **environment: str
) -> Iterator[App]:
    """A Label Studio whose data lie in `folder`; `environment` over the usual one.

    `like`: one whose database it begins with, which makes half of the start unnecessary.
    """
    files = folder / "files"
    files.mkdir(parents=True)
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else folder) as memory:
        database = Path(memory) / "label_studio.sqlite3"
        if like is not None:
            _copy(like.database, database)
        where = {"DATABASE_NAME": str(database), **environment}
        app = _started(python, folder, files, where)
        try:
            _wait(app, folder / LOG)
            app.personal = like.personal if like else app.post("/api/token/")["token"]
            yield app
        finally:
            app.client.close()
            app.process.kill()
            app.process.wait()


def _copy(source: Path, target: Path) -> None:
    """A copy of a database that may be in use."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _started(python: Path, folder: Path, files: Path, environment: Mapping[str, str]) -> App:
    port = free_port()
    with (folder / LOG).open("wb") as stream:
        process = subprocess.Popen(
            [str(python.with_name("label-studio")), *_arguments(port, folder / "data")],
            env=_environment(folder, files) | environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    return App(f"http://127.0.0.1:{port}", files, process, Path(environment["DATABASE_NAME"]))


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _arguments(port: int, data: Path) -> list[str]:
    where = ["--internal-host", "127.0.0.1", "-p", str(port), "--data-dir", str(data)]
    return ["start", "--no-browser", *where]


def _environment(folder: Path, files: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PRELABEL_")}
    return (
        ours
        | ENVIRONMENT
        | {
            "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"),
            "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(files),
            "DJANGO_DB": "sqlite",
            "HOME": str(folder),
        }
    )


def _wait(app: App, log: Path) -> None:
    """Wait until it answers; what it wrote, where it does not."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert app.process.poll() is None, f"Label Studio ended: {log.read_text()[-3000:]}"
        try:
            if app.client.get("/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"not up after {SECONDS:g} s: {log.read_text()[-3000:]}")
