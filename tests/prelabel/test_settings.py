"""Settings: what overrides what, what is refused, and what a stray file may not open."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from prelabel import settings
from prelabel.errors import SettingsError
from prelabel.settings import SETTINGS, Settings, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prelabel.toml").write_text("threads = 2\nbatch = 4\nqueue = 7\n")
    return tmp_path


def test_flags_over_environment_over_file_over_defaults(folder: Path) -> None:
    environment = {"PRELABEL_BATCH": "5", "PRELABEL_QUEUE": "8", "HOME": "/x"}
    found = load({"queue": 9, "workers": None}, environment=environment, folder=folder)
    assert found == Settings(threads=2, batch=5, queue=9)


def test_no_file_no_environment() -> None:
    assert load(environment={}, folder="/nonexistent") == Settings()


def test_lists_in_the_environment_are_separated_by_commas() -> None:
    environment = {"PRELABEL_ALLOWED_HOSTS": "label-studio, 10.0.0.0/8,"}
    assert load(environment=environment).allowed_hosts == ("label-studio", "10.0.0.0/8")


@pytest.mark.parametrize("key", ["allowed_hosts", "folders", "api_keys"])
def test_a_stray_file_may_not_open_a_door(key: str, tmp_path: Path) -> None:
    file = tmp_path / "prelabel.toml"
    file.write_text(f'{key} = ["/"]\n')
    with pytest.raises(SettingsError, match=rf"{key} is not taken from a file that merely lies"):
        load(environment={}, folder=tmp_path)
    assert getattr(load(file=file, environment={}), key) == ("/",)
    assert getattr(load(environment={"PRELABEL_CONFIG": str(file)}), key) == ("/",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("threads = -1", r"prelabel\.toml: threads: is -1, expected a whole number >= 0$"),
        ("threads = 1.5", r"threads: is 1\.5, expected a whole number"),
        ("threads = true", r"threads: is True, expected a whole number"),
        ("batch = 0", r"batch: is 0, expected a whole number >= 1$"),
        ("fetch_timeout = nan", r"fetch_timeout: is nan, expected a number"),
        ("fetch_timeout = inf", r"fetch_timeout: is inf, expected a number"),
        ("provider = 'gpu'", r"provider: is 'gpu', expected one of auto, tensorrt, cuda"),
        ("open_access = 1.5", r"open_access: is 1\.5, expected true or false$"),
        ("host = 1", r"host: is 1, expected a text$"),
        ("thread = 1", r"no setting 'thread' \(did you mean threads\?\)"),
        ("threads = [", r"prelabel\.toml: is not TOML: "),
    ],
)
def test_wrong_values_in_a_file(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "prelabel.toml").write_text(text)
    with pytest.raises(SettingsError, match=told):
        load(environment={}, folder=tmp_path)


def test_wrong_values_elsewhere_name_their_place(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^PRELABEL_THREADS: is 'two', expected"):
        load(environment={"PRELABEL_THREADS": "two"})
    with pytest.raises(SettingsError, match=r"^PRELABEL_TREADS: no setting 'treads' .did you mean"):
        load(environment={"PRELABEL_TREADS": "2"})
    with pytest.raises(SettingsError, match=r"^--max-pixels: is 0, expected"):
        load({"max_pixels": 0}, environment={})
    file = tmp_path / "s.toml"
    file.write_text("allowed_hosts = 'a'")
    with pytest.raises(SettingsError, match=r"allowed_hosts: is 'a', expected a list of texts"):
        load(file=file, environment={})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file"):
        load(file=tmp_path / "none.toml", environment={})


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("0", False), ("No", False)])
def test_switches_are_read_from_words(text: str, meant: bool) -> None:
    assert load(environment={"PRELABEL_OPEN_ACCESS": text}).open_access is meant
    assert load({"open_access": meant}, environment={}).open_access is meant


def test_keys_are_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text("api_keys = 'hunter2'")
    with pytest.raises(SettingsError, match=r"api_keys: is a str, expected a list") as caught:
        load(file=file, environment={})
    assert "hunter2" not in str(caught.value)
    found = load(environment={"PRELABEL_API_KEYS": "hunter2,other"})
    assert found.api_keys == ("hunter2", "other")
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented(name: str) -> None:
    known = SETTINGS[name]
    assert known.help.endswith(".")
    page = (ROOT / "docs" / "settings.md").read_text()
    row = next((line for line in page.splitlines() if line.startswith(f"| `{name}` |")), "")
    assert f"`{settings.PREFIX}{name.upper()}`" in row
    assert ("named" in row) == known.trusted


def test_nothing_else_reads_the_environment() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for package in ("geometry", "formats", "prelabel", "server")
        for path in sorted((ROOT / package).rglob("*.py"))
        if any(_reads(node) for node in ast.walk(ast.parse(path.read_text())))
    ]
    assert readers == ["prelabel/settings.py"]


def _reads(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")


def test_label_studios_own_variables_count_unless_ours_say_otherwise() -> None:
    environment = {"LABEL_STUDIO_URL": "http://a:8080", "LABEL_STUDIO_API_KEY": "k"}
    found = load(environment=environment)
    assert (found.label_studio_url, found.label_studio_api_key) == ("http://a:8080", "k")
    assert "'k'" not in repr(found)
    ours = {**environment, "PRELABEL_LABEL_STUDIO_URL": "http://b"}
    assert load(environment=ours).label_studio_url == "http://b"
    assert load({"label_studio_url": "http://c"}, environment=ours).label_studio_url == "http://c"


@pytest.mark.parametrize("key", ["label_studio_url", "label_studio_api_key", "label_studio_files"])
def test_a_stray_file_names_no_label_studio(key: str, tmp_path: Path) -> None:
    (tmp_path / "prelabel.toml").write_text(f'{key} = "x"\n')
    with pytest.raises(SettingsError, match=rf"{key} is not taken from a file that merely lies"):
        load(environment={}, folder=tmp_path)


def test_the_runtime_is_asked_to_send_nothing():
    code = "import prelabel, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
