import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import FEW, pictures

from geometry import masks
from geometry.errors import GeometryError
from geometry.tracks import Track, interpolate, likeness, reduce


def track(*dense, frames=None):
    column = np.array([masks.encode(picture) for picture in dense], dtype=object)
    return Track.of(np.arange(len(dense)) * 10 if frames is None else frames, masks=column)


def disc(x, y, radius, size=(80, 60)):
    rows, columns = np.mgrid[: size[1], : size[0]] + 0.5
    return (columns - x) ** 2 + (rows - y) ** 2 < radius**2


@pytest.mark.parametrize("share", [1, 3, 5, 8])
def test_a_disc_that_moves_and_grows_stays_a_disc(share):
    shown = interpolate(track(disc(20, 20, 8), disc(60, 40, 14)), [share])
    x, y, radius = 20 + 4 * share, 20 + 2 * share, 8 + 0.6 * share
    wanted = track(disc(x, y, radius))
    assert likeness(shown, wanted)[0] > 0.88
    assert np.sqrt(masks.area(shown.masks[0]) / np.pi) == pytest.approx(radius, abs=0.5)


@FEW
@given(pictures(st.tuples(st.integers(4, 30), st.integers(4, 30))), st.data())
def test_a_mask_that_only_moves_keeps_its_pixels(picture, data):
    assume(picture.any())
    x, y = data.draw(st.integers(0, 12)) * 2, data.draw(st.integers(0, 12)) * 2
    first, last, half = (
        np.pad(picture, ((k * y // 2, (2 - k) * y // 2), (k * x // 2, (2 - k) * x // 2)))
        for k in (0, 2, 1)
    )
    shown = interpolate(track(first, last), [5])
    assert (masks.decode(shown.masks[0]) == half).all()


@FEW
@given(pictures(st.just((24, 20))), pictures(st.just((24, 20))))
def test_what_both_have_about_one_centre_is_shown_and_nothing_that_neither_has(a, b):
    centred = [picture | picture[::-1, ::-1] for picture in (a, b)]
    assume(all(picture.any() for picture in centred))
    shown = masks.decode(interpolate(track(*centred), [4]).masks[0])
    assert (shown >= (centred[0] & centred[1])).all()
    assert (shown <= (centred[0] | centred[1])).all()


def test_an_empty_mask_is_held_and_sizes_must_agree():
    empty = np.zeros((60, 80), dtype=bool)
    shown = interpolate(track(empty, disc(20, 20, 8)), [5])
    assert masks.area(shown.masks[0]) == 0
    with pytest.raises(GeometryError, match="sizes"):
        interpolate(track(disc(20, 20, 8), disc(20, 20, 8, (90, 60))), [5])


def test_masks_are_reduced_as_they_are_shown():
    dense = [disc(20 + k, 30 + 5 * np.sin(k / 4), 10 + k / 8) for k in range(25)]
    whole = track(*dense, frames=np.arange(25))
    found = reduce(whole, 0.85)
    shown = interpolate(found.keyframes, whole.frames)
    assert likeness(shown, whole).min() == found.least >= 0.85
    assert len(found.rows) < 8
    held = reduce(whole, 0.85, rule="cvat")
    assert likeness(interpolate(held.keyframes, whole.frames, "cvat"), whole).min() >= 0.85
    assert len(held.rows) > len(found.rows)
