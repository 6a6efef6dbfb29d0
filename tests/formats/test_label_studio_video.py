"""Tracks of clips in Label Studio's regions, held against what its editor draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import label_studio_player as player
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Label, Media
from formats.label_studio import config
from formats.label_studio.config import LabelConfig
from formats.label_studio.video import decoding, heads, routing
from formats.label_studio.video.encoding import Shot, encode
from formats.label_studio.video.timing import framerate, shown
from formats.losses import Losses
from formats.tracks.dense import dense
from formats.tracks.grid import Grid, steady
from geometry import boxes, rotated
from geometry.tracks.interpolation import interpolate
from geometry.tracks.track import Track

SIZE = (320, 240)
LABELS = (Label("car"), Label("person"))
CHOICES = '<Choices name="colour" toName="video" perRegion="true"><Choice value="red"/></Choices>'
EXACT = 1e-6
"""Pixels: percents have twelve digits where they are read back."""


def view(rate: str = 'framerate="25"', more: str = "") -> LabelConfig:
    inside = "".join(f'<Label value="{label.name}"/>' for label in LABELS)
    drawn = f'<Video name="video" value="$clip" {rate}/><VideoRectangle name="b" toName="video"/>'
    return config.parse(
        f'<View><Labels name="l" toName="video">{inside}</Labels>{more}{drawn}</View>'
    )


CONFIG = view()
ROUTES = routing.once(CONFIG, LABELS)


def shot(count: int = 40, fps: float = 25, rate: float | None = None) -> Shot:
    return Shot.of(Grid.of(steady(count, fps), rate), SIZE)


def regions(table: Annotations, on: Shot, **options: Any) -> list[dict[str, Any]]:
    return encode(table, ROUTES, on, **{"exact": True, "config": CONFIG, **options})


def region(*sequence: dict[str, Any], **more: Any) -> dict[str, Any]:
    value = {"framesCount": 40, "duration": 1.6, "sequence": list(sequence), "labels": ["car"]}
    head = {"from_name": "b", "to_name": "video", "type": "videorectangle"}
    return {"id": "a", **head, "value": value, **more}


def key(frame: int, x: float = 10, enabled: bool | None = True, **more: Any) -> dict[str, Any]:
    told = {"frame": frame, "x": x, "y": 20, "width": 10, "height": 20, "rotation": 0}
    return {**told, **({} if enabled is None else {"enabled": enabled}), **more}


def present(table: Annotations, rule: str = "label-studio") -> list[tuple[int, float]]:
    """(frame, left edge) wherever the first track is, by every frame."""
    whole = dense(table, rule)
    return [(int(f), float(b[0])) for f, b in zip(whole.images, whole.boxes, strict=True)]


@st.composite
def tracks(draw: Any, frames: int = 40) -> Annotations:
    """One or two walking boxes that come and go."""
    parts = []
    for track in range(draw(st.integers(1, 2))):
        seen = draw(st.lists(st.booleans(), min_size=frames, max_size=frames))
        stays = draw(st.integers(1, 12))
        at = [f for f in range(frames) if seen[f // stays * stays]] or [draw(st.integers(0, 39))]
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        steps = rng.normal(0, draw(st.sampled_from([0.0, 0.5, 2.0])), (frames, 2))
        start = np.array([40.0, 30.0]) + rng.uniform(0, 2, 2) * np.arange(frames)[:, None]
        corner = start + steps
        shape = np.concatenate([corner, corner + rng.uniform(30, 60, 2)], axis=1)[at]
        more = {"tracks": np.full(len(at), track), "labels": np.full(len(at), track)}
        scores = rng.uniform(0, 1, len(at))
        parts.append(Annotations.of(len(at), images=at, boxes=shape, scores=scores, **more))
    return Annotations.concat(parts)


RATES = st.sampled_from([None, 24.0, 25.0, 15.0, 10.0, 30.0, 60.0])


@FEW
@given(table=tracks(), rate=RATES, tolerance=st.sampled_from([0.7, 0.9, None]))
def test_every_number_shows_the_box_of_its_frame(
    table: Annotations, rate: float | None, tolerance: float | None
) -> None:
    """The promise of the fewest keyframes, on the tool's own grid, as the editor draws it."""
    on = shot(rate=rate)
    found = {r["meta"]["track"]: r["value"] for r in regions(table, on, tolerance=tolerance)}
    losses = Losses()
    regions(table, on, tolerance=tolerance, losses=losses)
    for track in set(table.tracks.tolist()):
        rows = table[table.tracks == track]
        own = dict(zip(rows.images.tolist(), rows.boxes, strict=True))
        for number in range(1, on.grid.count + 1):
            frame = int(on.grid.source([number])[0])
            told = player.drawn(found[track]["sequence"], number)
            assert (told is not None) == (frame in own) or losses.warnings, (number, frame)
            if told is not None and frame in own:
                close = boxes.iou(player.box(told, SIZE)[None], own[frame][None])[0, 0]
                assert close >= (tolerance or 1) - 1e-9, (number, frame)


@FEW
@given(table=tracks(), rate=RATES, tolerance=st.sampled_from([0.8, None]))
def test_what_is_read_is_what_the_editor_draws(
    table: Annotations, rate: float | None, tolerance: float | None
) -> None:
    on = shot(rate=rate)
    made = regions(table, on, tolerance=tolerance)
    back = decoding.decode(made, LABELS, on)
    for each in made:
        sequence = each["value"]["sequence"]
        whole = dense(back[back.tracks == each["meta"]["track"]], "linear")
        own = dict(zip(whole.images.tolist(), whole.boxes, strict=True))
        for frame in set(on.grid.source(range(1, on.grid.count + 1)).tolist()):
            told = player.drawn(sequence, number_of(frame, sequence, on.grid))
            assert (told is not None) == (frame in own), frame
            if told is not None:
                np.testing.assert_allclose(own[frame], player.box(told, SIZE), atol=EXACT)


def number_of(frame: int, sequence: list[dict[str, Any]], grid: Grid) -> int:
    """The first number that shows a frame, or the first of a keyframe there."""
    keys = [one["frame"] for one in sequence]
    shown = range(int(grid.positions()[frame]), int(grid.ends()[frame]) + 1)
    return next((n for n in shown if n in keys), shown[0])


@FEW
@given(table=tracks())
def test_a_dense_table_comes_back(table: Annotations) -> None:
    """At the clip's own rate, with every row a keyframe: numbers, classes, scores, tracks."""
    on = shot()
    back = dense(decoding.decode(regions(table, on), LABELS, on), "label-studio")
    for name in ("images", "tracks", "labels"):
        np.testing.assert_array_equal(ordered(back, name), ordered(table, name))
    for name in ("boxes", "scores"):
        np.testing.assert_allclose(ordered(back, name), ordered(table, name), atol=EXACT)


def ordered(table: Annotations, name: str) -> Any:
    return getattr(table[np.lexsort((table.images, table.tracks))], name)


@FEW
@given(table=tracks(), tolerance=st.sampled_from([0.8, None]), rate=RATES)
def test_what_was_read_is_written_again(
    table: Annotations, tolerance: float | None, rate: float | None
) -> None:
    """Keyframe by keyframe, where every number has a frame of its own."""
    on = shot(rate=rate if rate in (None, 25.0) else None)
    made = regions(table, on, tolerance=tolerance)
    again = regions(decoding.decode(made, LABELS, on), on)
    assert len(again) == len(made)
    for a, b in zip(made, again, strict=True):
        assert a["value"]["labels"] == b["value"]["labels"]
        for one, two in zip(a["value"]["sequence"], b["value"]["sequence"], strict=True):
            assert one["frame"] == two["frame"]
            assert one["enabled"] == two["enabled"]
            numbers = ([d[n] for n in (*player.NAMES, "rotation", "time")] for d in (one, two))
            np.testing.assert_allclose(*numbers, atol=EXACT)


SPANS = [
    pytest.param([key(3, enabled=False)], [2], id="a single number"),
    pytest.param([key(3), key(6, enabled=False)], [2, 3, 4, 5], id="up to and with the last"),
    pytest.param([key(38)], [37, 38, 39], id="to the end of the clip"),
    pytest.param([key(3, enabled=False), key(6, enabled=False)], [2, 5], id="twice"),
    pytest.param([key(3), key(5, enabled=None)], [2, 3, 4], id="what is not said to go on ends"),
    pytest.param([key(5, enabled=False), key(3)], [2, 3, 4], id="out of order"),
    pytest.param([key(3), key(3, enabled=False)], [2], id="one number twice"),
    pytest.param([key(3), key(4, auto=True), key(5, enabled=False)], [2, 3, 4], id="interpolated"),
    pytest.param([key(99)], [39], id="beyond the end"),
]


@pytest.mark.parametrize(("sequence", "frames"), SPANS)
def test_where_a_track_is(sequence: list[dict[str, Any]], frames: list[int]) -> None:
    losses = Losses()
    table = decoding.decode([region(*sequence)], LABELS, shot(), losses)
    assert not losses
    assert [frame for frame, _ in present(table)] == frames
    assert table.flagged(Flag.KEYFRAME).any()


def test_of_one_number_twice_the_first_has_the_shape() -> None:
    table = decoding.decode([region(key(3, 10), key(3, 50), key(9, 10))], LABELS, shot())
    assert table.boxes[0, 0] == 32.0


def test_between_keyframes_nothing_is_made_at_the_clips_own_rate() -> None:
    table = decoding.decode([region(key(3, 10), key(9, 40, False))], LABELS, shot())
    assert table.images.tolist() == [2, 8]
    assert present(table)[1] == (3, 48.0)


@pytest.mark.parametrize(("start", "stop"), [(350, 10), (10, 350), (0, 180), (90, 270), (0, 90)])
def test_a_box_turns_as_in_the_editor(start: int, stop: int) -> None:
    """About its corner and the short way; half a turn goes clockwise. So does geometry's rule."""
    sequence = [key(3, 40, rotation=start), key(13, 50, False, rotation=stop)]
    table = dense(decoding.decode([region(*sequence)], LABELS, shot()), "label-studio")
    assert table.rotated is not None
    assert (table.kinds == Kind.ROTATED).all()
    nodes = table.rotated[[0, -1]]
    track = Track(np.array([3, 13]), rotated.bounds(nodes), rotated=nodes)
    ruled = interpolate(track, np.arange(3, 14), rule="label-studio").rotated
    assert ruled is not None
    for row, number in enumerate(range(3, 14)):
        told = player.drawn(sequence, number)
        assert told is not None
        corners = turned(told)
        np.testing.assert_allclose(rotated.corners(table.rotated[[row]])[0], corners, atol=EXACT)
        np.testing.assert_allclose(rotated.corners(ruled[[row]])[0], corners, atol=EXACT)


def turned(told: list[float]) -> np.ndarray:
    """The corners (4, 2) in pixels of what the editor draws."""
    x, y, w, h = np.array(told[:4]) * np.tile(SIZE, 2) / 100
    angle = np.radians(told[4])
    along = w * np.array([np.cos(angle), np.sin(angle)])
    down = h * np.array([-np.sin(angle), np.cos(angle)])
    start = np.array([x, y])
    return np.array([start, start + along, start + along + down, start + down])


@FEW
@given(
    spin=st.floats(-0.3, 0.3),
    facing=st.floats(-3, 3),
    place=st.tuples(st.floats(30, 290), st.floats(30, 210)),
)
def test_rotated_tracks_come_back(spin: float, facing: float, place: tuple[float, float]) -> None:
    """Also beside the edge, where some corner is beyond it."""
    frames = np.arange(12)
    five = np.column_stack([np.tile([*place, 50, 30], (12, 1)), facing + spin * frames])
    same = {"tracks": np.zeros(12), "kinds": np.full(12, Kind.ROTATED)}
    table = Annotations.of(12, images=frames, boxes=rotated.bounds(five), rotated=five, **same)
    losses = Losses()
    made = regions(table, shot(12), losses=losses, tolerance=0.95)
    back = dense(decoding.decode(made, LABELS, shot(12)), "label-studio")
    assert not losses
    assert back.rotated is not None
    pairs = [rotated.iou(a[None], b[None])[0, 0] for a, b in zip(back.rotated, five, strict=True)]
    least = 0.95 if not losses.warnings else 0.9
    assert min(pairs) >= least - 1e-9


def test_a_rotated_box_that_is_level_stays_one() -> None:
    five = np.array([[60.0, 60, 40, 20, 0]] * 2)
    more = {"tracks": [0, 0], "kinds": [Kind.ROTATED] * 2, "boxes": rotated.bounds(five)}
    table = Annotations.of(2, images=[0, 1], rotated=five, **more)
    back = decoding.decode(regions(table, shot()), LABELS, shot())
    assert (back.kinds == Kind.ROTATED).all()


def test_answers_about_a_region_come_back() -> None:
    """The per-region choices of a person stay with the track that they were made for."""
    answer = {"id": "a", "from_name": "colour", "to_name": "video", "type": "choices"}
    results = [region(key(3), key(9, enabled=False)), {**answer, "value": {"choices": ["red"]}}]
    table = decoding.decode(results, LABELS, shot())
    assert [dict(each) for each in table.attributes] == [{"colour": "red"}] * 2
    both = view(more=CHOICES)
    first, second = encode(table, routing.once(both, LABELS), shot(), config=both)
    assert second == {**answer, "id": first["id"], "value": {"choices": ["red"]}}
    losses = Losses()
    assert len(encode(table, ROUTES, shot(), config=CONFIG, losses=losses)) == 1
    assert len(list(losses)) == 1


def test_a_track_has_the_class_of_most_of_its_rows_and_the_best_score() -> None:
    shape = np.tile([10.0, 10, 50, 60], (5, 1))
    more = {"tracks": np.zeros(5), "labels": [1, 0, 1, 1, 0], "scores": [0.2, 0.9, 0.5, 0.4, 0.3]}
    losses = Losses()
    (made,) = regions(
        Annotations.of(5, images=range(5), boxes=shape, **more),
        shot(),
        losses=losses,
        tolerance=0.5,
    )
    assert made["value"]["labels"] == ["person"]
    assert made["score"] == 0.9
    assert [loss.count for loss in losses] == [2]


def test_a_threshold_is_held_against_the_best_score() -> None:
    shape = np.tile([10.0, 10, 50, 60], (2, 1))
    table = Annotations.of(2, images=[0, 1], boxes=shape, tracks=[0, 0], scores=[0.2, 0.6])
    for conf, count in ((0.5, 1), (0.7, 0)):
        text = f'<VideoRectangle name="b" toName="video" model_score_threshold="{conf}"/>'
        made = config.parse(
            '<View><Labels name="l" toName="video"><Label value="car"/></Labels>'
            f'<Video name="video" value="$clip"/>{text}</View>'
        )
        assert len(encode(table, routing.routes(made, LABELS), shot())) == count


def losses_of(table: Annotations, **options: Any) -> dict[str, int]:
    losses = Losses()
    regions(table, shot(), losses=losses, **options)
    return {loss.what: loss.count for loss in losses}


def test_what_cannot_be_shown_is_counted() -> None:
    one = {"images": [0], "boxes": [[10, 10, 50, 60]], "tracks": [0]}
    assert losses_of(Annotations.of(1, **one)) == {}
    beyond = {**one, "boxes": [[-10, 10, 50, 60]]}
    assert len(losses_of(Annotations.of(1, **beyond))) == 1
    outside = {**one, "boxes": [[-50, 10, -10, 60]]}
    assert len(losses_of(Annotations.of(1, **outside))) == 2
    nowhere = {**one, "boxes": [[np.nan] * 4]}
    assert len(losses_of(Annotations.of(1, **nowhere))) == 1
    assert losses_of(Annotations.of(1, **one, flags=[Flag.OCCLUDED])) == {"flags": 1}
    points = {"kinds": [Kind.POINTS], "keypoints": np.ones((1, 2, 3))}
    assert sum(losses_of(Annotations.of(1, **one, **points)).values()) == 2
    assert len(losses_of(Annotations.of(1, **{**one, "kinds": [Kind.TAG]}))) == 1


def test_boxes_of_no_track_are_tracks_of_one_frame() -> None:
    table = Annotations.of(2, images=[3, 4], boxes=[[10, 10, 50, 60]] * 2)
    made = regions(table, shot())
    assert [[k["frame"] for k in r["value"]["sequence"]] for r in made] == [[4], [5]]
    assert len({r["id"] for r in made}) == 2


def test_a_frame_beyond_the_clip_is_an_error() -> None:
    table = Annotations.of(1, images=[40], boxes=[[10, 10, 50, 60]], tracks=[0])
    with pytest.raises(ValueError, match="frame 40 of a clip of 40"):
        regions(table, shot())


@pytest.mark.parametrize(
    "value",
    [
        {"sequence": []},
        {"sequence": 3},
        {"sequence": [3]},
        {"sequence": [{"frame": 1}]},
        {"sequence": [key("a")]},  # type: ignore[arg-type]
        {"sequence": [key(1, float("nan"))]},
    ],
)
def test_a_broken_sequence_is_counted(value: dict[str, Any]) -> None:
    losses = Losses()
    broken = region(id="broken")
    broken["value"] = {**value, "labels": ["car"]}
    good = region(key(3, enabled=False))
    assert decoding.decode([broken, good], LABELS, shot(), losses).images.tolist() == [2]
    assert sum(loss.count for loss in losses) == 1


def test_a_note_on_a_track_is_counted() -> None:
    losses = Losses()
    notes = {"a": "a", "b": "look"}  # models repeat the id
    told = [region(key(1), id=own, meta={"text": [text]}) for own, text in notes.items()]
    decoding.decode(told, LABELS, shot(), losses)
    assert {loss.what: loss.count for loss in losses} == {"text on a region": 1}


def test_tracks_have_numbers_of_their_own() -> None:
    told = [region(key(3), id=str(k), meta=meta) for k, meta in enumerate(METAS)]
    table = decoding.decode(told, LABELS, shot())
    assert sorted(set(table.tracks.tolist())) == [2, 7, 8, 9, 10]


METAS: list[dict[str, Any]] = [{"track": 7}, {}, {"track": 7}, {"track": 2}, {"track": "x"}]

RATE_TEXTS = {
    "": 24,
    'framerate="25"': 25,
    'frameRate="29.97"': 29.97,
    'framerate="$fps"': 12.5,
    'framerate="$gone"': 24,
    'framerate="0.04"': 25,
    'framerate="fast"': 24,
    'framerate="-3"': 24,
}


@pytest.mark.parametrize("text", RATE_TEXTS)
def test_the_rate_of_a_config(text: str) -> None:
    video = shown(view(text))
    assert video is not None
    assert framerate(video, {"fps": "12.5"}) == pytest.approx(RATE_TEXTS[text])


@pytest.fixture
def theirs(real_data: Path) -> Path:
    return real_data / "datasets/labelstudio_yolo_expected"


@pytest.mark.real
@pytest.mark.parametrize("name", ["opossum_snow_short_1", "opossum_snow_short_2"])
def test_the_reference_backends_tracks_are_written_as_it_does(theirs: Path, name: str) -> None:
    """Read and written again: the same numbers, ends, times and scores in every region."""
    results = json.loads((theirs / f"{name}.json").read_text())[0]["result"]
    media = Media("clip.mp4", (1280, 720), 35, 30000 / 1001)
    on = heads.shot(media, 29.97, 35 / (30000 / 1001))
    labels = [Label("person")]
    losses = Losses()
    table = decoding.decode(results, labels, on, losses)
    text = CONFIG_OF.format('<Label value="person"/>')
    made = encode(table, routing.once(config.parse(text), labels), on, losses=losses)
    assert not losses
    for a, b in zip(results, made, strict=True):
        assert b["score"] == a["score"]
        for name_ in ("framesCount", "labels"):
            assert a["value"][name_] == b["value"][name_]
        assert a["value"]["duration"] == pytest.approx(b["value"]["duration"], abs=1e-4)
        for one, two in zip(a["value"]["sequence"], b["value"]["sequence"], strict=True):
            assert {k: two[k] for k in one} == pytest.approx(one, abs=2e-5)


CONFIG_OF = (
    '<View><Labels name="l" toName="video">{}</Labels><Video name="video" value="$video" '
    'framerate="29.97"/><VideoRectangle name="box" toName="video"/></View>'
)
