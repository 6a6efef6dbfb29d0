"""`prelabel serve` that leaves a trace: ``watched_serve.py TRACE PAUSE serve ...``.

Every picture that has gone through the model adds its digest to the file TRACE, so that a test can
count across processes that were killed. PAUSE is how many seconds a picture takes longer.
"""

from __future__ import annotations

import os
import sys
import time

from prelabel.commands import main
from prelabel.labeler import Labeler


def watch(trace: str, pause: float) -> None:
    """Wrap what looks at a picture; the checks of a model when it is opened do not count."""
    file = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    label = Labeler.label

    def traced(self, picture, query=None):
        time.sleep(pause)
        found = label(self, picture, query)
        os.write(file, f"{picture.digest}\n".encode())
        return found

    Labeler.label = traced


if __name__ == "__main__":
    watch(sys.argv[1], float(sys.argv[2]))
    main(sys.argv[3:])
