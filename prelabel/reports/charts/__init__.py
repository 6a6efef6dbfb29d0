"""Charts: bars with intervals, lines with bands, heatmaps with their figures.

Each answers `Html` for a page. Figures stand as text beside or in every mark, so that a chart can
be read aloud, searched and printed without colour.
"""

from prelabel.reports.charts.bars import Bar, bars
from prelabel.reports.charts.heat import heatmap
from prelabel.reports.charts.lines import Series, lines

__all__ = ["Bar", "Series", "bars", "heatmap", "lines"]
