"""Agreement of two annotators at scale: CPU seconds and peak memory, beside pycocotools' evaluate.

`python -m benchmarks.agree [--pictures 5000 10000 100000] [--format native]`. Two annotators of
drawn pictures, 7.2 objects of 80 classes each on average; the second has every box a little off,
some missed, some of another class. Each way runs as a process of its own: the whole command
(reading, all figures, 1,000 draws for the intervals), and pycocotools' reading and `evaluate` of
the same objects as COCO files, with ten thresholds of IoU and one area range.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import formats
from benchmarks import machine
from formats.annotations import Annotations
from formats.dataset import Chunk, Dataset, Item, Label

CLASSES, OBJECTS, SIZE = 80, 7.2, (640, 480)
CHUNK = 2000
MISSED, SWAPPED, OFF = 0.1, 0.05, 0.06

PEER = """
import sys, json, time, contextlib, io, resource
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO(sys.argv[1])
    run = COCOeval(truth, truth.loadRes(sys.argv[2]), "bbox")
    run.params.areaRng, run.params.areaRngLbl = run.params.areaRng[:1], run.params.areaRngLbl[:1]
    before = time.process_time()
    run.evaluate()
print(json.dumps(time.process_time() - before))
"""


def chunks(pictures: int, annotator: int):  # noqa: ANN201 - chunks as `Dataset` wants them
    """What one of the two annotators drew."""
    for start in range(0, pictures, CHUNK):
        yield chunk(start, min(CHUNK, pictures - start), annotator)


def chunk(start: int, count: int, annotator: int) -> Chunk:
    """The pictures from `start` on."""
    rng = np.random.default_rng([7, start])
    images = np.repeat(np.arange(count), rng.poisson(OBJECTS, count))
    n = len(images)
    side = rng.uniform(20, 160, (n, 2))
    corner = rng.uniform(0, 1, (n, 2)) * (np.array(SIZE) - side)
    labels = np.minimum(rng.exponential(8, n), CLASSES - 1).astype(np.int32)
    boxes = np.hstack([corner, corner + side])
    if annotator:
        own = np.random.default_rng([8, start])
        boxes = boxes + own.normal(0, OFF, (n, 4)) * np.tile(side, 2)
        labels = np.where(own.random(n) < SWAPPED, (labels + 1) % CLASSES, labels)
        keep = own.random(n) >= MISSED
        images, labels, boxes = images[keep], labels[keep], boxes[keep]
    items = [Item(f"{start + k:07}.jpg", SIZE, id=start + k + 1) for k in range(count)]
    table = Annotations.of(len(images), images=images, boxes=boxes.round(2), labels=labels)
    return Chunk(items, table, np.ones(count, dtype=bool))


def dataset(pictures: int, annotator: int) -> Dataset:
    """The pictures of one annotator, drawn as they are walked."""
    labels = tuple(Label(f"class {k:02}", k + 1) for k in range(CLASSES))
    return Dataset(labels, lambda: chunks(pictures, annotator))


def measured(command: list[str]) -> tuple[float, float, str]:
    """CPU seconds, peak MiB and output of a process."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    if status:
        sys.exit(f"{command[:4]} ended with status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def coco_files(folder: Path, pictures: int) -> tuple[Path, Path]:
    """The truth as one COCO file, and the other annotator's as results."""
    truth, results = folder / "truth.json", folder / "results.json"
    rows = [list(_rows(pictures, annotator)) for annotator in (0, 1)]
    about = {
        "images": [{"id": k + 1, "width": SIZE[0], "height": SIZE[1]} for k in range(pictures)],
        "categories": [{"id": k + 1, "name": f"class {k:02}"} for k in range(CLASSES)],
    }
    truth.write_text(json.dumps({**about, "annotations": rows[0]}))
    results.write_text(json.dumps([{**row, "score": 1.0} for row in rows[1]]))
    return truth, results


def _rows(pictures: int, annotator: int):  # noqa: ANN202
    number = 0
    for part in chunks(pictures, annotator):
        table = part.annotations
        sides = (table.boxes[:, 2:] - table.boxes[:, :2]).tolist()
        for k, (x, y, _, _) in enumerate(table.boxes.tolist()):
            number += 1
            yield {
                "id": number,
                "image_id": part.items[int(table.images[k])].id,
                "category_id": int(table.labels[k]) + 1,
                "bbox": [x, y, *sides[k]],
                "area": sides[k][0] * sides[k][1],
                "iscrowd": 0,
            }


def measure(folder: Path, pictures: int, format_: str, peer: bool) -> str:
    """One line of the table."""
    paths = []
    for annotator, name in enumerate(("anna", "bob")):
        paths.append(str(folder / f"{name}-{pictures}"))
        formats.write(dataset(pictures, annotator), Path(paths[-1]), format_)
    own, memory, _ = measured([sys.executable, "-m", "prelabel", "agree", *paths])
    line = f"{pictures:>8,}  {own:8.1f}  {memory:8.0f}"
    if not peer:
        return line
    files = coco_files(folder, pictures)
    whole, held, said = measured([sys.executable, "-c", PEER, *map(str, files)])
    alone = float(said)
    ratios = f"{own / alone:12.2f}  {own / whole:12.2f}"
    return f"{line}  {alone:9.1f}  {whole:9.1f}  {held:8.0f}  {ratios}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.agree", description=__doc__)
    parser.add_argument("--pictures", type=int, nargs="+", default=[5000, 10_000, 100_000])
    parser.add_argument("--format", default="native")
    parser.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args()
    print(machine.describe())
    print("                 prelabel agree    pycocotools                   ours to")
    print("pictures   CPU s      MiB   evaluate  with load       MiB   evaluate   with load")
    for pictures in asked.pictures:
        with tempfile.TemporaryDirectory() as folder:
            print(measure(Path(folder), pictures, asked.format, asked.peer), flush=True)


if __name__ == "__main__":
    main()
