"""Exports: one line per data row, with every label that somebody made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from formats.columns import Kind
from formats.dataset import Item
from formats.errors import FormatError
from formats.labelbox.classes import Classes
from formats.labelbox.objects import GEOMETRIES, NoDataError, answers, shape
from formats.labelbox.options import LabelboxOptions
from formats.labelbox.pictures import name_of, size_of, split_of
from formats.losses import Losses
from formats.numerals import is_double
from formats.sizes import Sizes
from geometry.errors import GeometryError

__all__ = ["Reader", "Seen"]

Seen = tuple[Item, list[dict[str, Any]] | None]
"""A picture as one annotator saw it, and its rows; None where nobody looked."""
KEPT = ("id", "global_key", "external_id", "row_data", "details")
GLOBAL = "classifications"
OWN = frozenset(
    {*GEOMETRIES, "name", "value", "annotation_kind", "classifications", "confidence", "schemaId"}
    | {"dataRow", "uuid"}
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns data rows and annotations into items and rows; what cannot be kept is counted."""

    classes: Classes
    options: LabelboxOptions
    sizes: Sizes
    losses: Losses

    def seen(self, row: Mapping[str, Any], where: str) -> Iterator[Seen]:
        """The picture of a data row, once for each of its labels."""
        data = row["data_row"]
        path = name_of(data, self.options.naming, where)
        size = self.sizes.get(path) or size_of(row.get("media_attributes"))
        kept = {key: data[key] for key in KEPT if data.get(key) not in (None, {})}
        bare = Item(
            path, size, split=split_of(row.get("metadata_fields")), extra={"data_row": kept}
        )
        found = list(self._labels(row, bare, where))
        yield from found or [(bare, None)]
        runs = row.get("experiments")
        self.losses.add("experiment with predictions", len(runs) if isinstance(runs, dict) else 0)

    def _labels(self, row: Mapping[str, Any], bare: Item, where: str) -> Iterator[Seen]:
        projects = row.get("projects")
        for key, project in (projects if isinstance(projects, dict) else {}).items():
            if not isinstance(project, dict):
                continue
            if self.options.project not in ("", key, project.get("name")):
                continue
            labels = project.get("labels")
            status = str(_dict(project.get("project_details")).get("workflow_status") or "")
            for k, label in enumerate(labels if isinstance(labels, list) else ()):
                place = f"{where}#/projects/{key}/labels/{k}"
                yield self._label(_dict(label), bare, status, place)

    def _label(self, label: Mapping[str, Any], bare: Item, status: str, where: str) -> Seen:
        told = _dict(label.get("annotations"))
        by = _dict(label.get("label_details")).get("created_by")
        if "frames" in told or "segments" in told:
            self.losses.add("label of a clip", example=where)
        extra = dict(bare.extra)
        if isinstance(label.get("id"), str):
            extra["label"] = label["id"]
        rows = self._rows(told.get("objects"), bare.size, f"{where}/annotations/objects")
        tags, others = self._answered(told.get(GLOBAL))
        extra |= {GLOBAL: others} if others else {}
        if told.get("relationships"):
            extra["relationships"] = told["relationships"]
        item = Item(
            bare.path,
            bare.size,
            annotator=by if isinstance(by, str) else "",
            split=bare.split,
            status=status,
            extra=extra,
        )
        return item, [*rows, *tags]

    def _rows(self, objects: Any, size: tuple[int, int] | None, where: str) -> list[dict[str, Any]]:
        listed = enumerate(objects if isinstance(objects, list) else ())
        found = [self.row(told, size, f"{where}/{k}") for k, told in listed]
        return [row for row in found if row is not None]

    def row(self, told: Any, size: tuple[int, int] | None, where: str) -> dict[str, Any] | None:
        """The row of one annotation; None, and a count, where it cannot be kept."""
        name = _dict(told).get("name") or _dict(told).get("schemaId")
        if not isinstance(name, str):
            self.losses.add("annotation without a name", example=where)
            return None
        try:
            row = shape(told, size)
        except NoDataError as error:
            self.losses.add(error.what.removeprefix("a "), example=where)
            return None
        except (FormatError, GeometryError) as error:
            self.losses.add("annotation that cannot be read", example=f"{where}: {error}")
            return None
        if row is None:
            self.losses.add("annotation without a place in a picture", example=where)
            return None
        columns = {
            "attributes": answers(told.get("classifications")),
            "extra": {k: v for k, v in told.items() if k not in OWN},
        }
        row |= {key: value for key, value in columns.items() if value}
        return {**row, "labels": self.classes.number(name), **score(told)}

    def _answered(self, told: Any) -> tuple[list[dict[str, Any]], list[Any]]:
        """The answers that are classes of the picture as rows, and the other questions."""
        tags: list[dict[str, Any]] = []
        others: list[Any] = []
        for entry in told if isinstance(told, list) else ():
            if _dict(entry).get("name") == self.options.question:
                tags += self.tags(entry)
            else:
                others.append(entry)
        return tags, others

    def tags(self, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The classes that the answer to one question names, as rows."""
        found = answers([entry]).get(str(entry.get("name")))
        names = found if isinstance(found, list) else [found]
        stated = entry.get("answer") or entry.get("checklist_answers") or entry.get("radio_answer")
        told = stated if isinstance(stated, list) else [stated]
        return [
            {"kinds": Kind.TAG, "labels": self.classes.number(name), **score(_dict(choice))}
            for name, choice in zip(names, told, strict=False)
            if isinstance(name, str) and name
        ]


def score(told: Mapping[str, Any]) -> dict[str, Any]:
    """The confidence of an annotation as a column."""
    value = told.get("confidence")
    return {"scores": float(value)} if is_double(value) else {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
