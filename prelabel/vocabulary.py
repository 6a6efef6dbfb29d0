"""Which classes a job writes, and which of them each class of the model becomes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from formats.dataset import Label
from formats.errors import UnknownName
from formats.labels import find
from prelabel.errors import JobError

__all__ = ["Vocabulary", "check_names", "of"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`labels` of the outputs; `index[i]` is the one that the model's class i becomes, -1: none.

    `left_out` names the model's classes that become none.
    """

    labels: tuple[Label, ...]
    index: tuple[int, ...]
    left_out: tuple[str, ...] = ()


def of(
    model: Sequence[Label], dataset: Sequence[Label] | None, renamed: Mapping[str, str]
) -> Vocabulary:
    """The classes of a job.

    `model`: the model's classes; `dataset`: the categories of the dataset that is labelled, which
    are kept and matched by name (case and blanks aside), None without a dataset; `renamed`:
    from names of the model to names of the outputs, "" for a class that is not wanted.
    """
    check_names(renamed, model, "--labels-map")
    names = [renamed.get(label.name, label.name) for label in model]
    labels = tuple(dataset) if dataset is not None else _distinct(model, names)
    index = tuple(find(name, labels) if name else -1 for name in names)
    if max(index, default=-1) < 0:
        raise _strangers(model, labels)
    left_out = tuple(label.name for label, i in zip(model, index, strict=True) if i < 0)
    return Vocabulary(_with_skeletons(labels, model, index), index, left_out)


def check_names(names: Iterable[str], model: Sequence[Label], where: str) -> None:
    """UnknownName for the first name that is no class of the model, with those it resembles."""
    known = [label.name for label in model]
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            guess = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
            listed = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
            raise UnknownName(
                f"the model has no class {name!r}", where=where, hint=f"{guess}it has: {listed}"
            )


def _distinct(model: Sequence[Label], names: Sequence[str]) -> tuple[Label, ...]:
    """One label per name, in the model's order; the first class of a name gives the rest.

    The model's index is no id: outputs number their categories themselves.
    """
    found: dict[str, Label] = {}
    for label, name in zip(model, names, strict=True):
        if name:
            found.setdefault(name, replace(label, name=name, id=None))
    return tuple(found.values())


def _with_skeletons(
    labels: Sequence[Label], model: Sequence[Label], index: Sequence[int]
) -> tuple[Label, ...]:
    """A category without keypoints takes those of the model's class."""
    filled = list(labels)
    for label, i in zip(model, index, strict=True):
        if i >= 0 and label.keypoints and not filled[i].keypoints:
            filled[i] = replace(
                filled[i], keypoints=label.keypoints, bones=label.bones, mirror=label.mirror
            )
    return tuple(filled)


def _strangers(model: Sequence[Label], labels: Sequence[Label]) -> JobError:
    theirs = ", ".join(label.name for label in model[:8])
    ours = ", ".join(label.name for label in labels[:8])
    return JobError(
        f"no class of the model ({theirs}, ...) is a category of the dataset ({ours}, ...)",
        hint="say which is which with --labels-map FILE",
    )
