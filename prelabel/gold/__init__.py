"""Gold checks: pictures of known truth among the others, and how annotators do on them.

`pick` chooses pictures so that rare classes are among them; `score` compares every annotator with
the truth, with intervals, gives weights for a consensus, and says who has changed over time.
"""

from prelabel.gold.picking import Pick, pick
from prelabel.gold.result import Checked, Drift, Rater
from prelabel.gold.scoring import score

__all__ = ["Checked", "Drift", "Pick", "Rater", "pick", "score"]
