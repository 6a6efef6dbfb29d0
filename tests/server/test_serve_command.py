"""`prelabel serve` as a process: its one line, what it refuses, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import served_process
import tiny_model
from fake_models import until
from served_process import Process
from serving import jpeg

from prelabel import providers, session, weights
from prelabel.commands import run
from prelabel.errors import SettingsError
from server import running

KEY = "k3y-of-the-server"


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A model that takes so long that a signal comes before its answer."""
    return tiny_model.write(tmp_path / "slow.onnx", layers=30)


@pytest.fixture
def served(slow: Path, tmp_path: Path) -> Iterator[Process]:
    with served_process.serving({"slow": slow}, tmp_path / "run") as process:
        yield process


def predict(served: Process, seed: int) -> httpx.Response:
    headers = {"content-type": "image/jpeg"}
    url = f"{served.url}/api/v1/predict"
    return httpx.post(url, content=jpeg(seed=seed), headers=headers, timeout=60, trust_env=False)


def test_one_line_tells_all_that_is_needed(tiny: Path, tmp_path: Path) -> None:
    models = {"tiny": tiny, "pose": "builtin-pose"}
    with served_process.serving(models, tmp_path, api_keys=[KEY]) as served:
        lines = served.log.read_text().splitlines()
        assert lines == [f"prelabel: serving tiny, pose at {served.url} (a key is needed)"]
        assert httpx.get(f"{served.url}/api/v1/models", trust_env=False).status_code == 401
        answer = httpx.get(f"{served.url}/api/v1/models", auth=("", KEY), trust_env=False)
        names = [(model["name"], model["version"]) for model in answer.json()["models"]]
        assert [name for name, _ in names] == ["tiny", "pose"]
        assert served.stop() == 0
        assert served.log.read_text().splitlines() == lines
        assert KEY not in served.log.read_text()


def test_a_signal_finishes_what_was_accepted(served: Process) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(predict, served, seed) for seed in range(3)]
        until(lambda: served.counted("requests_in_flight") == 4)
        served.process.terminate()
        assert [answer.result().status_code for answer in answers] == [200, 200, 200]
    assert served.process.wait(60) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{served.url}/ready", trust_env=False)


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_stops_at_once(tmp_path: Path, second: signal.Signals) -> None:
    model = tiny_model.write(tmp_path / "endless.onnx", layers=6000)
    run_ = served_process.serving({"endless": model}, tmp_path / "run", request_timeout=600)
    with run_ as served, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(predict, served, 1)
        until(lambda: served.counted("requests_in_flight") == 2)
        served.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert served.process.poll() is None
        served.process.send_signal(second)
        assert served.process.wait(10) == 128 + second
        assert isinstance(answer.exception(), httpx.HTTPError)


def test_an_idle_server_ends_quickly(tiny: Path, tmp_path: Path) -> None:
    with served_process.serving({"tiny": tiny}, tmp_path) as served:
        with httpx.Client(base_url=served.url, trust_env=False) as client:
            assert client.get("/ready").status_code == 200
            begun = time.monotonic()
            assert served.stop() == 0
        assert time.monotonic() - begun < 10


def test_an_interrupted_server_says_so_with_its_exit_code(tiny: Path, tmp_path: Path) -> None:
    with served_process.serving({"tiny": tiny}, tmp_path) as served:
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(60) == 0


def in_another_process(*arguments: str) -> tuple[int, str]:
    """Exit code and words of a server that does not start."""
    command = [sys.executable, "-m", "prelabel", "serve", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_what_cannot_be_served_is_one_line(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = f"--data-dir={tmp_path / 'data'}"
    file = tmp_path / "file"
    file.write_text("")
    model = f"--model={tiny}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cases = {
            (data,): (2, r"--model: no model to serve \(name a file, or --model builtin\)"),
            (data, "--model=none.onnx"): (6, r"none\.onnx: no such model file"),
            (data, f"--model=x={file}"): (6, r"is empty, expected an ONNX model"),
            (data, model, model): (2, r"two models are called tiny"),
            (data, model, "--model=b=builtin", "--family=yolo"): (2, r"are of a lone model"),
            (data, model, f"--port={port}"): (2, rf"127\.0\.0\.1:{port}: cannot listen: Address"),
            (data, model, "--host=0.0.0.0"): (2, r"it has no key .set PRELABEL_API_KEYS"),
            (data, model, "--host=no.such.invalid", "--open-access"): (2, r"cannot listen: "),
            (f"--data-dir={file}", model): (7, r"file: cannot be made"),
        }
        for arguments, (code, words) in cases.items():
            assert run(["serve", *arguments]) == code
            told, error = capsys.readouterr()
            assert told == ""
            assert re.search(words, error), error
            assert error.startswith("prelabel: ")
            assert error.count("\n") == 1


def test_a_provider_that_does_not_start_is_told_before_the_server_listens(
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Models are opened later; a server whose models all fail would only look alive."""
    listed = [providers.PROVIDERS[name] for name in ("cuda", "cpu")]
    start = session._start
    monkeypatch.setattr(session.onnxruntime, "get_available_providers", lambda: listed)
    monkeypatch.setattr(session, "_start", lambda path, name, n: start(path, "cpu", n))
    data = f"--data-dir={tmp_path / 'data'}"
    asked = ["serve", data, f"--model={tiny}", "--port=0"]
    assert run([*asked, "--provider=cuda"]) == 2
    monkeypatch.setenv("PRELABEL_PROVIDER", "tensorrt")
    assert run(asked) == 2
    told = capsys.readouterr()
    assert told.out == ""
    cuda, tensorrt = told.err.splitlines()
    assert cuda.startswith("prelabel: provider 'cuda' does not start here")
    assert tensorrt == "prelabel: provider 'tensorrt' is not installed (here: cuda, cpu)"
    assert not (tmp_path / "data").exists()


def test_two_servers_do_not_share_a_folder(tiny: Path, tmp_path: Path) -> None:
    with served_process.serving({"tiny": tiny}, tmp_path) as served:
        place = tmp_path / "data"
        code, words = in_another_process(f"--model={tiny}", "--port=0", f"--data-dir={place}")
        assert code == 7
        assert f"process {served.process.pid} is at work in this folder" in words


@pytest.mark.parametrize("key", ["with blank", "ü"])
def test_a_key_that_cannot_work_is_refused_unseen(
    tiny: Path, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRELABEL_API_KEYS", f"good-key,{key}")
    assert run(["serve", "--model", str(tiny), "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert "api_keys: key 2" in told
    assert key not in told
    assert "good-key" not in told


def test_a_stray_file_may_not_open_the_server(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for text in ("open_access = true", 'host = "0.0.0.0"', 'api_keys = ["theirs"]'):
        (tmp_path / "prelabel.toml").write_text(text)
        assert run(["serve", "--model", str(tiny)]) == 2
        assert "is not taken from a file that merely lies here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.0.2.1", False),
        ("no.such.invalid", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, own: bool) -> None:
    assert running.is_loopback(host) is own


def test_listening_on_any_free_port() -> None:
    with running.listen("127.0.0.1", 0) as one, running.listen("127.0.0.1", 0) as other:
        assert running.address(one).startswith("http://127.0.0.1:")
        assert running.address(one) != running.address(other)
        with pytest.raises(SettingsError, match=r"127\.0\.0\.1:\d+: cannot listen: Address"):
            running.listen("127.0.0.1", one.getsockname()[1])
    with running.listen("::1", 0) as six:
        assert running.address(six).startswith("http://[::1]:")


def test_the_builtin_model_is_served_by_its_name(tmp_path: Path) -> None:
    with served_process.serving({"shapes": "builtin"}, tmp_path) as served:
        facts = httpx.get(f"{served.url}/api/v1/models/shapes", trust_env=False, timeout=60).json()
    assert facts["version"] == _sha256(weights.path("segment"))[:12]


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_threads_of_a_stopped_server_are_gone(tiny: Path) -> None:
    from serving import serve

    before = {thread.name for thread in threading.enumerate()}
    with serve({"tiny": tiny}) as served:
        headers = {"content-type": "image/jpeg"}
        assert served.client.post("/api/v1/predict", content=jpeg(), headers=headers).is_success
    after = {t.name for t in threading.enumerate() if not t.daemon}
    assert not {name for name in after - before if name.startswith("prelabel")}


def test_an_answer_is_not_held_back_for_the_clients_word() -> None:
    """Head and body are two packets: the second must not wait for the first one's receipt."""
    listener = running.listen("127.0.0.1", 0)
    with listener, socket.create_connection(listener.getsockname()), listener.accept()[0] as taken:
        assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
