"""How far annotators, models and the truth agree on the same pictures.

`agree(panel)` answers an `Agreement`: figures with intervals for all, for each pair of raters,
rater, class and picture, confusion, and a sweep of thresholds. `prelabel.agree.text` prints it,
`prelabel.agree.html` makes it a page, `prelabel.agree.worst` shows the pictures in dispute.
"""

from prelabel.agree.asking import Asked
from prelabel.agree.collecting import agree
from prelabel.agree.record import Agreement

__all__ = ["Agreement", "Asked", "agree"]
