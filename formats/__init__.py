"""Dataset formats: one table, and reading, writing and converting through it.

A member of the table is a `Format`; its line names where it lives. Other packages join through
the entry-point group ``prelabel.formats``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from formats import carrying, guarding, labels, looking, unpacking
from formats.dataset import Dataset
from formats.errors import FormatError
from formats.format import Format, Match
from formats.losses import Losses
from formats.options import Options, make
from formats.progress import Told, watched
from formats.registry import Registry

__all__ = [
    "FORMATS",
    "Format",
    "apart",
    "claims",
    "convert",
    "get",
    "read",
    "sniff",
    "write",
]

FORMATS = Registry(
    "format",
    {
        "native": "formats.native:FORMAT",
        "coco": "formats.coco:FORMAT",
        "coco-results": "formats.coco:RESULTS",
        "createml": "formats.createml:FORMAT",
        "coco-panoptic": "formats.panoptic:FORMAT",
        "cvat": "formats.cvat.images:FORMAT",
        "cvat-video": "formats.cvat:VIDEO",
        "datumaro": "formats.datumaro:FORMAT",
        "dota": "formats.dota:FORMAT",
        "kitti": "formats.kitti:FORMAT",
        "label-studio": "formats.label_studio:FORMAT",
        "labelme": "formats.labelme:FORMAT",
        "x-anylabeling": "formats.labelme:X_ANYLABELING",
        "via": "formats.via:FORMAT",
        "labelbox": "formats.labelbox:FORMAT",
        "mot": "formats.mot:FORMAT",
        "mots": "formats.mots:FORMAT",
        "openimages": "formats.openimages:FORMAT",
        "supervisely": "formats.supervisely:FORMAT",
        "ultralytics-ndjson": "formats.ultralytics_ndjson:DETECT",
        "ultralytics-ndjson-seg": "formats.ultralytics_ndjson:SEGMENT",
        "ultralytics-ndjson-pose": "formats.ultralytics_ndjson:POSE",
        "ultralytics-ndjson-obb": "formats.ultralytics_ndjson:OBB",
        "ultralytics-ndjson-cls": "formats.ultralytics_ndjson:CLASSIFY",
        "voc": "formats.voc:FORMAT",
        "yolo": "formats.yolo:DETECT",
        "yolo-seg": "formats.yolo:SEGMENT",
        "yolo-pose": "formats.yolo:POSE",
        "yolo-obb": "formats.yolo:OBB",
        "yolo-cls": "formats.yolo:CLASSIFY",
    },
    group="prelabel.formats",
)

SURE = 0.9
"""The certainty from which a claim does not give way to a higher one."""
INNER = 10
"""Folders in a folder that no format claims, which are looked at."""
Given = Options | Mapping[str, Any] | None


def get(name: str) -> Format:
    """The format of a name; UnknownName lists the names there are."""
    member = FORMATS[name]
    if not isinstance(member, Format):
        raise FormatError(f"{name} is a {type(member).__name__}, expected a Format")
    return member


def read(path: str | Path, name: str | None = None, options: Given = None) -> Dataset:
    """The data set at a path; without a name, of the one format that claims it.

    `options` is the format's own record, or its fields by name.
    """
    path = _there(path)
    format_ = get(name or sniff(path))
    if format_.read is None:
        raise FormatError(f"the format {format_.name} can only be written", where=path)
    record = _record(format_, options)
    with guarding.told(path):
        if unpacking.is_needed(path, format_):
            found = unpacking.read(path, format_, record)
        else:
            found = format_.read(path, record)
        return guarding.guarded(found, path)


def write(dataset: Dataset, path: str | Path, name: str, options: Given = None) -> Losses:
    """Write a data set to a path, whole or not at all; what the format could not hold."""
    format_ = get(name)
    reported = carrying.reported(dataset, format_.drops)
    return format_.write(reported, Path(path), _record(format_, options))


def convert(
    source: str | Path,
    target: str | Path,
    to: str,
    from_: str | None = None,
    *,
    classes: Sequence[str] = (),
    change: Callable[[Dataset], Dataset] | None = None,
    reading: Given = None,
    writing: Given = None,
    told: Told | None = None,
) -> Losses:
    """Read a data set, write it in another format; what was left out, changed or looks wrong.

    `change` makes another data set of the one that was read. `classes` come first, in their order.
    `reading` and `writing` are the options of the two formats; `told` learns how far it is.
    """
    apart(source, target)
    dataset = read(source, from_, reading)
    if change is not None:
        dataset = change(dataset)
    if classes:
        dataset = labels.ordered(dataset, classes)
    if told is not None:
        dataset = watched(dataset, told)
    losses = write(dataset, target, to, writing)
    losses.merge(dataset.losses)
    return losses


def apart(source: str | Path, target: str | Path) -> None:
    """FormatError where a target that exists is a folder that holds the source, or is it."""
    folder = Path(target)
    if folder.is_dir() and Path(source).resolve().is_relative_to(folder.resolve()):
        raise FormatError(f"the source {source} lies in the target", where=target)


def sniff(path: str | Path) -> str:
    """The name of the one format that claims a path; FormatError where none or several are sure."""
    found = claims(_there(path))
    names = _rivals(found, several=Path(path).is_dir())
    if len(names) == 1:
        return names[0]
    if not names:
        what = f"no format claims it: {looking.described(Path(path))}"
        inner = _inner(Path(path))
        raise FormatError(what, where=path, hint=inner or looking.hint(Path(path)))
    stated = ", ".join(f"{name} ({found[name].layout})" for name in names)
    raise FormatError(f"several formats claim it: {stated}", where=path, hint="name one: --from")


def _rivals(found: Mapping[str, Match], *, several: bool) -> list[str]:
    """The formats of the best claim, and those of other families that are sure as well.

    A file is of one format: `several` can lie in a folder alone.
    """
    best = max((match.certainty for match in found.values()), default=0.0)
    families = {_family(name) for name, match in found.items() if match.certainty == best}
    return [
        name
        for name, match in found.items()
        if match.certainty == best
        or (several and match.certainty >= SURE and _family(name) not in families)
    ]


def _family(name: str) -> str:
    return name.partition("-")[0]


def _inner(path: Path) -> str:
    """Which folders in a folder are data sets, "" where none is."""
    folders = sorted(p for p in path.iterdir() if p.is_dir())[:INNER] if path.is_dir() else []
    names = {folder: _rivals(claims(folder), several=True) for folder in folders}
    told = [f"{folder.name} ({', '.join(names[folder])})" for folder in folders if names[folder]]
    return f"data sets are in it, name one: {', '.join(told)}" if told else ""


def claims(path: Path) -> dict[str, Match]:
    """What each format that can be read says about a path, if it claims it."""
    with guarding.told(path):
        found = _claims(path)
        if found or not unpacking.is_packed(path):
            return found
        packed = unpacking.unpacked(path, pictures=False)
        return next(filter(None, map(_claims, packed.places())), {})


def _claims(path: Path) -> dict[str, Match]:
    formats = {name: get(name) for name in FORMATS}
    found = {name: f.sniff(path) for name, f in formats.items() if f.sniff is not None}
    return {name: match for name, match in found.items() if match is not None}


def _there(path: str | Path) -> Path:
    if not Path(path).exists():
        raise FormatError("no such file or folder", where=path)
    return Path(path)


def _record(format_: Format, options: Given) -> Any:
    if isinstance(options, format_.options):
        return options
    if options is None or isinstance(options, Mapping):
        return make(format_.options, options or {})
    wanted, found = format_.options.__name__, type(options).__name__
    raise FormatError(f"options of {format_.name} are a {wanted}, found {found}")
