"""A clip whose frames bear their numbers, shared by the tests of a module."""

from pathlib import Path

import pytest
from clip_files import write_clip

from prelabel.frames import Video, open_video

GOP = {"g": "12", "bf": "3"}


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 frames in groups of 12 with B frames."""
    folder = tmp_path_factory.mktemp("clips")
    return write_clip(folder / "plain.mp4", range(90), options=GOP)


@pytest.fixture(scope="session")
def video(plain: Path) -> Video:
    """The same, opened."""
    return open_video(plain)
