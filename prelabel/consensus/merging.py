"""`consensus`: what several people drew, as one dataset."""

from __future__ import annotations

from formats.dataset import Source
from formats.errors import FormatError
from prelabel.compare import Panel
from prelabel.compare.oks import sigmas_of
from prelabel.consensus import voting
from prelabel.consensus.grouping import grouped
from prelabel.consensus.joint import Likeness, joint
from prelabel.consensus.maker import Found, Maker
from prelabel.consensus.options import Options
from prelabel.consensus.result import Merged

__all__ = ["consensus"]

SOURCE = Source("consensus", "prelabel consensus")


def consensus(panel: Panel, options: Options | None = None) -> Merged:
    """Join what the raters of a panel drew.

    Shapes that all pair at the threshold are one object; it is kept where enough of those who
    looked drew it, in the shape between theirs, of the class with most votes. A picture that one
    rater looked at is kept as it is. Scores are agreement: the mean over pairs of raters who looked
    of how alike they drew the object with one class, NaN where only one looked. FormatError for a
    single rater, SettingsError for weights that cannot be.
    """
    options = options or Options()
    weight, told = voting.weights_of(panel.raters, options.weights)
    if len(panel.raters) < 2:
        raise FormatError(f"{panel.raters[0]} is the only rater: there is nothing to merge")
    task = panel.task(options.task)
    spread, notes = sigmas_of(panel.labels) if task == "keypoints" else (None, ())
    asked = Likeness(options.threshold, task, spread)
    groups = [grouped(joint(block), asked) for block in panel.pictures.blocks()]
    votes = voting.count(groups, weight, len(panel.labels), options)
    found = [
        Found(one, kept, labels, one.agreement)
        for one, kept, labels in zip(groups, votes.kept, votes.labels, strict=True)
    ]
    accuracy = () if votes.accuracy is None else tuple(votes.accuracy.tolist())
    return Maker(panel, found, weight, SOURCE).merged((*panel.told, *told, *notes), accuracy)
