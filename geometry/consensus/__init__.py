"""What several raters drew, as one: which shapes are one object, and the shape in their middle.

`clusters` says which rows are one object; the other functions give one shape for every cluster:
the median of three or more, the weighted mean of two, a vote over the ground they cover.
"""

from geometry.consensus.boxes import boxes
from geometry.consensus.clusters import clusters
from geometry.consensus.keypoints import keypoints
from geometry.consensus.masks import mask
from geometry.consensus.middle import middle
from geometry.consensus.polygons import polygon
from geometry.consensus.rotated import rotated

__all__ = ["boxes", "clusters", "keypoints", "mask", "middle", "polygon", "rotated"]
