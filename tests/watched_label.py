"""`prelabel label` that leaves a trace: ``watched_label.py TRACE SLEEP label ...``.

Every picture that goes through the model adds its digest to the file TRACE, so that a test can
count across processes that were killed. SLEEP is how many seconds the export takes per picture, so
that a kill can fall into it.
"""

from __future__ import annotations

import os
import sys
import time

from prelabel import export
from prelabel.commands import main
from prelabel.work import Work


def watch(trace: str, sleep: float) -> None:
    """Wrap what labels a picture, and what reads one for the export."""
    file = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    label, items = Work.label, export._items

    def traced(self, picture, run):
        os.write(file, f"{picture.digest}\n".encode())
        return label(self, picture, run)

    def slow(journal, units):
        for item in items(journal, units):
            time.sleep(sleep)
            yield item

    Work.label, export._items = traced, slow


if __name__ == "__main__":
    watch(sys.argv[1], float(sys.argv[2]))
    main(sys.argv[3:])
