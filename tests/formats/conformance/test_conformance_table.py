"""docs/conformance.md says what the tests do: no cell without a test, no test without a cell."""

from __future__ import annotations

import conformance_table
import pytest
from conformance_table import ELSEWHERE, IMPORTS, MODULES, TESTS

import formats


def test_the_page_has_the_table_of_the_tests() -> None:
    text = conformance_table.PAGE.read_text()
    found = text.split(conformance_table.START)[1].split(conformance_table.END)[0]
    assert found == conformance_table.table(), "python tests/conformance_table.py writes it"


def test_only_formats_that_there_are_have_cells() -> None:
    for tool, own in conformance_table.cells().items():
        assert own.keys() <= set(formats.FORMATS), tool


def test_every_module_that_asks_a_tool_states_what_it_asks() -> None:
    modules = [path for path in MODULES.glob("test_*.py") if path.stem != "test_conformance_table"]
    assert len(modules) > 8
    for path in modules:
        told = conformance_table.stated(path)
        assert told.get("reads") or told.get("writes"), path.name
        text = path.read_text()
        for side, own in told.items():
            asked = text.count(side.upper()) > 1 or all(text.count(f'"{name}"') > 1 for name in own)
            assert asked, f"{path.name}: {side} is asked by none"


@pytest.mark.parametrize("tool", ELSEWHERE)
def test_tests_that_stand_elsewhere_ask_the_tool(tool: str) -> None:
    for module in {module for side in ELSEWHERE[tool] for module in side.values()}:
        text = (TESTS / module).read_text()
        assert IMPORTS.get(tool, tool) in text, module
