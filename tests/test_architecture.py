"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("geometry", "formats", "prelabel", "server")
FILES = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]
IDS = [str(path.relative_to(ROOT)) for path in FILES]
HEAVY = {"cv2", "onnxruntime", "fastapi", "torch", "ultralytics", "av"}
SHAPELESS = {"utils", "util", "helpers", "core", "base", "common", "misc"}


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_file_is_one_thing(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
    assert path.stem not in SHAPELESS


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_only_settings_reads_the_environment(path: Path) -> None:
    reads = {
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert not reads or path == ROOT / "prelabel" / "settings.py"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_functions_are_small(path: Path) -> None:
    long = [
        f"{node.name}: {length} lines"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > 60
    ]
    assert not long


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after `code`."""
    tail = "\nimport json, sys\nprint(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", code + tail], capture_output=True, text=True, check=True, cwd="/"
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["label", "--help"],
        ["video", "--help"],
        ["tracks", "--help"],
        ["convert", "--help"],
        ["formats"],
        ["info", "--help"],
        ["split", "--help"],
        ["merge", "--help"],
        ["filter", "--help"],
        ["remap", "--help"],
        ["eval", "--help"],
        ["cost", "--help"],
        ["tune", "--help"],
        ["agree", "--help"],
        ["consensus", "--help"],
        ["gold", "--help"],
        ["review", "--help"],
        ["doctor", "--help"],
        ["label-studio", "--help"],
    ],
    ids=" ".join,
)
def test_light_commands_load_nothing_heavy(arguments: list[str]) -> None:
    code = f"from prelabel.commands import run\nassert run({arguments!r}) == 0"
    assert not loaded_by(code) & HEAVY


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("geometry", {"formats", "prelabel", "server", "shapely", "scipy"} | HEAVY),
        ("formats", {"prelabel", "server"} | HEAVY),
        ("prelabel", {"server"} | HEAVY),
    ],
)
def test_importing_a_layer_loads_no_layer_above(package: str, forbidden: set[str]) -> None:
    assert not loaded_by(f"import {package}") & forbidden
