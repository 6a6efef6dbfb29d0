"""The members of lists by their places, whatever the file looks like."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import FEW

from formats import json_scan
from formats.errors import FormatError
from formats.json_places import Held, opened

NUMBERS = st.integers(-99, 99) | st.floats(-9, 9) | st.booleans() | st.none()
VALUES = st.recursive(
    NUMBERS | st.text('a}]{[,":\\ ü', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab}", max_size=2), inner),
    max_leaves=6,
)
OBJECTS = st.lists(st.dictionaries(st.sampled_from(["id", "x", "ü"]), VALUES), max_size=8)
FILES = st.dictionaries(st.sampled_from(["images", "annotations", "info"]), OBJECTS | VALUES)
LAYOUTS = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])


class Head(msgspec.Struct):
    id: int


def scanned(path: Path, low_memory: bool) -> tuple[dict[str, Any], list[Any]]:
    heads: list[Any] = []
    lists = {
        "images": (json_scan.MEMBERS, lambda _: None),
        "annotations": (msgspec.json.Decoder(list[Head]), heads.extend),
    }
    return json_scan.scan(opened(path, low_memory), lists), heads


@settings(FEW, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, LAYOUTS, st.sampled_from([1, 40, 1 << 20]), st.booleans())
def test_members_are_those_of_the_json_module(tmp_path, value, layout, window, low_memory):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value, **layout), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_scan, "WINDOW", window)
        found, heads = scanned(path, low_memory)
    assert found.keys() == value.keys()
    for key, own in value.items():
        if isinstance(found[key], bytes):
            assert json.loads(found[key]) == own
            continue
        assert [json.loads(found[key].one(k)) for k in range(len(found[key]))] == own
        order = np.arange(len(own))[::-2]
        assert json.loads(found[key].listed(order)) == [own[k] for k in order]
        assert json.loads(found[key].listed(slice(1, 3))) == own[1:3]
    listed = value.get("annotations")
    if isinstance(listed, list):
        assert len(heads) == len(listed)
        known = [(head.id, own["id"]) for head, own in zip(heads, listed, strict=True) if head]
        assert all(a == b for a, b in known)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{",
        '{"info": 1,}',
        '{"info" 1}',
        '{"annotations": [{}',
        '{"annotations": [{"x": NaN}]}',
        '{"info": NaN}}',
        '{"info": 1} x',
        '{"info": 1, "info": 2}',
        '{"annotations": [{},]}',
        '{"annotations": [{} {}]}',
    ],
)
def test_what_is_no_plain_object_is_left_to_others(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(json_scan.Unclear):
        scanned(tmp_path / "a.json", False)


def test_bytes_that_are_not_utf8_are_left_to_others(tmp_path):
    (tmp_path / "a.json").write_bytes(b'{"annotations": [{"id": 1, "x": "\xff"}]}')
    with pytest.raises(json_scan.Unclear):
        scanned(tmp_path / "a.json", True)


def test_a_mark_at_the_beginning_is_passed_over(tmp_path):
    (tmp_path / "a.json").write_text('{"annotations": [ {"id": 3} ] }', encoding="utf-8-sig")
    found, heads = scanned(tmp_path / "a.json", True)
    assert (heads[0].id, found["annotations"].one(0)) == (3, b'{"id": 3}')


def test_a_file_that_changes_on_the_disk_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"annotations": [{"id": 3}]}')
    found, _ = scanned(path, True)
    path.write_text('{"annotations": [{"id": 45}]}')
    os.utime(path, ns=(1, 1))
    with pytest.raises(FormatError, match=r"a\.json: the file was changed"):
        found["annotations"].one(0)
    path.unlink()
    with pytest.raises(FormatError, match=r"a\.json: cannot read"):
        found["annotations"].one(0)


def test_members_in_memory_are_asked_for_in_the_same_way():
    held = Held([msgspec.Raw(b'{"id":%d}' % k) for k in range(4)])
    assert held.listed(np.array([3, 0])) == b'[{"id":3},{"id":0}]'
    assert held.listed(slice(1, 3)) == b'[{"id":1},{"id":2}]'
    assert (len(held), bytes(held.one(2))) == (4, b'{"id":2}')
