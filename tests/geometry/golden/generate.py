"""Writes the golden files beside it: what crowd-kit and ensemble-boxes say of drawn votes, boxes.

Run in an environment of its own with ``crowd-kit==1.4.2 ensemble-boxes==1.0.9``; together they take
a gigabyte, which is why the tests read files.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROUNDS = 30


def votes(seed, classes, raters, units):
    """Votes of raters of different skill; some units are not seen by all."""
    rng = np.random.default_rng(seed)
    truth, skill = rng.integers(0, classes, units), rng.uniform(0.5, 0.95, raters)
    return [
        (u, r, int(truth[u] if rng.random() < skill[r] else rng.integers(classes)))
        for u in range(units)
        for r in range(raters)
        if rng.random() < 0.8
    ]


def dawid_skene(seed, classes, raters, units):
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    drawn = votes(seed, classes, raters, units)
    table = pd.DataFrame(drawn, columns=["task", "worker", "label"])
    model = DawidSkene(n_iter=ROUNDS, tol=-1).fit(table)
    posterior = model.probas_.sort_index().reindex(columns=range(classes))
    errors = np.zeros((raters, classes, classes))
    for (worker, label), row in model.errors_.iterrows():
        errors[worker, :, label] = row.reindex(range(classes))
    return {
        "votes": drawn,
        "classes": classes,
        "units": posterior.index.tolist(),
        "posterior": posterior.round(12).to_numpy().tolist(),
        "prior": model.priors_.reindex(range(classes)).round(12).tolist(),
        "confusion": errors.round(12).tolist(),
    }


def models(rng, count, objects):
    """Boxes that some models found of drawn objects, in shares of the picture."""
    low = rng.uniform(0, 0.7, (objects, 2))
    truth = np.hstack([low, low + rng.uniform(0.05, 0.3, (objects, 2))])
    labels = rng.integers(0, 3, objects)
    for _ in range(count):
        seen = rng.random(objects) < 0.8
        boxes = np.clip(truth[seen] + rng.normal(0, 0.01, (seen.sum(), 4)), 0, 1)
        yield boxes.round(6), rng.random(seen.sum()).round(6), labels[seen]


def fusion(seed, objects, weights, score):
    from ensemble_boxes import weighted_boxes_fusion

    boxes, scores, labels = zip(*models(np.random.default_rng(seed), 3, objects), strict=True)
    kind = {"mean": "avg", "max": "max"}[score]
    fused = weighted_boxes_fusion(
        boxes, scores, labels, weights=weights, iou_thr=0.55, skip_box_thr=0.1, conf_type=kind
    )
    return {
        "models": np.repeat(range(3), [len(b) for b in boxes]).tolist(),
        "boxes": np.concatenate(boxes).tolist(),
        "scores": np.concatenate(scores).tolist(),
        "labels": np.concatenate(labels).tolist(),
        "weights": weights,
        "score": score,
        "fused": [np.asarray(column).round(9).tolist() for column in fused],
    }


def main():
    cases = [dawid_skene(*case) for case in ((1, 2, 3, 30), (2, 4, 5, 60), (3, 6, 4, 80))]
    (HERE / "dawid_skene.json").write_text(json.dumps(cases) + "\n")
    found = [
        fusion(seed, objects, weights, score)
        for seed, objects in ((1, 5), (2, 40))
        for weights in (None, [1.0, 2.0, 0.5])
        for score in ("mean", "max")
    ]
    (HERE / "fusion.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
