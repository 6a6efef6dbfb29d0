"""``/api/v1/jobs``: many pictures, labelled in the background; see `server.jobs`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.responses import FileResponse, Response

from prelabel.journal import JOURNAL
from server import archives
from server.errors import ConflictError, RequestError
from server.jobs import Jobs, Record, Stage, sources
from server.protocols.native import asking, datasets, schemas
from server.protocols.native.answers import failures
from server.protocols.native.asking import Fields
from server.state import State

__all__ = ["NewJob", "add"]

JOURNAL_FORMAT = "native"
"""The format whose file is the job's journal, which there always is."""
Text = Annotated[str, Field(min_length=1, max_length=4000)]


class NewJob(Fields):
    """A job: pictures, formats, and the fields of a prediction."""

    model_config = ConfigDict(strict=True)

    sources: list[Text] = Field(
        min_length=1,
        max_length=100_000,
        description="http(s) addresses; files and folders only where the server allows them.",
        examples=[["https://example.org/1.jpg", "https://example.org/2.jpg"]],
    )
    formats: list[Text] = Field(default=["coco"], min_length=1, max_length=20)
    tile: int = Field(0, ge=0, le=100_000, description="Side of windows for large pictures; 0: no.")


def add(router: APIRouter, state: State) -> None:
    """The routes of jobs."""
    jobs = Jobs(state.data_dir / "jobs", state.service, state.settings, state.metrics)
    state.closing.callback(jobs.close)
    run = state.limiter.run

    @router.get("/jobs", responses=failures(), summary="The jobs")
    async def listed() -> schemas.Jobs:
        """All jobs that the server keeps, in the order in which they came."""
        return schemas.Jobs(jobs=[_shown(jobs, record) for record in jobs.all()])

    @router.post("/jobs", responses=failures(404, 409, 413), status_code=202, summary="New job")
    async def new(asked: NewJob) -> schemas.Job:
        """Begin a job. It goes on after a restart of the server, until it is done or deleted."""
        return _shown(jobs, await run(_added, jobs, state, asked))

    @router.get("/jobs/{id}", responses=failures(404), summary="One job")
    async def one(id: str) -> schemas.JobDetail:  # noqa: A002 - the name in the address
        """How far a job is, and what it did."""
        return _detail(jobs, jobs.get(id))

    @router.delete("/jobs/{id}", responses=failures(404), status_code=204, summary="Delete a job")
    async def delete(id: str) -> Response:  # noqa: A002
        """Stop a job and remove all that it wrote."""
        await run(jobs.remove, id)
        return Response(status_code=204)

    @router.get(
        "/jobs/{id}/results",
        response_class=Response,
        responses={200: _file(), **failures(404, 409)},
        summary="Results of a job",
    )
    async def results(
        id: str,  # noqa: A002
        format: Annotated[str, Query(description="One of the job's, or native.")] = "",  # noqa: A002
    ) -> Response:
        """The dataset of a job in one of its formats: its one file, or a zip; ranges are served."""
        return await run(_results, jobs, jobs.get(id), format)


def _added(jobs: Jobs, state: State, asked: NewJob) -> Record:
    """Check what can be known now, and queue the job; called in a thread."""
    sources.check(asked.sources, state.settings)
    card = state.service.pool.card(asked.model)
    asking.known(asked, card.labels)
    for name in asked.formats:
        datasets.check(name)
    model = asked.model or state.service.pool.default
    plain = asked.model_dump(exclude={"model", "sources", "formats"})
    plain["thresholds"] = asked.least(state.service.pool.thresholds(model))
    formats = tuple(dict.fromkeys(asked.formats))
    return jobs.add(model, asked.sources, formats, plain)


def _results(jobs: Jobs, record: Record, name: str) -> Response:
    name = name or record.formats[0]
    known = (*record.formats, JOURNAL_FORMAT)
    if name not in known:
        raise RequestError(
            f"the job has no {name[:40]!r}", where="format", hint=f"it has {', '.join(known)}"
        )
    if record.stage is not Stage.DONE:
        raise ConflictError(f"the job is {record.stage}, not done")
    out = jobs.out(record)
    place = out / name if name in record.formats else out / JOURNAL
    path, kind = archives.ready(place)
    return FileResponse(path, media_type=kind, filename=f"{record.id}-{name}{path.suffix}")


def _shown(jobs: Jobs, record: Record) -> schemas.Job:
    total, done, failed = jobs.progress(record)
    return schemas.Job(
        id=record.id,
        state=record.stage.value,
        created=record.created,
        model=record.model,
        formats=list(record.formats),
        pictures=schemas.Pictures(total=total, done=done, failed=failed),
        failure=record.failure,
    )


def _detail(jobs: Jobs, record: Record) -> schemas.JobDetail:
    told = record.summary
    return schemas.JobDetail(
        **_shown(jobs, record).model_dump(),
        objects=told.get("objects", {}),
        failures=[schemas.Lost(**lost) for lost in told.get("failures", ())],
        losses=told.get("losses", {}),
    )


def _file() -> dict:
    binary = {"schema": {"type": "string", "format": "binary"}}
    content = dict.fromkeys((archives.ZIP_TYPE, archives.LINES_TYPE, archives.TEXT_TYPE), binary)
    return {"model": schemas.File, "description": "The file.", "content": content}
