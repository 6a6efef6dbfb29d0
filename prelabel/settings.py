"""Settings: one frozen object, from ``prelabel.toml`` < ``PRELABEL_*`` environment < flags.

This module alone reads the environment. Settings that could open a door (`trusted`) are never
taken from a ``prelabel.toml`` that merely lies in the current folder, which may be somebody
else's: only from a file that was named, from the environment, or from a flag.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from prelabel.errors import SettingsError

__all__ = ["SETTINGS", "Setting", "Settings", "load"]

PREFIX = "PRELABEL_"
FOREIGN = {
    "LABEL_STUDIO_URL": "label_studio_url",
    "LABEL_STUDIO_API_KEY": "label_studio_api_key",
}
"""Variables of Label Studio's own tools; ours stand over them."""
CONFIG = "PRELABEL_CONFIG"
FILE = "prelabel.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table: name, default, help line, and what values it takes."""

    name: str
    default: Any
    help: str
    trusted: bool
    least: float
    choices: tuple[str, ...]
    secret: bool


def setting(
    default: Any,
    line: str,
    *,
    trusted: bool = False,
    least: float = 0,
    choices: str = "",
    secret: bool = False,
) -> Any:
    """A field of `Settings` with what `Setting` tells about it.

    A text without `choices` is free. A `secret` is shown neither by `repr` nor in an error.
    """
    facts = {"help": line, "trusted": trusted, "least": least, "choices": tuple(choices.split())}
    return field(default=default, repr=not secret, metadata={**facts, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How prelabel runs; none of these changes what a model sees in a picture."""

    provider: str = setting(
        "auto",
        "What runs the model; auto takes CUDA, OpenVINO or the CPU, the first that works.",
        choices="auto tensorrt cuda openvino cpu",
    )
    threads: int = setting(0, "Cores that one run of the model may use; 0: one.")
    workers: int = setting(0, "Pictures worked on at once; 0: as many as pay on this machine.")
    batch: int = setting(8, "Most pictures joined into one run, where that pays.", least=1)
    queue: int = setting(64, "Calls that may wait for the model; one more is refused.", least=1)
    max_pixels: int = setting(
        200_000_000, "Largest picture that is decoded, width x height.", least=1
    )
    video_decoder: str = setting(
        "software",
        "What decodes clips; auto takes the first device that can, else software.",
        choices="software auto cuda qsv vaapi videotoolbox d3d11va amf drm",
    )
    max_bytes: int = setting(
        100 * 1024 * 1024, "Largest file that is fetched from the network, in bytes.", least=1
    )
    fetch_timeout: float = setting(
        30.0, "Seconds that one picture may take to arrive, redirects included.", least=0.001
    )
    max_redirects: int = setting(5, "Redirects that are followed for one picture.")
    allowed_hosts: tuple[str, ...] = setting(
        (),
        "Hosts, addresses or networks that may be fetched from although they are private.",
        trusted=True,
    )
    folders: tuple[str, ...] = setting(
        (), "Folders whose files may be named by an untrusted address.", trusted=True
    )
    host: str = setting("127.0.0.1", "Address that the server listens on.", trusted=True)
    port: int = setting(9090, "Port that the server listens on; 0: any that is free.")
    api_keys: tuple[str, ...] = setting(
        (), "Keys that open the server; any of them does.", trusted=True, secret=True
    )
    open_access: bool = setting(
        False, "The server may be reached by other machines without a key.", trusted=True
    )
    data_dir: str = setting(
        "prelabel-data", "Folder of the server's jobs, answers and cache.", trusted=True
    )
    max_body: int = setting(
        64 * 1024 * 1024, "Largest body of a request to the server, in bytes.", least=1
    )
    in_flight: int = setting(
        128, "Requests that the server works on at once; one more is refused.", least=1
    )
    request_timeout: float = setting(
        60.0, "Seconds until a request to the server is answered, whatever comes.", least=0.001
    )
    max_jobs: int = setting(100, "Jobs that the server keeps; one more is refused.", least=1)
    model_memory: int = setting(
        0, "MiB that open models may take; 0: half of what this process may use."
    )
    model_idle: float = setting(
        900.0, "Seconds without a request after which a model is closed; 0: never."
    )
    cache_memory: int = setting(256, "MiB of finished answers kept in memory; 0: none.")
    cache_disk: int = setting(2048, "MiB of fetched pictures kept in data_dir; 0: none.")
    label_studio_url: str = setting("", "Address of Label Studio.", trusted=True)
    label_studio_api_key: str = setting(
        "", "Token for Label Studio; it goes to that host only.", trusted=True, secret=True
    )
    label_studio_files: str = setting(
        "", "Folder that /data/local-files/ addresses are read from.", trusted=True
    )
    label_studio_deadline: float = setting(
        85.0, "Seconds until Label Studio is answered, finished or not.", least=0.001
    )
    label_studio_queue: int = setting(
        20_000, "Pictures of Label Studio that may wait to be finished later."
    )
    label_studio_store: int = setting(
        1024, "MiB of answers to Label Studio that are kept in data_dir."
    )
    corrections_store: int = setting(
        1024, "MiB of corrected annotations that are kept in data_dir.", least=1
    )
    labels_map: str = setting(
        "", "File of lines NAME: OTHER, from classes of the models to labels of the projects."
    )
    webhook_secret: str = setting(
        "", "What events of Label Studio must bring along.", trusted=True, secret=True
    )


SETTINGS: Mapping[str, Setting] = {
    f.name: Setting(f.name, f.default, **f.metadata) for f in fields(Settings)
}
"""Every setting by name; docs/settings.md explains each."""


def ask_no_telemetry() -> None:
    """Ask onnxruntime, before it is imported, to send nothing home, unless the user said so.

    Its official builds write an id of the machine and a data base of events when they are imported.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    file: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    folder: str | Path = ".",
) -> Settings:
    """The settings of this process.

    `flags`: values given on the command line, None for those that were not. `file`: the settings
    file that was named (else PRELABEL_CONFIG, else `folder`'s prelabel.toml, where it exists).
    SettingsError names the file and key, variable or flag that is wrong.
    """
    environment = os.environ if environment is None else environment
    named = file or environment.get(CONFIG) or None
    values = _from_file(Path(named or Path(folder) / FILE), named is not None)
    values |= _from_environment(environment)
    values |= {
        name: checked(name, value, f"--{name.replace('_', '-')}")
        for name, value in (flags or {}).items()
        if value is not None
    }
    return Settings(**values)


def _from_file(path: Path, named: bool) -> dict[str, Any]:
    if not named and not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=path) from error
    except ValueError as error:
        raise SettingsError(f"is not TOML: {error}", where=path) from error
    values = {name: checked(name, value, f"{path}: {name}") for name, value in table.items()}
    doors = [name for name in values if SETTINGS[name].trusted]
    if doors and not named:
        raise SettingsError(
            f"{doors[0]} is not taken from a file that merely lies here",
            where=path,
            hint=f"name the file with --config or {CONFIG}",
        )
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = [n for n in environment if n.startswith(PREFIX) and n != CONFIG]
    foreign = {s: checked(s, environment[n], n) for n, s in FOREIGN.items() if n in environment}
    return foreign | {
        n.removeprefix(PREFIX).lower(): checked(
            n.removeprefix(PREFIX).lower(), from_text(n, environment[n]), n
        )
        for n in names
    }


def from_text(variable: str, text: str) -> Any:
    """The value of an environment variable: lists are separated by commas."""
    known = SETTINGS.get(variable.removeprefix(PREFIX).lower())
    if known is not None and isinstance(known.default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def checked(name: str, value: Any, where: str) -> Any:
    """`value` in the type of the setting; SettingsError where it cannot be."""
    known = SETTINGS.get(name)
    if known is None:
        close = difflib.get_close_matches(name, SETTINGS, n=1)
        guess = f"did you mean {close[0]}?" if close else f"known: {', '.join(SETTINGS)}"
        raise SettingsError(f"no setting {name!r}", where=where, hint=guess)
    if isinstance(known.default, bool):
        return _switch(value, where)
    if isinstance(known.default, tuple):
        return _texts(known, value, where)
    if isinstance(known.default, str):
        return _text(known, value, where)
    return _number(known, value, where)


def _switch(value: Any, where: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = value if isinstance(value, bool) else words.get(str(value).lower())
    if found is None:
        raise SettingsError(f"is {value!r}, expected true or false", where=where)
    return found


def _texts(known: Setting, value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return tuple(value)
    raise SettingsError(f"is {_shown(known, value)}, expected a list of texts", where=where)


def _text(known: Setting, value: Any, where: str) -> str:
    if known.choices and value not in known.choices:
        wanted = ", ".join(known.choices)
        raise SettingsError(f"is {value!r}, expected one of {wanted}", where=where)
    if not isinstance(value, str):
        raise SettingsError(f"is {_shown(known, value)}, expected a text", where=where)
    return value


def _shown(known: Setting, value: Any) -> str:
    return f"a {type(value).__name__}" if known.secret else repr(value)


def _number(known: Setting, value: Any, where: str) -> int | float:
    kind = type(known.default)
    try:
        number = kind(value)
        fits = not isinstance(value, bool) and known.least <= number < float("inf")
        fits = fits and (isinstance(value, str) or number == value)
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        name = "whole number" if kind is int else "number"
        raise SettingsError(f"is {value!r}, expected a {name} >= {known.least}", where=where)
    return number
