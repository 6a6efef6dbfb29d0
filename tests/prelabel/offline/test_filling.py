import numpy as np

from formats.annotations import Annotations, Kind
from geometry import rotated
from prelabel.offline.filling import fill


def test_a_rotated_box_written_with_its_sides_swapped_does_not_spin_in_a_gap():
    boxes = np.array([[50, 50, 40, 20, 0.75], [58, 50, 20, 40, 0.85 - np.pi / 2]])
    table = Annotations.of(
        2,
        images=np.array([0, 4], dtype=np.int32),
        kinds=np.full(2, Kind.ROTATED, dtype=np.uint8),
        boxes=rotated.bounds(boxes),
        rotated=boxes,
        tracks=np.zeros(2, dtype=np.int64),
        scores=np.ones(2),
    )
    found = fill(table, np.arange(5) / 25, np.arange(5), 1.0)
    wanted = np.linspace([50, 50, 40, 20, 0.75], [58, 50, 40, 20, 0.85], 5)
    assert found.images.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(rotated.pair_iou(found.rotated, wanted), 1, atol=1e-9)
