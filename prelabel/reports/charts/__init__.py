"""Charts: bars with intervals, lines with bands, heatmaps with their figures.

Each answers `Html` for a page. Figures stand as text beside or in every mark, so that a chart can
be read aloud, searched and printed without colour.
"""

from prelabel.reports.charts.barchart import Bar, bars
from prelabel.reports.charts.heatchart import heatmap
from prelabel.reports.charts.linechart import Series, lines

__all__ = ["Bar", "Series", "bars", "heatmap", "lines"]
