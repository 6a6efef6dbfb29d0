"""What a client asks of the model: fields of the address, the form or the JSON body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from formats.dataset import Label
from formats.errors import UnknownName
from prelabel import vocabulary
from prelabel.models.query import Query
from server.errors import RequestError

__all__ = ["Fields", "LISTS", "fields", "known"]

LISTS = frozenset({"classes", "thresholds"})
"""Fields that may be given several times."""
MOST = 1000
"""Names in a list, and objects in a picture times ten."""

Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


def _pairs(value: Any) -> Any:
    """``["car=0.5"]`` as ``{"car": 0.5}``; the last sign of equality counts."""
    if not isinstance(value, list):
        return value
    if not all(isinstance(text, str) and "=" in text for text in value):
        raise ValueError("expected NAME=SCORE")
    return {name: score for name, _, score in (text.rpartition("=") for text in value)}


class Fields(BaseModel):
    """The fields of a request, with the defaults of `prelabel label`."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field("", max_length=100, description="Its name; the first one where left out.")
    conf: Score = Field(0.25, description="Least score.")
    iou: Score = Field(0.7, description="A box that overlaps a better one by more is dropped.")
    max_det: int = Field(300, ge=1, le=10 * MOST, description="Most objects in a picture.")
    classes: list[Name] | None = Field(
        None, max_length=MOST, description="Only these classes, by the model's names."
    )
    thresholds: Annotated[dict[Name, Score], BeforeValidator(_pairs)] = Field(
        {}, max_length=MOST, description="Least scores of single classes."
    )
    polygons: float | None = Field(
        None,
        ge=0,
        le=MOST,
        allow_inf_nan=False,
        description="Masks become polygons, at most so many pixels from the mask's edge.",
    )

    def least(self, usual: Mapping[str, float]) -> dict[str, float]:
        """Least scores of single classes: the `usual` ones of the model, unless `conf` is asked
        for, and those asked for over them."""
        return {**({} if "conf" in self.model_fields_set else usual), **self.thresholds}

    def query(self, usual: Mapping[str, float]) -> Query:
        """The same as a `Query`; `usual`: least scores of the model's classes."""
        return Query(
            conf=self.conf,
            iou=self.iou,
            max_det=self.max_det,
            thresholds=self.least(usual),
            labels=frozenset(self.classes) if self.classes else None,
        )


def fields(given: Mapping[str, Any], over: Mapping[str, Any], *, typed: bool) -> Fields:
    """The fields `given` in the address, and those of the body `over` them, all of them checked.

    `typed`: the body is JSON, whose numbers are numbers. RequestError names the first that does not
    fit.
    """
    try:
        address = Fields.model_validate(given)
        body = Fields.model_validate(over, strict=typed)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RequestError(first["msg"], where=place) from error
    return address.model_copy(update={n: getattr(body, n) for n in body.model_fields_set})


def known(asked: Fields, labels: Sequence[Label]) -> None:
    """RequestError for a class that the model does not have."""
    try:
        vocabulary.check_names(asked.classes or (), labels, "classes")
        vocabulary.check_names(asked.thresholds, labels, "thresholds")
    except UnknownName as error:
        raise RequestError(error.what, where=error.where, hint=error.hint) from error
