"""Errors of pictures, addresses, models and jobs, and the exit code of each."""

from formats.errors import FormatError, PrelabelError, UnknownName
from geometry.errors import GeometryError

__all__ = [
    "EXIT_CODES",
    "PARTIAL",
    "BusyError",
    "CancelledError",
    "DeadlineError",
    "DownloadError",
    "FetchError",
    "FetchRefused",
    "ImageError",
    "JobError",
    "ModelError",
    "PrelabelError",
    "SettingsError",
    "exit_code",
]


class SettingsError(PrelabelError, ValueError):
    """A setting, flag or environment variable with a value that cannot be used."""


class ImageError(PrelabelError, ValueError):
    """Bytes that are not a picture, or a picture that is broken or too large."""


class FetchError(PrelabelError, OSError):
    """An address or file whose bytes could not be had."""


class FetchRefused(FetchError):  # noqa: N818 - the guard's answer, not a fault
    """An address that the guard does not allow."""


class ModelError(PrelabelError, RuntimeError):
    """A model file that cannot be used: not ONNX, unknown family, failed check."""


class DownloadError(ModelError, OSError):
    """A model that could not be downloaded whole."""


class BusyError(PrelabelError, RuntimeError):
    """The queue is full; try again later."""


class DeadlineError(PrelabelError, TimeoutError):
    """The time that a request had is over, and its answer is not there."""


class CancelledError(PrelabelError, RuntimeError):
    """Nobody wants the answer any more: the client went away, or the request was given up."""


class JobError(PrelabelError, RuntimeError):
    """A batch job that cannot start or go on: locked folder, other settings, no source."""


PARTIAL = 1
"""Exit code of a job that finished although some pictures failed."""

EXIT_CODES: dict[type[PrelabelError], int] = {
    SettingsError: 2,
    UnknownName: 2,
    FormatError: 3,
    GeometryError: 3,
    ImageError: 4,
    FetchError: 5,
    ModelError: 6,
    JobError: 7,
    BusyError: 8,
    DeadlineError: 9,
    CancelledError: 9,
}


def exit_code(error: PrelabelError) -> int:
    """The exit code of the first class in the error's line of descent that has one, else 1."""
    return next((EXIT_CODES[c] for c in type(error).__mro__ if c in EXIT_CODES), 1)
