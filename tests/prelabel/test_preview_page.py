"""The contact sheet: files, data, and texts that cannot do harm."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import shapely

from formats.annotations import Annotations, Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks
from prelabel.errors import ImageError, JobError
from prelabel.image import Image
from prelabel.preview import write
from prelabel.preview.names import Names

EVIL = '"><script>alert(1)</script><!--'


def picture(item):
    width, height = item.size or (64, 48)
    return Image(np.full((height, width, 3), 90, dtype=np.uint8))


def boxes(*corners, **columns):
    n = len(corners)
    return Annotations.of(n, boxes=np.array(corners, dtype=float).reshape(n, 4), **columns)


def dataset(*items, labels=("cat", "dog")):
    return Dataset.of([Label(name) for name in labels], items)


def one(path="a.jpg", **columns):
    return Item(path, (640, 480), boxes((10, 10, 50, 60), scores=[0.5], **columns))


class Page(HTMLParser):
    """Tags with their attributes, and texts by the id or tag that they stand in."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.inside = [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = dict(attrs).get("id", tag)

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        self.texts[self.inside] = self.texts.get(self.inside, "") + data


def page(path):
    return Page(path.read_text(encoding="utf-8"))


def data(path):
    return json.loads(page(path).texts["data"])


def test_files(tmp_path):
    index = write(dataset(one("sub/a.png"), one("b.jpg")), tmp_path / "out", picture)
    assert index == tmp_path / "out" / "index.html"
    found = sorted(p.relative_to(tmp_path / "out").as_posix() for p in index.parent.rglob("*.*"))
    assert found == [
        "index.html",
        "pictures/b.jpg",
        "pictures/sub/a.png.jpg",
        "previews/b.jpg",
        "previews/sub/a.png.jpg",
    ]
    first = data(index)["pictures"][0]
    assert (first["title"], first["size"]) == ("sub/a.png", [640, 480])
    assert (first["plain"], first["overlay"]) == (
        "pictures/sub/a.png.jpg",
        "previews/sub/a.png.jpg",
    )


def test_the_same_again_gives_the_same_bytes(tmp_path):
    first = write(dataset(one()), tmp_path / "a", picture)
    second = write(dataset(one()), tmp_path / "b", picture)
    for name in ("index.html", "previews/a.jpg"):
        assert (first.parent / name).read_bytes() == (second.parent / name).read_bytes()


def test_shapes_are_in_pixels_of_the_preview(tmp_path):
    large = Item("a.jpg", (2560, 1920), boxes((100, 200, 300, 400)))
    small = Item("b.jpg", (320, 240), boxes((100, 100, 200, 200)))
    pictures = data(write(dataset(large, small), tmp_path, picture))["pictures"]
    assert [p["size"] for p in pictures] == [[1280, 960], [640, 480]]
    assert [p["shapes"][0]["box"] for p in pictures] == [[50, 100, 150, 200], [200, 200, 400, 400]]
    assert pictures[0]["shapes"][0]["path"] == "M50 100L150 100L150 200L50 200Z"


def test_mask_path_covers_the_mask(tmp_path):
    dense = np.zeros((480, 640), dtype=bool)
    dense[100:300, 100:400] = True
    dense[150:250, 200:300] = False
    table = boxes((100, 100, 400, 300), kinds=[Kind.MASK], masks=[masks.encode(dense)])
    (shape,) = data(write(dataset(Item("a.jpg", (640, 480), table)), tmp_path, picture))[
        "pictures"
    ][0]["shapes"]
    rings = [
        np.array([point.split() for point in ring.split("L")], dtype=float)
        for ring in re.findall(r"M([^Z]+)Z", shape["path"])
    ]
    outer, hole = rings
    assert shapely.Polygon(outer, [hole]).area == dense.sum()
    assert shape["area"] is True


def test_scores_tracks_and_keypoints(tmp_path):
    points = np.array([[(20.0, 20, 2), (30, 30, 1)]])
    label = Label("cat", keypoints=("a", "b"), bones=((0, 1),))
    item = Item("a.jpg", (640, 480), boxes((0, 0, 9, 9), keypoints=points, tracks=[3]))
    (shape,) = data(write(Dataset.of([label], [item]), tmp_path, picture))["pictures"][0]["shapes"]
    assert "score" not in shape
    assert shape["track"] == 3
    assert shape["points"] == [[20, 20, 2], [30, 30, 1]]
    assert shape["bones"] == [[0, 1]]


def test_texts_cannot_do_harm(tmp_path):
    def refuse(item):
        raise ImageError(EVIL, where=EVIL)

    plain = page(write(dataset(one()), tmp_path / "a", picture, title="x"))
    index = write(dataset(one(EVIL), labels=(EVIL, "dog")), tmp_path / "b", picture, title=EVIL)
    assert [tag for tag, _ in page(index).tags] == [tag for tag, _ in plain.tags]
    assert data(index)["classes"][0]["name"] == EVIL
    assert data(index)["pictures"][0]["title"] == EVIL
    broken = write(dataset(one(EVIL)), tmp_path / "c", refuse)
    assert [tag for tag, _ in page(broken).tags] == [tag for tag, _ in plain.tags]
    assert EVIL in data(broken)["pictures"][0]["error"]


def test_script_only_sets_texts(tmp_path):
    script = page(write(dataset(one()), tmp_path, picture)).texts["script"]
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script


def test_policy_allows_this_script_and_style_only(tmp_path):
    found = page(write(dataset(one()), tmp_path, picture))
    policy = next(a["content"] for tag, a in found.tags if tag == "meta" and "http-equiv" in a)
    for name in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(found.texts[name].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_nothing_comes_from_elsewhere(tmp_path):
    index = write(dataset(one()), tmp_path, picture)
    text = index.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"'\s]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not [a for _, a in page(index).tags if {"src", "href"} & set(a)]


@pytest.mark.parametrize(
    "path", ["../../x.jpg", "/etc/x.jpg", "C:\\x.jpg", "..\\x.jpg", "a/../x.jpg"]
)
def test_files_stay_inside_the_folder(tmp_path, path):
    write(dataset(one(path)), tmp_path / "deep" / "out", picture)
    outside = [p for p in tmp_path.rglob("*.jpg") if "out" not in p.parts]
    assert outside == []
    assert len(list((tmp_path / "deep" / "out" / "previews").rglob("*.jpg"))) == 1


def test_names_are_distinct():
    names = Names()
    paths = ["a.jpg", "A.jpg", "a.png", "a.png.jpg", "a?.jpg", "a*.jpg", "", "..", "x" * 300]
    given = [names.of(Item(path, id=i)) for i, path in enumerate(paths)]
    assert len({name.casefold() for name in given}) == len(paths)
    assert all(len(step.encode()) < 200 for name in given for step in name.split("/"))


def test_frames_of_a_clip_have_names_of_their_own(tmp_path):
    frames = [Item("clip.mp4", (64, 48), boxes(), frame=k) for k in (0, 1)]
    found = data(write(dataset(*frames), tmp_path, picture))["pictures"]
    assert [p["overlay"] for p in found] == [
        "previews/clip.mp4.000000.jpg",
        "previews/clip.mp4.000001.jpg",
    ]
    assert found[1]["title"] == "clip.mp4 #1"


def test_addresses_are_quoted(tmp_path):
    found = data(write(dataset(one("a b#1%.jpg")), tmp_path, picture))["pictures"][0]
    assert found["overlay"] == "previews/a%20b%231%25.jpg"
    assert (tmp_path / "previews" / "a b#1%.jpg").exists()


def test_broken_picture_stands_on_the_page(tmp_path):
    def opened(item):
        if item.path == "b.jpg":
            raise ImageError("12 bytes, expected a picture", where="b.jpg")
        return picture(item)

    index = write(dataset(one("a.jpg"), one("b.jpg"), one("c.jpg")), tmp_path, opened)
    found = data(index)["pictures"]
    assert found[1] == {"title": "b.jpg", "error": "b.jpg: 12 bytes, expected a picture"}
    assert "error" not in found[2]


def test_not_looked_at_is_not_empty(tmp_path):
    found = data(
        write(dataset(Item("a.jpg"), Item("b.jpg", annotations=boxes())), tmp_path, picture)
    )
    assert [p.get("unseen", False) for p in found["pictures"]] == [True, False]


def test_limit_says_how_many_are_left(tmp_path):
    opened = []

    def watch(item):
        opened.append(item.path)
        return picture(item)

    index = write(dataset(*(one(f"{i}.jpg") for i in range(5))), tmp_path, watch, limit=2)
    assert opened == ["0.jpg", "1.jpg"]
    assert data(index)["more"] == 3


def test_empty_dataset(tmp_path):
    assert data(write(dataset(), tmp_path, picture)) == {
        "classes": data(write(dataset(one()), tmp_path, picture))["classes"],
        "pictures": [],
        "more": 0,
    }


def test_an_older_page_stays_until_the_new_one_is_whole(tmp_path):
    def fails(item):
        raise RuntimeError("a bug")

    index = write(dataset(one()), tmp_path, picture)
    before = index.read_bytes()
    with pytest.raises(RuntimeError):
        write(dataset(one()), tmp_path, fails)
    assert index.read_bytes() == before


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JobError, match="cannot be written"):
        write(dataset(one()), tmp_path / "file" / "out", picture)
