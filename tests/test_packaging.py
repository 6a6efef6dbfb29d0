"""What a stranger gets from the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


def test_the_wheel_holds_exactly_the_four_packages(wheel_names: list[str]) -> None:
    top = {name.split("/")[0] for name in wheel_names}
    packages = {name for name in top if not name.endswith(".dist-info")}
    assert packages == {"geometry", "formats", "prelabel", "server"}


def test_the_wheel_carries_models_and_page_files(wheel_names: list[str]) -> None:
    suffixes = {Path(name).suffix for name in wheel_names}
    assert ".onnx" in suffixes
    assert "prelabel/weights/MODEL_CARD.md" in wheel_names
    assert any(name.startswith("prelabel/preview/") and ".html" in name for name in wheel_names)


def test_the_wheel_says_it_is_typed(wheel_names: list[str]) -> None:
    for package in ("geometry", "formats", "prelabel", "server"):
        assert f"{package}/py.typed" in wheel_names
