"""The images and compose files, as far as no container engine is needed to tell."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click import Command

from prelabel.settings import SETTINGS
from server.commands.serve import command as serve

ROOT = Path(__file__).resolve().parent.parent
DOCKER = ROOT / "docker"
IMAGES = [DOCKER / "Dockerfile", DOCKER / "Dockerfile.gpu"]
COMPOSE = [DOCKER / "compose.yaml", DOCKER / "compose.gpu.yaml"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (DOCKER / "README.md").read_text()

each_image = pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.name)
each_compose = pytest.mark.parametrize("file", COMPOSE, ids=lambda path: path.name)


def instructions(image: Path) -> list[tuple[str, str]]:
    """(name, rest) of each instruction, comments out, continued lines joined."""
    lines = [line for line in image.read_text().splitlines() if not line.startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    return [
        (name, " ".join(rest.split()))
        for name, _, rest in (line.partition(" ") for line in text.splitlines() if line.strip())
    ]


def last(image: Path, name: str) -> str:
    """The rest of the last instruction of a name."""
    return [rest for found, rest in instructions(image) if found == name][-1]


def copied(image: Path) -> list[str]:
    """What is copied out of the repository."""
    rows = [rest.split() for name, rest in instructions(image) if name == "COPY"]
    return [source for row in rows if not row[0].startswith("--from") for source in row[:-1]]


def environment(image: Path) -> dict[str, str]:
    """The variables of the final image."""
    rows = [rest for name, rest in instructions(image) if name == "ENV"]
    return dict(pair.split("=", 1) for row in rows for pair in shlex.split(row))


@each_image
def test_what_is_copied_exists_and_is_let_through(image: Path) -> None:
    ignore = (ROOT / ".dockerignore").read_text().split()
    assert "*" in ignore
    for source in copied(image):
        assert (ROOT / source).exists()
        assert f"!{source}" in ignore


@each_image
def test_all_that_the_package_is_built_from_is_copied(image: Path) -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    needed = {"pyproject.toml", PROJECT["readme"], *PROJECT["license-files"]}
    assert needed | set(wheel["targets"]["wheel"]["packages"]) == set(copied(image))


@each_image
def test_bases_are_pinned(image: Path) -> None:
    bases = {rest.split()[0] for name, rest in instructions(image) if name == "FROM"}
    (base,) = bases
    assert re.fullmatch(r"python:3\.\d+-slim", base)
    assert f"Programming Language :: Python :: {base[7:-5]}" in PROJECT["classifiers"]


@each_image
def test_user_is_not_root(image: Path) -> None:
    user, _, group = last(image, "USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert f"--uid {user}" in last(image, "RUN") + image.read_text()


@each_image
def test_requirements_are_those_of_the_project(image: Path, tmp_path: Path) -> None:
    """The line that lists them is run as it stands."""
    line = next(rest for name, rest in instructions(image) if "needed.txt" in rest)
    program = re.search(r'^python (-c ".*?") >needed.txt && pip', line)
    assert program
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    call = [sys.executable, *shlex.split(program[1])]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=True)
    gpu = image.suffix == ".gpu"
    name = "onnxruntime-gpu[cuda,cudnn]" if gpu else "onnxruntime"
    assert done.stdout.splitlines() == [
        name + text.removeprefix("onnxruntime") if text.startswith("onnxruntime") else text
        for text in PROJECT["dependencies"]
    ]


@each_image
def test_variables_are_settings(image: Path) -> None:
    ours = [name for name in environment(image) if name.startswith("PRELABEL_")]
    assert {name.removeprefix("PRELABEL_").lower() for name in ours} <= set(SETTINGS)
    assert len(ours) >= 3


@each_image
def test_command_starts_a_server_that_its_health_check_finds(image: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = {k: v for k, v in environment(image).items() if k.startswith("PRELABEL_")}
    told = {"PRELABEL_HOST": "127.0.0.1", "PRELABEL_PORT": str(port)}
    told |= {"PRELABEL_DATA_DIR": str(tmp_path / "data"), "PRELABEL_PROVIDER": "cpu"}
    env = {**os.environ, **ours, **told}
    health = last(image, "HEALTHCHECK")
    check = [sys.executable, *json.loads(health[health.index("[") :])[1:]]
    assert subprocess.run(check, env=env, capture_output=True).returncode == 1
    entry = json.loads(last(image, "ENTRYPOINT")) + json.loads(last(image, "CMD"))
    assert entry[0] == "prelabel"
    server = subprocess.Popen([sys.executable, "-m", "prelabel", *entry[1:]], env=env, cwd=tmp_path)
    try:
        end = time.monotonic() + 120
        while subprocess.run(check, env=env, capture_output=True).returncode:
            assert server.poll() is None
            assert time.monotonic() < end
            time.sleep(0.2)
    finally:
        server.terminate()
        assert server.wait(60) == 0


def test_without_a_key_the_image_serves_nobody(tmp_path: Path) -> None:
    env = {**os.environ, **environment(IMAGES[0]), "PRELABEL_DATA_DIR": str(tmp_path)}
    env["PATH"] = os.environ["PATH"]
    call = [sys.executable, "-m", "prelabel", *json.loads(last(IMAGES[0], "CMD"))]
    done = subprocess.run(call, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "PRELABEL_API_KEYS" in done.stderr


def composed(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


@each_compose
def test_compose_builds_what_is_there(file: Path) -> None:
    for service in composed(file)["services"].values():
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]) in IMAGES
        assert re.fullmatch(r"prelabel(:gpu)?|[a-z/-]+:\d+\.\d+\.\d+", service["image"])


@each_compose
def test_compose_variables_are_settings(file: Path) -> None:
    given = composed(file)["services"]["prelabel"].get("environment", {})
    assert {name.removeprefix("PRELABEL_").lower() for name in given} <= set(SETTINGS)


def test_compose_override_changes_only_services_that_there_are() -> None:
    whole, more = map(composed, COMPOSE)
    assert set(more["services"]) <= set(whole["services"])


def test_compose_command_is_one_that_serve_takes() -> None:
    verb, *arguments = composed(COMPOSE[0])["services"]["prelabel"]["command"]
    assert verb == "serve"
    assert isinstance(serve, Command)
    assert serve.make_context("serve", list(arguments)).params["models"]


def test_compose_service_can_write_to_its_volume_only() -> None:
    service = composed(COMPOSE[0])["services"]["prelabel"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    places = {place.split(":")[1]: place.split(":")[2:] for place in service["volumes"]}
    assert [place for place, mode in places.items() if mode != ["ro"]] == [
        environment(IMAGES[0])["PRELABEL_DATA_DIR"]
    ]


def test_compose_volumes_are_declared() -> None:
    whole = composed(COMPOSE[0])
    used = {
        place.split(":")[0]
        for service in whole["services"].values()
        for place in service["volumes"]
    }
    assert {name for name in used if not name.startswith(".")} == set(whole["volumes"])


def test_label_studio_may_reach_prelabel_and_both_know_one_token() -> None:
    services = composed(COMPOSE[0])["services"]
    ours, theirs = (services[name]["environment"] for name in ("prelabel", "label-studio"))
    for name in ("ML_BLOCK_LOCAL_IP", "SSRF_PROTECTION_ENABLED"):
        assert theirs[name] == "false"
    assert theirs["LABEL_STUDIO_USER_TOKEN"] == ours["PRELABEL_LABEL_STUDIO_API_KEY"]
    assert ours["PRELABEL_LABEL_STUDIO_URL"] == "http://label-studio:8080"
    root = theirs["LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT"]
    assert root == ours["PRELABEL_LABEL_STUDIO_FILES"]
    for service in services.values():
        assert f"./files:{root}:ro" in service["volumes"]


def test_ports_are_open_to_this_machine_only() -> None:
    for service in composed(COMPOSE[0])["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_readme_tells_every_variable_that_must_be_given() -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?", COMPOSE[0].read_text()))
    assert wanted
    assert all(re.search(rf"^{name}=", README, flags=re.M) for name in wanted)


@pytest.mark.parametrize("file", [*IMAGES, *COMPOSE], ids=lambda path: path.name)
def test_readme_names_every_file(file: Path) -> None:
    assert f"`{file.name}`" in README
