"""`prelabel serve`: answer annotation tools and programs over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prelabel import least_scores, settings
from prelabel.errors import ModelError, SettingsError
from prelabel.settings import Settings

if TYPE_CHECKING:
    from prelabel.pool import ModelFile

__all__ = ["command"]


@click.command("serve")
@click.option(
    "--model",
    "-m",
    "models",
    multiple=True,
    metavar="[NAME=]FILE",
    help="An .onnx file, or builtin; may be repeated. The first one answers where none is named.",
)
@click.option("--host", metavar="HOST", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (9090); 0: any.")
@click.option("--data-dir", metavar="DIR", help="Folder of jobs, answers and cache.")
@click.option("--family", metavar="NAME", help="Model family, where a lone file does not tell it.")
@click.option("--labels", default="", metavar="FILE", help="Class names of a lone model.")
@click.option("--imgsz", metavar="W[xH]", help="Input size of a lone model that takes any.")
@click.option(
    "--conf-class",
    multiple=True,
    metavar="NAME=SCORE|FILE",
    help="Least score of one class of a lone model, or a YAML file of them (prelabel tune).",
)
@click.option("--open-access", is_flag=True, default=None, help="Other machines need no key.")
@click.option("--workers", type=click.IntRange(1), help="Pictures worked on at once.")
@click.option("--threads", type=click.IntRange(1), help="Cores for one run of a model.")
@click.option("--provider", metavar="NAME", help="auto, cpu, cuda, tensorrt or openvino.")
@click.option("--allow-host", multiple=True, metavar="HOST", help="Fetch from it though private.")
@click.option("--config", metavar="FILE", help="Settings file.")
def command(models: Sequence[str], config: str | None, **given: Any) -> None:
    """Answer Label Studio, the playground in a browser, and programs, over HTTP.

    Keys come from the settings: PRELABEL_API_KEYS, or api_keys in a file named with --config.
    """
    known = settings.load(_flags(given), file=config)
    least = least_scores.parse(given["conf_class"])
    files = _files(models, given["family"], given["labels"], given["imgsz"], least)
    check_access(known)
    check_provider(known)
    serve(files, known)


def serve(files: Sequence[ModelFile], known: Settings) -> None:
    """Serve models until a signal comes; returns when everything accepted is finished."""
    from prelabel import memory
    from prelabel.pool import Pool  # loads the runtime
    from prelabel.service import Service
    from server import app, running
    from server.metrics import Metrics

    memory.few_heaps()
    running.log_to_stderr()
    metrics = Metrics()
    with ExitStack() as stack:
        stack.enter_context(_held(Path(known.data_dir)))
        pool = stack.enter_context(Pool(files, known, metrics))
        listener = stack.enter_context(running.listen(known.host, known.port))
        service = Service(pool, known, observer=metrics)
        application = app.create(service, known, metrics)
        line = _line(pool.names, running.address(listener), known)
        running.run(application, listener, lambda: click.echo(line))


def check_access(known: Settings) -> None:
    """SettingsError where other machines would reach a server that asks for no key."""
    from server.guard.keys import Keys
    from server.running import is_loopback

    if Keys.of(known.api_keys).needed or known.open_access or is_loopback(known.host):
        return
    raise SettingsError(
        "other machines would reach the server, and it has no key",
        where=f"--host {known.host}",
        hint="set PRELABEL_API_KEYS, or say --open-access",
    )


def check_provider(known: Settings) -> None:
    """SettingsError where what was asked for by name to run the models does not start here.

    Models are opened when they are first wanted, and each would fail then.
    """
    if known.provider in ("auto", "cpu"):
        return
    from prelabel import session  # loads the runtime

    try:
        session.start(known.provider)
    except ModelError as error:
        raise SettingsError(error.what, hint=error.hint) from error


def _flags(given: dict[str, Any]) -> dict[str, Any]:
    names = ("host", "port", "data_dir", "open_access", "workers", "threads", "provider")
    return {**{n: given[n] for n in names}, "allowed_hosts": given["allow_host"] or None}


def _files(
    models: Sequence[str],
    family: str | None,
    labels: str,
    size: str | None,
    least: Mapping[str, float],
) -> list[ModelFile]:
    from prelabel.commands.flags import input_size
    from prelabel.pool import ModelFile  # loads the runtime

    if not models:
        raise SettingsError(
            "no model to serve", where="--model", hint="name a file, or --model builtin"
        )
    if len(models) > 1 and (family or labels or size or least):
        raise SettingsError("--family, --labels, --imgsz and --conf-class are of a lone model")
    wanted = input_size(size)
    told: Any = {"family": family, "labels": labels, "size": wanted, "thresholds": least}
    files = [ModelFile.parse(model, **told) for model in models]
    names = [file.name for file in files]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise SettingsError(f"two models are called {twice}", where="--model", hint="NAME=FILE")
    return files


def _held(folder: Path) -> Any:
    """The data folder, made and held for this process; JobError where that is not possible."""
    from prelabel import locks
    from prelabel.errors import JobError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JobError(f"cannot be made: {error.strerror}", where=folder) from error
    return locks.exclusive(folder)


def _line(names: Sequence[str], address: str, known: Settings) -> str:
    access = "a key is needed" if known.api_keys else "no key is needed"
    return f"prelabel: serving {', '.join(names)} at {address} ({access})"
