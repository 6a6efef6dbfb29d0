"""The figures of agreement as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from prelabel.agree.record import Agreement, ByClass, Confusion, Scores
from prelabel.agree.text import likeness, rows_of, summary
from prelabel.reports import Section, charts, page, table
from prelabel.reports.markup import Html, joined, listed, paragraph

__all__ = ["report"]

LISTED = 200
"""Pictures that the page lists; the JSON file holds all."""
CONFUSED = 25
"""Classes that the table of confusion shows."""
MISTAKEN = 15
"""Two classes that stand for one object: so many are listed."""
BARS = 40
"""Classes that have a bar; the table below holds all."""
ALONE = "(nothing)"

RATERS = (
    "Each rater against the others. Confirmed: share of the rater's objects that another has too. "
    "Found: share of another's objects that the rater has. Alpha without: how far the others agree "
    "when this one is left out."
)
DIFFER = (
    "Same: one object, one class. Other class: one object, two classes. Other place: an object of "
    "the same class lies near, but not near enough. Only: the other has nothing like it."
)
TRACKS = (
    "Whether two raters follow the same objects through a clip, whatever they call them. MOTA and "
    "switches take the second one for the truth."
)
WORST = "Strong lines and captions: what somebody else does not have, or has as another class."


def report(agreement: Agreement, worst: str = "") -> str:
    """The page of an agreement; `worst` is the markup of pictures side by side."""
    title = f"Agreement: {', '.join(agreement.raters)}"
    level = f"Intervals are to hold the true figure in {agreement.level:.0%} of cases."
    lines = [*summary(agreement), level if agreement.scores.f1.low >= 0 else ""]
    lead = joined(paragraph(line) for line in lines)
    return page(title, [s for s in _sections(agreement, worst) if s.html], lead=lead)


def _sections(agreement: Agreement, worst: str) -> Iterator[Section]:
    tables = {name: table(head, rows) for name, (head, rows) in rows_of(agreement).items()}
    yield Section("To know", listed(agreement.told))
    if "raters" in tables:
        yield Section("Raters", joined((_raters(agreement), tables["raters"])), RATERS)
    yield Section("Where they differ", joined((_split(agreement), tables["pairs"])), DIFFER)
    if "clips" in tables:
        yield Section("Tracks", tables["clips"], TRACKS)
    yield Section("Thresholds", _sweep(agreement))
    if agreement.classes:
        yield Section("Classes", joined((_classes(agreement.classes), tables["classes"])))
    yield Section("Confusion", _confusion(agreement.confusion, agreement))
    yield Section("Pictures", _pictures(agreement), "Those with the most in dispute first.")
    yield Section("Most in dispute", Html(worst), WORST)


def _raters(agreement: Agreement) -> Html:
    """F1 of each rater against the others, and of each two."""
    bars = [_bar(rater.name, rater.scores) for rater in agreement.people]
    place = {name: i for i, name in enumerate(agreement.raters)}
    values = np.full((len(place), len(place)), np.nan)
    for pair in agreement.pairs:
        a, b = place[pair.a], place[pair.b]
        values[a, b] = values[b, a] = pair.scores.f1.value
    names = agreement.raters
    heat = charts.heatmap(names, names, values, title="F1 of each two", limits=(0, 1))
    return joined((charts.bars(bars, title="F1 against the others"), heat))


def _bar(name: str, scores: Scores, note: str = "") -> charts.Bar:
    return charts.Bar(name, scores.f1.value, scores.f1.low, scores.f1.high, note)


def _split(agreement: Agreement) -> Html:
    split = agreement.split
    parts = {
        "same": split.same,
        "other class": split.what,
        "other place": split.where,
        "one side only": split.missed,
    }
    total = sum(parts.values())
    bars = [charts.Bar(name, n, note=f"{n / max(total, 1):.1%}") for name, n in parts.items()]
    title = "What became of the objects, pairs counted once"
    return charts.bars(bars, title=title, limits=(0, max(total, 1)), digits=0)


def _sweep(agreement: Agreement) -> Html:
    what, sweep = likeness(agreement), agreement.sweep
    if not len(sweep.thresholds):
        return Html("")
    values = {"F1": sweep.f1, f"mean {what}": sweep.mean_iou, "PQ": sweep.pq, "alpha": sweep.alpha}
    series = [
        charts.Series(name, sweep.thresholds.tolist(), y.tolist()) for name, y in values.items()
    ]
    return charts.lines(
        series,
        title=f"Agreement over the {what} from which on two shapes are one object",
        x_title=f"least {what}",
        y_limits=(min(0.0, float(sweep.alpha.min())), 1.0),
    )


def _classes(classes: Sequence[ByClass]) -> Html:
    bars = [_bar(c.name, c.scores, f"n = {c.objects:,}") for c in classes[:BARS]]
    more = f", the {BARS} most frequent" if len(classes) > BARS else ""
    return charts.bars(bars, title=f"F1 of each class{more}")


def _confusion(confusion: Confusion, agreement: Agreement) -> Html:
    """Counts, shaded by their share of the row, the last row by that of the column.

    The last row and column are for no partner.
    """
    some = min(len(confusion.labels), CONFUSED)
    if not some:
        return Html("")
    names = [*confusion.labels[:some], ALONE]
    counts = np.zeros((some + 1, some + 1), dtype=np.int64)
    counts[:some, :some] = confusion.counts[:some, :some]
    counts[:some, some], counts[some, :some] = confusion.only_a[:some], confusion.only_b[:some]
    shades = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shades[some] = counts[some] / np.maximum(counts.sum(axis=0), 1)
    two = agreement.raters if len(agreement.raters) == 2 else ("earlier rater", "later rater")
    more = f", the {some} most frequent classes" if some < len(confusion.labels) else ""
    heat = charts.heatmap(
        names,
        names,
        counts,
        title=f"What objects in one place were called{more}",
        corner=f"{two[0]} ↓ {two[1]} →",
        shades=shades,
    )
    return joined((heat, _mistaken(confusion)))


def _mistaken(confusion: Confusion) -> Html:
    """The two classes that stand for one object most often, whoever said which."""
    both = np.triu(confusion.counts + confusion.counts.T, 1)
    order = np.argsort(-both, axis=None, kind="stable")[:MISTAKEN]
    rows, columns = np.unravel_index(order, both.shape)
    found = [
        (confusion.labels[a], confusion.labels[b], int(both[a, b]))
        for a, b in zip(rows.tolist(), columns.tolist(), strict=True)
        if both[a, b]
    ]
    title = "Classes that stand for one object most often"
    return (
        table(("one class", "other class", "objects"), found, caption=title) if found else Html("")
    )


def _pictures(agreement: Agreement) -> Html:
    pictures = agreement.pictures
    names = ("F1", f"mean {likeness(agreement)}", "same", "other class", "other place")
    head = ("picture", *names, "one side only", "raters")
    columns = [
        getattr(pictures, name)
        for name in ("f1", "mean_iou", "same", "what", "where", "missed", "raters")
    ]
    rows = [(pictures.path(i), *(c[i] for c in columns)) for i in pictures.worst(LISTED)]
    if not rows:
        return paragraph("Nothing is in dispute on any picture.")
    return table(head, rows)
