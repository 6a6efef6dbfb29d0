"""`python -m benchmarks [--real-data DIR] [--rounds 5]`: what labelling takes, one table each.

`python -m benchmarks formats ...`: those of conversions, see `benchmarks.formats`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import formats, label, machine, memory
from benchmarks.pictures import gather
from prelabel import weights

PICTURES = 200


def main() -> None:
    """Measure with nothing else running; the load is part of the table."""
    if sys.argv[1:2] == ["formats"]:
        formats.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--real-data", type=Path, help="folder of the real models and pictures")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    models = [weights.path("segment"), weights.path("pose")]
    if asked.real_data:
        models.insert(0, asked.real_data / "models" / "yolov8n_640_w16.onnx")
    print(machine.describe())
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        pictures = gather(scratch / "pictures", PICTURES, asked.real_data)
        for model in models:
            print(*label.measure(model, pictures, scratch, asked.rounds).lines(), sep="\n")
        print(*memory.growth(weights.path("segment"), asked.real_data, scratch), sep="\n")


if __name__ == "__main__":
    main()
