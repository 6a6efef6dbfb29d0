"""Several people's or models' labels of the same pictures, compared.

`panel` sets datasets side by side: one rater each, or several where a dataset says who drew what.
`match` pairs the shapes of two raters; `figures` counts the pairs.
"""

from prelabel.compare.figures import Figures, figures
from prelabel.compare.matching import Match, match
from prelabel.compare.panel import Panel, Picture, panel
from prelabel.compare.similarity import similar
from prelabel.compare.tasks import TASKS

__all__ = [
    "TASKS",
    "Figures",
    "Match",
    "Panel",
    "Picture",
    "figures",
    "match",
    "panel",
    "similar",
]
