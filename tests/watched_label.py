"""`prelabel label` that leaves a trace: ``watched_label.py TRACE PAUSE EXPORT_PAUSE label ...``.

Every picture that goes through the model adds its digest to the file TRACE, so that a test can
count across processes that were killed. PAUSE and EXPORT_PAUSE are seconds that labelling and
exporting one picture take longer, so that a signal can fall between two.
"""

from __future__ import annotations

import os
import sys
import time

from prelabel import export
from prelabel.commands import main
from prelabel.work import Work


def watch(trace: str, pause: float, export_pause: float) -> None:
    """Wrap what labels a picture, and what reads one for the export."""
    file = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    label, items = Work.label, export._items

    def traced(self, picture, run):
        os.write(file, f"{picture.digest}\n".encode())
        time.sleep(pause)
        return label(self, picture, run)

    def slow(journal, units):
        for item in items(journal, units):
            time.sleep(export_pause)
            yield item

    Work.label, export._items = traced, slow


if __name__ == "__main__":
    watch(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
    main(sys.argv[4:])
