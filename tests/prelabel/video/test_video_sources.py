"""Which clips a job looks at, and under which names; nobody opens them here."""

from __future__ import annotations

from pathlib import Path

import pytest

from prelabel.errors import JobError
from prelabel.video.sources import collect


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    clips = "clips/b.mp4 clips/a/1.webm clips/a/2.MOV clips/notes.md clips/a/cover.jpg"
    hidden = "clips/.x/1.mp4 more/b.mp4 more/strange.dat"
    pictures = "shots/one/1.png shots/one/2.png shots/two/1.jpg flat/001.png flat/002.png"
    for name in f"{clips} {hidden} {pictures}".split():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "empty").mkdir()
    return tmp_path


def names(*sources: object, exclude: object = "") -> list[str]:
    return [unit.path for unit in collect([str(s) for s in sources], exclude=str(exclude))[0]]


def test_a_folder_gives_its_clips_sorted_and_no_pictures(tree: Path) -> None:
    assert names(tree / "clips") == ["a/1.webm", "a/2.MOV", "b.mp4"]


def test_a_folder_of_pictures_is_one_clip(tree: Path) -> None:
    assert names(tree / "flat") == ["flat"]


def test_folders_of_pictures_are_one_clip_each(tree: Path) -> None:
    assert names(tree / "shots") == ["one", "two"]


def test_a_pattern_of_pictures_is_one_clip_and_one_of_clips_is_each(tree: Path) -> None:
    units, _ = collect([str(tree / "shots" / "*" / "1.*")])
    assert [(u.path, u.address) for u in units] == [("shots", str(tree / "shots" / "*" / "1.*"))]
    assert names(tree / "clips" / "**" / "*.mp4") == ["b.mp4"]


def test_a_pattern_may_name_folders_of_pictures(tree: Path) -> None:
    assert names(tree / "shots" / "*") == ["one", "two"]


def test_a_file_that_is_named_may_end_in_anything(tree: Path) -> None:
    assert names(tree / "more" / "strange.dat", tree / "clips" / "b.mp4") == [
        "strange.dat",
        "b.mp4",
    ]


def test_one_name_of_two_sources_is_told_apart_by_their_folders(tree: Path) -> None:
    assert names(tree / "clips", tree / "more") == [
        "clips/a/1.webm",
        "clips/a/2.MOV",
        "clips/b.mp4",
        "more/b.mp4",
    ]


def test_a_clip_that_is_named_twice_counts_once(tree: Path) -> None:
    assert names(tree / "clips", tree / "clips" / "b.mp4") == ["a/1.webm", "a/2.MOV", "b.mp4"]


def test_the_jobs_own_output_is_not_walked(tree: Path) -> None:
    assert names(tree / "clips", exclude=tree / "clips" / "a") == ["b.mp4"]


def test_names_start_at_the_root(tree: Path) -> None:
    units, root = collect([str(tree / "clips")])
    assert [Path(root) / unit.path for unit in units] == [Path(u.address) for u in units]
    units, root = collect([str(tree / "flat")])
    assert Path(root) / units[0].path == tree / "flat"


def test_names_do_not_depend_on_the_current_folder(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / "flat")
    assert names(".") == names("../flat/") == ["flat"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("nowhere", "no such file or folder"),
        ("empty", "no clips and no pictures"),
        ("*.avi", "no clip and no picture fits"),
        ("https://example.org/a.mp4", "download it first"),
    ],
)
def test_what_is_no_clip_is_told(tree: Path, source: str, told: str) -> None:
    place = source if "://" in source else str(tree / source)
    with pytest.raises(JobError, match=told):
        collect([place])
