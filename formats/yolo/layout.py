"""Where the pictures of a set lie, and where its configuration is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from formats.errors import FormatError
from formats.yolo import config, darknet, names
from formats.yolo.config import Config
from formats.yolo.listing import MissingEntryError, folders_of, pictures_of
from formats.yolo.options import YoloOptions
from formats.yolo.paths import Rule, absolute, by_loader, rule, split_of

__all__ = ["Layout", "configuration", "found", "passed_over"]

NAMES = ("classes.txt", "obj.names", "labels/classes.txt", "classes.names")
YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Layout:
    """`paths` of the pictures relative to `root`, with ``/``, and the split of each.

    `missing` are entries of splits that lead nowhere, such as the test set that Roboflow's files
    always name; `again` pictures that were listed already, with their split and the earlier one.
    `rule` tells where the label file of a picture is.
    """

    config: Config
    root: str
    paths: list[str]
    splits: list[str]
    missing: list[str] = field(default_factory=list)
    again: list[tuple[str, str, str]] = field(default_factory=list)
    rule: Rule = by_loader

    def orphans(self) -> list[str]:
        """Label files beside those of the pictures that belong to none; none for sets with lists.

        A list may leave pictures out on purpose.
        """
        entries = [entry for some in self.config.splits.values() for entry in some]
        if any(entry.endswith(".txt") for entry in entries):
            return []
        inside = [f for f in folders_of(self.config) if f.startswith(f"{self.root}/")]
        stems: dict[str, set[str]] = {f.removeprefix(f"{self.root}/"): set() for f in inside}
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            stems.setdefault(folder, set()).add(name.rpartition(".")[0])
        found = (self._orphans(folder, known) for folder, known in sorted(stems.items()))
        return [name for names in found for name in names]

    def _orphans(self, folder: str, known: set[str]) -> list[str]:
        """The label files in the folder of labels of a folder of pictures that none of them has."""
        place = self.rule(self.root, f"{folder}/x.jpg".lstrip("/")).rpartition("/")[0]
        if place == f"{self.root}/{folder}".rstrip("/") or not os.access(place, os.F_OK):
            return []
        names = (entry.name for entry in os.scandir(place))
        stems = (name.removesuffix(".txt") for name in names if name.endswith(".txt"))
        aside = {name.rpartition("/")[2].removesuffix(".txt") for name in NAMES}
        return [f"{place}/{stem}.txt" for stem in sorted(stems) if stem not in known | aside]


def found(path: Path, options: YoloOptions) -> Layout:
    """The layout of a set: its data.yaml or obj.data, or the folder that holds it."""
    settings = configuration(path)
    if options.names:
        listed = names.from_file(Path(options.names))
        here = path if path.is_dir() else path.parent
        settings = replace(settings, names=listed) if settings else Config(path, (here,), listed)
    if settings is None:
        raise FormatError(
            "no data.yaml, obj.data or classes.txt", where=path, hint="names=FILE gives the classes"
        )
    if options.kpt_shape:
        settings = replace(settings, keypoints=config.keypoint_shape(options.kpt_shape, "options"))
    missing: list[FormatError] = []
    again: list[tuple[str, str, str]] = []
    pictures = list(_pictures(settings, missing, again))
    if missing and not pictures:
        raise missing[0]
    told = [str(error) for error in missing]
    rooted = _rooted(settings, pictures)
    return replace(rooted, missing=told, again=again, rule=rule(rooted.root, rooted.paths))


def configuration(path: Path) -> Config | None:
    """What a file, or the first file of a folder that tells the classes, says."""
    if path.is_file():
        return _of_file(path)
    for file in _yaml_files(path):
        try:
            return config.from_yaml(file)
        except FormatError:
            if file.stem == "data":
                raise
    for name in ("obj.data", "data/obj.data"):
        if (path / name).is_file():
            return darknet.read(path / name)
    listed = [path / name for name in NAMES if (path / name).is_file()]
    return Config(listed[0], (path,), names.from_file(listed[0])) if listed else None


def passed_over(path: Path, settings: Config) -> list[str]:
    """The names of the other configurations that lie in a folder."""
    others = [file for file in _yaml_files(path) if file != settings.path]
    return [file.name for file in others if settings.path.suffix in YAML and _is_one(file)]


def _yaml_files(path: Path) -> list[Path]:
    """Those of a folder, data.yaml first."""
    found = sorted(p for p in path.iterdir() if p.suffix in YAML) if path.is_dir() else []
    return sorted(found, key=lambda p: p.stem != "data")


def _is_one(file: Path) -> bool:
    try:
        return bool(config.from_yaml(file).splits)
    except FormatError:
        return False


def _of_file(path: Path) -> Config | None:
    if path.suffix in YAML:
        return config.from_yaml(path)
    return darknet.read(path) if path.suffix == ".data" else None


def _pictures(
    settings: Config, missing: list[FormatError], again: list[tuple[str, str, str]]
) -> Iterator[tuple[str, str]]:
    """Every picture once, as (absolute path, split), in the order of the splits."""
    seen: dict[str, str] = {}
    for split, entries in _splits(settings):
        for picture in _there(settings, entries, missing):
            if picture in seen:
                again.append((picture, split, seen[picture]))
                continue
            seen[picture] = split
            yield picture, split


def _there(settings: Config, entries: tuple[str, ...], missing: list[FormatError]) -> Iterator[str]:
    """The pictures of the entries of a split; an entry that leads nowhere is `missing`."""
    for entry in entries:
        try:
            yield from pictures_of(settings, (entry,))
        except MissingEntryError as error:
            missing.append(error)


def _splits(settings: Config) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Splits and their entries. Where all name the same, only a folder's name tells the split."""
    entries = settings.splits
    if not entries:
        folder = settings.roots[0]
        inner = ("images",) if (folder / "images").is_dir() else (".",)
        return [("*", inner)]
    if len(entries) > 1 and len(set(entries.values())) == 1:
        return [("*", next(iter(entries.values())))]
    return entries.items()


def _rooted(settings: Config, pictures: list[tuple[str, str]]) -> Layout:
    """Paths relative to the set's folder, or to the one above it that holds all pictures."""
    root = absolute(settings.roots[-1])
    inside = root.rstrip("/") + "/"
    if not all(picture.startswith(inside) for picture, _ in pictures):
        root = os.path.commonpath([root, *(p.rpartition("/")[0] for p, _ in pictures)])
        inside = root.rstrip("/") + "/"
    paths = [picture[len(inside) :] for picture, _ in pictures]
    named = [
        split_of(path) if split == "*" else split
        for path, (_, split) in zip(paths, pictures, strict=True)
    ]
    return Layout(settings, root, paths, named)
