"""What a job labels, and under which names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prelabel.errors import JobError, PrelabelError
from prelabel.sources import collect


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Pictures (empty files: nobody opens them here) and what is no picture."""
    names = "photos/b.jpg photos/a/2.PNG photos/a/10.jpg photos/a/1.jpg photos/notes.md"
    hidden = "photos/.thumbs/b.jpg photos/.c.jpg more/b.jpg more/z.webp"
    for name in f"{names} {hidden}".split():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def names(*sources: object, **options: str) -> list[str]:
    return [unit.path for unit in collect([str(s) for s in sources], **options).units]


def test_a_folder_is_walked_and_sorted_by_name(tree: Path) -> None:
    assert names(tree / "photos") == ["a/1.jpg", "a/10.jpg", "a/2.PNG", "b.jpg"]


def test_names_do_not_depend_on_where_a_folder_lies(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / "photos")
    assert names(".") == names(tree / "photos") == names("../photos/") == names("a/../../photos")


def test_the_jobs_own_output_is_not_walked(tree: Path) -> None:
    assert names(tree / "photos", exclude=str(tree / "photos" / "a")) == ["b.jpg"]


def test_links_to_folders_are_followed_but_not_in_circles(tree: Path) -> None:
    (tree / "photos" / "loop").symlink_to(tree / "photos")
    (tree / "photos" / "z").symlink_to(tree / "more")
    assert names(tree / "photos")[-2:] == ["z/b.jpg", "z/z.webp"]
    assert not any(name.startswith("loop") for name in names(tree / "photos"))


def test_a_pattern_names_pictures_below_its_fixed_part(tree: Path) -> None:
    assert names(tree / "photos" / "**" / "1*.jpg") == ["a/1.jpg", "a/10.jpg"]
    assert names(tree / "*" / "b.jpg") == ["more/b.jpg", "photos/b.jpg"]


def test_files_are_known_by_their_file_names(tree: Path) -> None:
    files = (tree / "photos/b.jpg", tree / "photos/a/2.PNG")
    assert names(*files) == ["b.jpg", "2.PNG"]


def test_files_of_one_name_are_told_apart_by_their_folders(tree: Path) -> None:
    assert names(tree / "photos/b.jpg", tree / "more/b.jpg") == ["photos/b.jpg", "more/b.jpg"]


def test_folders_that_share_a_name_put_their_own_in_front(tree: Path) -> None:
    found = names(tree / "photos", tree / "more")
    assert found[-2:] == ["more/b.jpg", "more/z.webp"]
    assert found[0] == "photos/a/1.jpg"
    assert len(set(found)) == 6


def test_folders_that_share_nothing_keep_short_names(tree: Path) -> None:
    assert names(tree / "photos" / "a", tree / "more")[-2:] == ["b.jpg", "z.webp"]


def test_two_pictures_that_cannot_be_told_apart_are_refused(tree: Path) -> None:
    for folder in ("x/same", "y/same"):
        (tree / folder).mkdir(parents=True)
        (tree / folder / "1.jpg").touch()
    with pytest.raises(JobError, match=r"two pictures with the name 'same/1.jpg'.*x/same.*y/same"):
        collect([str(tree / "x/same"), str(tree / "y/same")])


def test_a_picture_that_is_named_twice_is_one(tree: Path) -> None:
    assert names(tree / "more", tree / "more/b.jpg", tree / "more") == names(
        tree / "more/b.jpg", tree / "more/z.webp"
    )


def test_a_copy_under_another_name_is_another_picture(tree: Path) -> None:
    (tree / "more/copy.jpg").symlink_to(tree / "more/b.jpg")
    assert names(tree / "more") == ["b.jpg", "copy.jpg", "z.webp"]


def test_a_list_keeps_its_order(tree: Path) -> None:
    lines = ["./photos/b.jpg", "", "more/z.webp", "photos/a/1.jpg", "more/z.webp"]
    listing = tree / "list.txt"
    listing.write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    assert names(listing) == ["photos/b.jpg", "more/z.webp", "photos/a/1.jpg"]
    assert collect([str(listing)]).units[0].address == str(tree / "photos/b.jpg")


def test_a_list_may_hold_addresses_and_files_elsewhere(tree: Path) -> None:
    listing = tree / "photos" / "list.txt"
    listing.write_text(f"b.jpg\n{tree}/more/z.webp\nhttps://example.org/pool/d.jpg\n")
    assert names(listing) == ["b.jpg", "z.webp", "d.jpg"]


def test_addresses_are_named_without_host_and_told_apart_by_query() -> None:
    found = names("https://example.org/a/1.jpg?id=1", "https://example.org/a/1.jpg?id=2")
    assert len(set(found)) == 2
    assert all(name.startswith("1-") and name.endswith(".jpg") for name in found)
    assert names("http://example.org/x/%C3%A4.jpg") == ["ä.jpg"]
    assert names("http://example.org") == ["picture"]


def test_an_address_cannot_lead_out_of_the_folder() -> None:
    found = names("http://example.org/../../etc/passwd", "http://example.org/%2e%2e/a/passwd")
    assert found == ["etc/passwd", "a/passwd"]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_a_name_that_is_not_utf8_can_be_written(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).touch()
    assert names(tmp_path) == ["caf%E9.jpg"]


def test_order_of_sources_is_kept(tree: Path) -> None:
    assert names(tree / "more/z.webp", tree / "photos/a")[0] == "z.webp"
    assert names(tree / "photos/a", tree / "more/z.webp", tree / "more")[-2:] == ["z.webp", "b.jpg"]


def test_the_root_is_told_where_there_is_one(tree: Path) -> None:
    assert collect([str(tree / "photos")]).root == str(tree / "photos")
    assert collect([str(tree / "photos/b.jpg")]).root == str(tree / "photos")
    assert collect([str(tree / "photos/b.jpg"), str(tree / "more/b.jpg")]).root == str(tree)
    assert collect([str(tree / "photos"), str(tree / "more")]).root == str(tree)
    assert collect([str(tree / "photos/a"), str(tree / "more")]).root == ""
    assert collect([str(tree / "more"), "https://example.org/1.jpg"]).root == ""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("missing", "missing: no such file or folder"),
        ("empty", "no pictures in this folder"),
        ("*.gif", "no picture fits this pattern"),
        ("blank.txt", "the list is empty, expected one path or address per line"),
        ("binary.txt", "cannot be read as a list of pictures: not UTF-8 text"),
    ],
)
def test_a_source_without_pictures_is_an_error(tmp_path: Path, source: str, told: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "blank.txt").write_text("\n\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PrelabelError) as caught:
        collect([str(tmp_path / source)])
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
