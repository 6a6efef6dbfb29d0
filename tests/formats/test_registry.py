"""The lazy table: names stand in it, members are imported when they are used."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

import formats
from formats import registry
from formats.errors import FormatError, UnknownName
from formats.registry import Registry


@pytest.fixture
def table() -> Registry:
    return Registry(
        "colour",
        {"red": "formats.losses:Losses", "green": "formats.losses", "blue": "formats.nowhere"},
        group="prelabel.colours",
    )


def test_members_are_modules_or_attributes(table: Registry) -> None:
    from formats import losses

    assert table["red"] is losses.Losses
    assert table["green"] is losses
    assert list(table) == ["red", "green", "blue"]
    assert len(table) == 3
    assert "red" in table
    assert "pink" not in table


def test_an_unknown_name_answers_with_a_guess_and_the_list(table: Registry) -> None:
    with pytest.raises(UnknownName, match=r"no colour 'gren' \(did you mean 'green'\? known: red"):
        table["gren"]
    with pytest.raises(LookupError, match=r"no colour 'zzz' \(known: red"):
        table["zzz"]


def test_a_broken_member_raises(table: Registry) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"formats\.nowhere"):
        table["blue"]


def test_other_packages_join_but_take_no_name(
    table: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [EntryPoint(n, "math:pi", "prelabel.colours") for n in ("red", "pink")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    assert list(table) == ["red", "green", "blue", "pink"]
    assert table["pink"] == pytest.approx(3.14159, abs=1e-4)
    assert table["red"] is not table["pink"]


def test_the_table_is_read_only(table: Registry) -> None:
    with pytest.raises(TypeError):
        table["new"] = "x"  # type: ignore[index]


def test_a_member_that_is_no_format_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "FORMATS", Registry("format", {"x": "math:pi"}))
    with pytest.raises(FormatError, match="x is a float, expected a Format"):
        formats.get("x")
