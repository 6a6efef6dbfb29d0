"""Several raters' labels of the same pictures as one dataset.

`consensus(panel, options)` joins what people drew: which shapes are one object, whether enough saw
it, the shape in the middle, the class by votes. `fuse(panel, options)` joins what models found, by
weighted box fusion. Both give a `Merged`: the dataset, and how far raters agree on each picture.
"""

from prelabel.consensus.fusing import fuse
from prelabel.consensus.merging import consensus
from prelabel.consensus.options import FuseOptions, Options
from prelabel.consensus.result import Merged, Seen

__all__ = ["FuseOptions", "Merged", "Options", "Seen", "consensus", "fuse"]
