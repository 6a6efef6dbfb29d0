"""The records of ``/api/v1`` as OpenAPI shows them; docs/server.md explains them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

__all__ = [
    "Agreement",
    "Annotation",
    "Corrections",
    "CorrectionsOfModel",
    "Cost",
    "CostOfPicture",
    "Estimate",
    "Failed",
    "Failure",
    "File",
    "Image",
    "Job",
    "JobDetail",
    "Jobs",
    "Keypoint",
    "Label",
    "Lost",
    "Mask",
    "Model",
    "Models",
    "Pictures",
    "Prediction",
]

Number = Annotated[float, Field(allow_inf_nan=False)]
Point = Annotated[list[Number], Field(min_length=2, max_length=2)]


class Record(BaseModel):
    """A record without any other field."""

    model_config = ConfigDict(extra="forbid")


class Failure(Record):
    """What went wrong."""

    kind: str = Field(examples=["BusyError"])
    message: str = Field(examples=["too many requests wait for the models"])
    hint: str = Field(examples=["try again later"])


class Failed(Record):
    """The body of every answer that is no success."""

    error: Failure


class Label(Record):
    """A class of a model, with its skeleton where it has one."""

    name: str = Field(examples=["person"])
    keypoints: list[str] = Field(default=[], description="Names of the keypoints, in order.")
    bones: list[tuple[int, int]] = Field(default=[], description="Pairs of keypoints, from 0.")


class Model(Record):
    """A model that the server offers; what is null is known once it was opened."""

    name: str = Field(examples=["yolo11n"])
    version: str = Field(description="The first 12 digits of the file's sha256.")
    loaded: bool = Field(description="Whether it is open now.")
    provider: str = Field(description="What runs it while it is open.", examples=["cpu"])
    family: str | None = Field(default=None, examples=["yolo"])
    task: str | None = Field(default=None, examples=["detect"])
    input_size: tuple[int, int] | None = Field(default=None, description="Width, height.")
    labels: list[Label] = Field(default=[], description="Its classes; none while unknown.")
    problem: str = Field(default="", description="Why it cannot be used, or not be renewed.")


class Models(Record):
    """The models, and which one answers where none is named."""

    models: list[Model]
    default: str


class Image(Record):
    """Size in pixels as the picture is displayed (EXIF orientation applied)."""

    width: int
    height: int


class Mask(Record):
    """COCO's compressed run lengths."""

    size: tuple[int, int] = Field(description="Height, width.")
    counts: str


class Keypoint(Record):
    """A keypoint in pixels; `visible` is COCO's 0 not labelled, 1 hidden, 2 seen."""

    name: str
    x: Number
    y: Number
    visible: int
    score: Number | None = None


class Annotation(Record):
    """An object in pixels of the picture; what a model does not tell is left out."""

    label: str
    score: Number | None
    box: list[Number] | None = Field(description="x0, y0, x1, y1; null for a whole picture.")
    rotated: list[Number] | None = Field(
        default=None, description="cx, cy, width, height, angle in radians, clockwise."
    )
    polygons: list[list[Point]] | None = Field(
        default=None, description="Rings, holes among them: fill even-odd."
    )
    mask: Mask | None = None
    keypoints: list[Keypoint] | None = None


class Prediction(Record):
    """What a model sees in a picture, best first."""

    model: str
    version: str
    image: Image
    seconds: Number = Field(description="What decoding and model took when it was computed.")
    annotations: list[Annotation]


class File(RootModel[dict[str, Any] | list[Any]]):
    """A JSON file of the format that was asked for."""


class Pictures(Record):
    """How many there are, are done, and of those failed; zeros before the job begins."""

    total: int
    done: int
    failed: int


class Job(Record):
    """A job, as far as it is."""

    id: str
    state: Literal["waiting", "running", "done", "failed"]
    created: str = Field(description="UTC, ISO 8601.")
    model: str
    formats: list[str]
    pictures: Pictures
    failure: str = Field(default="", description="Why the job as a whole came to nothing.")


class Lost(Record):
    """A picture that could not be labelled."""

    path: str
    reason: str


class JobDetail(Job):
    """A job, and what it did."""

    objects: dict[str, int] = Field(default={}, description="Objects of each class.")
    failures: list[Lost] = []
    losses: dict[str, list[str]] = Field(
        default={}, description="What a format could not hold, by format."
    )


class Jobs(Record):
    """The jobs that the server keeps."""

    jobs: list[Job]


class CostOfPicture(Record):
    """What one picture needed; objects by their numbers in the lists that were sent, from 0."""

    path: str
    edits: dict[str, int] = Field(description="How many of each kind, as in `costs`.")
    seconds: Number
    kept: list[tuple[int, int]] = Field(description="Pairs of a pre-label and what became of it.")
    moved: list[tuple[int, int]]
    relabelled: list[tuple[int, int]]
    deleted: list[int] = Field(description="Pre-labels.")
    drawn: list[int] = Field(description="Corrected objects that no pre-label stood for.")


class Cost(Record):
    """What pictures needed, altogether and one by one."""

    costs: dict[str, Number] = Field(description="Seconds of each kind of edit.")
    edits: dict[str, int]
    seconds: Number
    seconds_per_picture: Number | None = Field(description="null where no picture was sent.")
    pictures: list[CostOfPicture]


class Estimate(Record):
    """A figure with the ends of its interval; null where there is none."""

    value: Number | None
    low: Number | None
    high: Number | None


class Agreement(BaseModel):
    """How far raters agree; docs/agree.md explains the figures."""

    raters: list[str]
    task: str = Field(description="What was compared.")
    threshold: Number
    level: Number = Field(description="So many of the intervals hold the true figure.")
    scores: dict[str, Estimate] = Field(description="f1, mean_iou, pq: means over pairs.")
    alpha: Estimate = Field(description="Krippendorff's, over matched groups of objects.")
    split: dict[str, int] = Field(description="same; what, where, only_a, only_b: how they differ.")
    pairs: list[dict[str, Any]]
    people: list[dict[str, Any]] = Field(description="Each rater against all others.")
    classes: list[dict[str, Any]]
    confusion: dict[str, Any] = Field(description="What objects of one place were called.")
    sweep: dict[str, Any] = Field(description="The figures at every threshold.")
    told: list[str] = Field(description="Facts that a reader of the figures has to know.")
    pictures: list[dict[str, Any]] | None = Field(None, description="Each picture, if asked for.")


class CorrectionsOfModel(Record):
    """Corrections of what one model had seen."""

    model: str
    version: str = Field(description="The first 12 digits of the file's sha256.")
    corrections: int
    pictures: int
    edits: dict[str, int] = Field(description="How many of each kind the shown objects needed.")
    seconds: Number = Field(description="That they stand for, by the cost table.")


class Corrections(Record):
    """The corrections that the server keeps, and what they have cost so far."""

    corrections: int
    pictures: int
    annotators: int
    pending: int = Field(description="Saved annotations that are not worked off yet.")
    measured: int = Field(description="Corrections whose time the tool told.")
    lead_time: Number = Field(description="Seconds of those, as the tool measured them.")
    first: str = Field(description="When the earliest was saved, UTC, ISO 8601; empty for none.")
    last: str
    bytes: int
    limit: int = Field(description="Bytes beyond which the oldest go.")
    costs: dict[str, Number] = Field(description="Seconds of each kind of edit.")
    models: list[CorrectionsOfModel]


def examples() -> dict[str, Any]:
    """A prediction for the documentation."""
    box = {"label": "person", "score": 0.91, "box": [48.5, 20.0, 211.0, 402.25]}
    image = {"width": 640, "height": 480}
    return {
        "model": "yolo11n",
        "version": "0b9a2b0e4c1d",
        "image": image,
        "seconds": 0.062,
        "annotations": [box],
    }
