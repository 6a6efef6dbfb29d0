"""The table of docs/conformance.md: which tool reads what we write, and which we read from it.

Its cells are the literal sets ``READS`` and ``WRITES`` of the modules of tests/formats/conformance,
over which their tests run, and those of tests that stand elsewhere. Run as a program it writes the
table into the page.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import Any

import formats

TESTS = Path(__file__).parent
MODULES = TESTS / "formats" / "conformance"
PAGE = TESTS.parent / "docs" / "conformance.md"
START, END = "<!-- table -->\n", "<!-- end of the table -->"
ELSEWHERE = {
    "ultralytics": (
        dict.fromkeys(
            ("yolo", "yolo-seg", "yolo-pose", "yolo-obb", "yolo-cls"),
            "formats/test_yolo_ultralytics.py",
        ),
        {},
    ),
    "label-studio-sdk": (
        {"label-studio": "formats/test_label_studio_encoding.py"},
        {"label-studio": "formats/test_label_studio_brush.py"},
    ),
}
"""Tool -> the formats it reads from us, and those it writes for us, with the module of the test."""
CALLED = {"create-ml": "createml", "via-csv": "via"}
"""A tool's name of a format -> ours, where a module says it so."""
IMPORTS = {"label-studio-sdk": "label_studio"}
"""What shows that a module asks a tool, where it is not the tool's name."""
Cells = dict[str, dict[str, set[str]]]


def cells() -> Cells:
    """Tool -> format -> ``reads`` and ``writes``."""
    found: Cells = defaultdict(lambda: defaultdict(set))
    for tool, sides in ELSEWHERE.items():
        for side, own in zip(("reads", "writes"), sides, strict=True):
            for name in own:
                found[tool][name].add(side)
    for path in sorted(MODULES.glob("test_*.py")):
        for side, told in stated(path).items():
            own = told if isinstance(told, dict) else {path.stem.split("_")[1]: told}
            for tool, names in own.items():
                for name in names:
                    found[tool][CALLED.get(name, name)].add(side)
    return found


def stated(path: Path) -> dict[str, Any]:
    """The values of READS and WRITES of a module, as ``reads`` and ``writes``."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id in ("READS", "WRITES"):
            value = node.value  # type: ignore[union-attr]
            found[target.id.lower()] = set() if isinstance(value, ast.Call) else _value(value)
    return found


def _value(node: Any) -> Any:
    return ast.literal_eval(node)


MARKS = {
    frozenset(): "",
    frozenset({"reads"}): "→",
    frozenset({"writes"}): "←",
    frozenset({"reads", "writes"}): "↔",
}


def table() -> str:
    """The table as it stands in the page."""
    found = cells()
    tools = sorted(found)
    lines = [f"| format | {' | '.join(tools)} |", "|---" * (len(tools) + 1) + "|"]
    for name in formats.FORMATS:
        marks = [MARKS[frozenset(found[tool].get(name, set()))] for tool in tools]
        lines.append(f"| `{name}` | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text()
    before, rest = text.split(START)
    PAGE.write_text(before + START + table() + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
