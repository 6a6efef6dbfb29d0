import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from strategies import arrays

from geometry import keypoints, similarity
from geometry.errors import GeometryError

NAMES = list(keypoints.COCO_SIGMAS)
SIGMAS = keypoints.sigmas(NAMES)


@st.composite
def people(draw, most=5):
    rows = draw(st.integers(1, most))
    xy = draw(arrays((rows, 17, 2), 0, 400))
    seen = np.round(draw(arrays((rows, 17, 1), 0, 2)))
    seen[:, 0] = 2
    return np.concatenate([xy, seen], axis=2)


def cocos_oks(found, truth, areas):
    """OKS by COCO's evaluation, which orders detections by score."""

    def rows(people, **more):
        return [
            {
                "id": k + 1,
                "image_id": 1,
                "category_id": 1,
                "keypoints": person.ravel().tolist(),
                "num_keypoints": int((person[:, 2] > 0).sum()),
                "bbox": [0, 0, 1, 1],
                "iscrowd": 0,
                "area": float(areas[k]) if "score" not in more else 1.0,
                **({"score": 1 - k / 100} if "score" in more else {}),
            }
            for k, person in enumerate(people)
        ]

    def dataset(annotations):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": 1}],
            "categories": [{"id": 1}],
            "annotations": annotations,
        }
        coco.createIndex()
        return coco

    judge = COCOeval(dataset(rows(truth)), dataset(rows(found, score=True)), "keypoints")
    judge._prepare()
    return judge.computeOks(1, 1)


@given(people(), people())
def test_oks_is_cocos(found, truth):
    areas = np.linspace(50, 40_000, len(truth))
    ours = keypoints.oks(found, truth, areas, SIGMAS)
    np.testing.assert_allclose(ours, cocos_oks(found, truth, areas), atol=1e-12)


def test_sigmas_are_those_of_cocos_evaluation(capsys):
    theirs = COCOeval(iouType="keypoints").params.kpt_oks_sigmas
    np.testing.assert_allclose(SIGMAS, theirs)
    assert keypoints.sigmas(["tail", "nose"]).tolist() == [keypoints.DEFAULT_SIGMA, 0.026]


def test_oks_of_many_joins_its_blocks():
    rng = np.random.default_rng(4)
    people = np.dstack([rng.uniform(0, 90, (150, 17, 2)), rng.integers(0, 3, (150, 17))])
    areas = rng.uniform(10, 9000, 150)
    whole = keypoints.oks(people, people, areas, SIGMAS)
    one = [keypoints.oks(people, people[[k]], areas[[k]], SIGMAS)[:, 0] for k in range(150)]
    np.testing.assert_allclose(whole, np.array(one).T, atol=1e-12)
    np.testing.assert_allclose(np.diag(whole), 1)


def test_oks_without_points():
    blank = np.zeros((1, 17, 3))
    person = np.full((1, 17, 3), 2.0)
    missing = np.full((1, 17, 3), np.nan)
    assert keypoints.oks(person, blank, [5], SIGMAS).tolist() == [[0]]
    assert keypoints.oks(missing, person, [5], SIGMAS).tolist() == [[0]]
    assert keypoints.oks(person, missing, [5], SIGMAS).tolist() == [[0]]
    assert keypoints.oks(np.empty((0, 17, 3)), person, [5], SIGMAS).shape == (0, 1)
    assert keypoints.oks(person, np.empty((0, 17, 3)), [], SIGMAS).shape == (1, 0)


def test_oks_refuses_numbers_that_do_not_fit():
    person = np.ones((2, 17, 3))
    with pytest.raises(GeometryError, match="17 and 5 keypoints"):
        keypoints.oks(person, np.ones((1, 5, 3)), [1], np.ones(5))
    with pytest.raises(GeometryError, match="expected the same numbers"):
        keypoints.oks(person, person, [1], SIGMAS)
    with pytest.raises(GeometryError, match=r"\(17, 3\), expected \(N, K, 3\)"):
        keypoints.bounds(person[0])


def test_bounds_of_the_labelled_points():
    people = np.array(
        [
            [[5.0, 6, 2], [1, 9, 1], [0, 0, 0], [np.nan] * 3],
            [[0, 0, 0], [0, 0, 0], [0, 0, 0], [np.nan, 3, 2]],
        ]
    )
    np.testing.assert_array_equal(keypoints.bounds(people), [[1, 6, 5, 9], [np.nan] * 4])


def test_mirror_of_cocos_person():
    table = keypoints.mirror(NAMES)
    assert table.tolist() == [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


@pytest.mark.parametrize(
    ("names", "table"),
    [
        (["front", "right", "back", "left"], [0, 3, 2, 1]),
        (["LeftEye", "RightEye", "Left Ear"], [1, 0, 2]),
        (["L-knee", "R-knee", "bright", "cleft"], [1, 0, 2, 3]),
        (["hand_l", "hand_r", "left_hand"], [1, 0, 2]),
        (["left", "LEFT", "right"], [0, 1, 2]),
        ([], []),
    ],
)
def test_mirror_by_name(names, table):
    assert keypoints.mirror(names).tolist() == table


WORDS = st.sampled_from(["left", "right", "l", "r", "eye", "Left", "_", "2"])


@given(st.lists(st.lists(WORDS, max_size=3).map("_".join), max_size=8))
def test_mirror_twice_is_where_one_was(names):
    table = keypoints.mirror(names)
    np.testing.assert_array_equal(table[table], np.arange(len(names)))


def slowly(a, b, area_a, area_b):
    """OKS between annotators by its definition."""
    seen_a, seen_b = a[:, 2] > 0, b[:, 2] > 0
    away = ((a[:, :2] - b[:, :2]) ** 2).sum(axis=1)
    like = np.exp(-away / (2 * (area_a + area_b) / 2 * (2 * SIGMAS) ** 2))
    either = (seen_a | seen_b).sum()
    return (like * (seen_a & seen_b)).sum() / either if either else 0.0


@given(people(), people())
def test_oks_between_annotators_is_its_definition(a, b):
    areas_a, areas_b = np.linspace(50, 40_000, len(a)), np.linspace(900, 9000, len(b))
    wanted = [[slowly(p, q, s, t) for q, t in zip(b, areas_b, strict=True)]
              for p, s in zip(a, areas_a, strict=True)]  # fmt: skip
    ours = keypoints.mutual_oks(a, b, areas_a, areas_b, SIGMAS)
    np.testing.assert_allclose(ours, wanted, atol=1e-12)
    np.testing.assert_allclose(keypoints.mutual_oks(b, a, areas_b, areas_a, SIGMAS), ours.T)
    np.testing.assert_allclose(np.diag(keypoints.mutual_oks(a, a, areas_a, areas_a, SIGMAS)), 1)


def crowd_of(count, spread, seed):
    """Groups of three people who stand nearly in the same place."""
    rng = np.random.default_rng(seed)
    middle = np.repeat(rng.uniform(0, spread, (count // 3 + 1, 1, 2)), 3, axis=0)[:count]
    points = middle + rng.uniform(-15, 15, (1, 17, 2)) + rng.normal(0, 3, (count, 17, 2))
    return np.dstack([points, rng.integers(0, 3, (count, 17))]), rng.uniform(300, 3000, count)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.75, 1.0])
@pytest.mark.parametrize("spread", [10.0, 400.0, 20_000.0])
@pytest.mark.parametrize("small", [0, 1 << 10])
def test_pairs_are_those_of_the_matrix(monkeypatch, threshold, spread, small):
    (a, areas_a), (b, areas_b) = crowd_of(70, spread, 1), crowd_of(61, spread, 1)
    truth = keypoints.oks(a, b, areas_b, SIGMAS)
    mutual = keypoints.mutual_oks(a, b, areas_a, areas_b, SIGMAS)
    monkeypatch.setattr(similarity, "SMALL", small)
    monkeypatch.setattr(similarity, "BLOCK", 500)
    for areas, matrix in ((None, truth), (areas_a, mutual)):
        i, j, oks = keypoints.overlap_pairs(a, b, areas, areas_b, SIGMAS, threshold)
        wanted = np.argwhere((matrix > 0) & (matrix >= threshold))
        np.testing.assert_array_equal(np.column_stack([i, j]), wanted)
        np.testing.assert_allclose(oks, matrix[i, j], atol=1e-12)


def test_people_far_from_each_other_are_as_in_coco():
    found, _ = crowd_of(20, 3000.0, 2)
    truth, areas = crowd_of(60, 3000.0, 2)
    truth[:, 0, 2] = 2
    ours = keypoints.oks(found, truth, areas, SIGMAS)
    np.testing.assert_allclose(ours, cocos_oks(found, truth, areas), atol=1e-12)
    assert (ours == 0).mean() > 0.5


def test_pairs_without_points_or_people():
    blank = np.zeros((2, 17, 3))
    person = np.full((1, 17, 3), 2.0)
    assert len(keypoints.overlap_pairs(blank, person, [4.0, 4.0], [5.0], SIGMAS)[0]) == 0
    assert len(keypoints.overlap_pairs(person, blank, None, [4.0, 4.0], SIGMAS)[0]) == 0
    assert keypoints.mutual_oks(blank, blank, [1, 1], [1, 1], SIGMAS).tolist() == [[0, 0], [0, 0]]
    with pytest.raises(GeometryError, match="expected the same numbers"):
        keypoints.overlap_pairs(blank, person, [1.0], [5.0], SIGMAS)
