"""`LabelStudio`: the calls of its REST API that push, pull and doctor need.

The calls were tried on Label Studio 1.23.2. Lists are walked by id, not by page number, so that a
task that somebody adds or changes meanwhile shifts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from prelabel.clients.rest import AnswerError, Rest

__all__ = ["LabelStudio", "Project", "Task", "release"]

PAGE = 500
"""Tasks that are asked for at once."""

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """What we need of a project; `config` is its labeling configuration, XML."""

    id: int
    title: str
    config: str
    tasks: int
    model_version: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A task: `data` as it was imported, addresses unresolved."""

    id: int
    data: Body
    versions: tuple[str, ...] = ()
    """Model versions that it has predictions of, where these were asked for."""


class LabelStudio:
    """One Label Studio; every method raises FetchError, mostly the `AnswerError` of an answer."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    @classmethod
    def at(cls, url: str, key: str, transport: httpx.BaseTransport | None = None) -> Self:
        """The one at an address, with a token of either form."""
        return cls(Rest.at(url, key, transport))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.rest.close()

    def version(self) -> str:
        """Its version, "" where the answer is not Label Studio's."""
        return release(self.rest.answer("GET", "api/version"))

    def project(self, number: int) -> Project:
        """A project by its id."""
        with self._understood():
            return _project(self.rest.get(f"api/projects/{number}"))

    def tasks(self, project: int, size: int = PAGE) -> Iterator[Task]:
        """All tasks of a project, by id."""
        return self._tasks(project, (), size)

    def labelled(
        self, project: int, version: str, *, among: tuple[int, int] = (1, 0), size: int = PAGE
    ) -> Iterator[Task]:
        """Tasks that have a prediction of this very model version; `among`: first and last id."""
        having = [_filter("predictions_model_versions", "contains", "List", [version])]
        first, last = among
        if last:
            having.append(_filter("id", "less", "Number", last + 1))
        found = self._tasks(project, having, size, first - 1)
        return (task for task in found if version in task.versions)

    def _tasks(
        self, project: int, filters: Sequence[Body], size: int, last: int = 0
    ) -> Iterator[Task]:
        while True:
            after = _filter("id", "greater", "Number", last)
            found = self._page(project, [after, *filters], size)
            yield from found
            if len(found) < size:
                return
            last = found[-1].id

    def _page(self, project: int, filters: Sequence[Body], size: int) -> list[Task]:
        """The first `size` tasks, by id, that pass all filters."""
        query = {"filters": {"conjunction": "and", "items": filters}, "ordering": ["tasks:id"]}
        with self._understood():
            found = self.rest.get(
                "api/tasks",
                project=project,
                page_size=size,
                resolve_uri="false",
                query=json.dumps(query),
            )
            return [_task(task) for task in found["tasks"]]

    def import_predictions(self, project: int, predictions: Sequence[bytes]) -> int:
        """Add predictions, each the JSON of ``task``, ``result``, ``score`` and ``model_version``;
        how many it took.

        It takes fewer where it finds some invalid, without saying so, and none at all where one
        names a task that is no longer there: then it answers 400. Not repeated where it may have
        happened.
        """
        path = f"api/projects/{project}/import/predictions"
        with self._understood():
            return int(self.rest.post(path, b"[%b]" % b",".join(predictions))["created"])

    def show(self, project: int, version: str) -> None:
        """Have a project show the predictions of a model version."""
        body = json.dumps({"model_version": version}).encode()
        self.rest.answer("PATCH", f"api/projects/{project}", content=body)

    def export(self, project: int, path: Path, *, everything: bool = False) -> None:
        """Write the project's annotations (its JSON form) to a file; `everything`: all tasks."""
        answer = self.rest.answer(
            "GET",
            f"api/projects/{project}/export",
            params={"exportType": "JSON", "download_all_tasks": str(everything).lower()},
        )
        if "json" not in answer.headers.get("content-type", ""):
            raise AnswerError(
                "the export is not JSON", where=answer.request.url.copy_with(query=None)
            )
        path.write_bytes(answer.content)

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Answers without what Label Studio's have, as an error that says so."""
        try:
            yield
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            what = f"answers in another form than Label Studio 1.23 ({type(error).__name__})"
            hint = "is this the address of a Label Studio?"
            raise AnswerError(what, self.rest.site.address, hint, status=200) from error


def release(answer: httpx.Response) -> str:
    """The version that an answer to ``api/version`` tells, "" where it is not Label Studio's."""
    try:
        found = answer.json()
    except ValueError:
        return ""
    if not isinstance(found, Mapping) or "label-studio-os-package" not in found:
        return ""
    return str(found.get("release", ""))


def _project(found: Body) -> Project:
    return Project(
        id=int(found["id"]),
        title=str(found.get("title") or ""),
        config=str(found.get("label_config") or ""),
        tasks=int(found.get("task_number") or 0),
        model_version=str(found.get("model_version") or ""),
    )


def _filter(name: str, operator: str, kind: str, value: object) -> Body:
    return {"filter": f"filter:tasks:{name}", "operator": operator, "type": kind, "value": value}


def _task(found: Body) -> Task:
    versions = str(found.get("predictions_model_versions") or "").split(",")
    data = found.get("data")
    return Task(
        id=int(found["id"]),
        data=data if isinstance(data, Mapping) else {},
        versions=tuple(version for version in versions if version),
    )
