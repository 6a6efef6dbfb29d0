"""Reports: one HTML page that holds all it shows, its tables, charts and pictures; terminal tables.

A report is `page(title, sections)`: each `Section` has a heading and markup, which `table`,
`charts` and `pictures` make. The page needs no network and no second file, follows the light or
dark setting of the system, and its own policy forbids every script but its own. Plain texts are
escaped wherever they come in; only what is `Html` already stands as it is.

`prelabel.reports.pictures` loads OpenCV and is therefore imported by itself.
"""

from prelabel.reports import charts
from prelabel.reports.cells import Estimate
from prelabel.reports.markup import Html
from prelabel.reports.page import Section, page, save
from prelabel.reports.tables import table

__all__ = ["Estimate", "Html", "Section", "charts", "page", "save", "table"]
