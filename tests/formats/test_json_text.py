"""JSON that orjson does not write."""

from __future__ import annotations

import json
from types import MappingProxyType

import numpy as np
import pytest

from formats import json_text
from formats.errors import FormatError


def test_whole_numbers_of_any_length() -> None:
    value = {"a": 2**64, "b": [1.5, float("nan"), float("inf")], "c": "é"}
    written = '{"a":18446744073709551616,"b":[1.5,null,null],"c":"é"}'
    assert json_text.dumps(value).decode() == written
    assert json_text.dumps({"a": 1.5}) == b'{"a":1.5}'


def test_columns_and_mappings_beside_such_a_number() -> None:
    value = {"a": -(2**70), "b": np.array([1.0, np.nan]), "c": MappingProxyType({1: {2}})}
    assert json.loads(json_text.dumps(value)) == {"a": -(2**70), "b": [1, None], "c": {"1": [2]}}


def test_what_cannot_be_written_names_its_place() -> None:
    with pytest.raises(FormatError, match=r"^a\.png: a text that is not UTF-8"):
        json_text.dumps({"a": "\udce9"}, where="a.png")
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(FormatError, match=r"^a\.png: values nested too deeply"):
        json_text.dumps(deep, where="a.png")
