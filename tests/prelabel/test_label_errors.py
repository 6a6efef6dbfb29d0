"""What goes wrong in a job: one line for each, the rest goes on, nothing is lost."""

from __future__ import annotations

import http.server
import resource
import signal
import struct
import threading
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from jobs import Job, content, draw, finished, wait
from PIL import Image

from formats.native import NAME


@pytest.fixture
def job(tmp_path: Path) -> Job:
    draw(tmp_path / "photos", 4)
    return Job(tmp_path, "--conf", "0.6")


def png_header(width: int, height: int) -> bytes:
    """The start of a PNG file that says to have so many pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(head))
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + check
    return start + struct.pack(">I", 1 << 20) + b"IDAT"


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("prelabel: ")]


BROKEN = {
    "text.jpg": (b"a shopping list\n", "is not a picture: it is text"),
    "empty.png": (b"", "is empty, expected a picture"),
    "huge.png": (png_header(50_000, 50_000), "50000 x 50000 pixels, at most 200000000 are read"),
}


def test_broken_pictures_are_told_and_the_rest_goes_on(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.run() == 0
    whole = content(job.out)["coco/annotations/instances_default.json"]
    for name, (data, _) in BROKEN.items():
        (job.photos / name).write_bytes(data)
    Image.effect_noise((64, 64), 50).save(tmp_path / "noise.jpg")
    (job.photos / "cut.jpg").write_bytes((tmp_path / "noise.jpg").read_bytes()[:900])
    capsys.readouterr()
    assert job.run("--overwrite") == 1
    told = lines(capsys.readouterr().err)
    assert len(told) == 4
    for name, (_, reason) in BROKEN.items():
        assert f"prelabel: {name}: {reason}" in told
    assert any(line.startswith("prelabel: cut.jpg: ") for line in told)
    assert content(job.out)["coco/annotations/instances_default.json"] == whole


def test_failed_pictures_are_tried_again(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    good = (job.photos / "0-0000.png").read_bytes()
    (job.photos / "0-0000.png").write_bytes(good[:100])
    assert job.run() == 1
    assert job.run("--resume") == 1
    (job.photos / "0-0000.png").write_bytes(good)
    assert job.run("--resume") == 0
    fresh = job.folder / "fresh"
    assert job.run(out=fresh) == 0
    assert content(job.out) == content(fresh)


def test_a_listed_picture_that_is_not_there_is_a_failure(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = job.folder / "list.txt"
    listing.write_text("photos/0-0000.png\nphotos/gone.png\n")
    assert job.run(source=listing) == 1
    assert lines(capsys.readouterr().err) == ["prelabel: photos/gone.png: no such file"]


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        (["--classes", "rad,blue"], 2, "the model has no class 'rad' (did you mean 'red'?"),
        (
            ["--conf-class", "gren=.5"],
            2,
            "the model has no class 'gren' (did you mean 'green' or 'red'?",
        ),
        (["--conf-class", "red=5"], 2, "--conf-class red: is '5', expected a score from 0 to 1"),
        (["--to", "cocoo"], 2, "no format 'cocoo' (did you mean 'coco'?"),
        (["-o", "colour=red"], 2, "no option 'colour' of coco"),
        (["-o", "colour"], 2, "expected NAME=VALUE"),
        (["--engine", "steam"], 2, "no engine 'steam'"),
        (["--resume", "--overwrite"], 2, "exclude each other"),
        (["--labels", "missing.txt"], 2, "missing.txt: cannot be read: No such file"),
        (["--labels-map", "missing.yaml"], 3, "missing.yaml: cannot read: No such file"),
        (["--model", "missing.onnx"], 6, "missing.onnx: no such model file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_flag_is_one_line_and_leaves_nothing(
    job: Job, capsys: pytest.CaptureFixture[str], flags: list[str], code: int, told: str
) -> None:
    assert job.run(*flags) == code
    err = capsys.readouterr().err
    assert told in err
    assert len(lines(err)) == len(err.splitlines()) == 1
    assert not job.out.exists()


@pytest.mark.parametrize("cut", [0, 3, 200, -1])
def test_a_model_file_that_is_cut_is_told(
    job: Job, capsys: pytest.CaptureFixture[str], cut: int
) -> None:
    job.model.write_bytes(job.model.read_bytes()[:cut])
    assert job.run() == 6
    told = capsys.readouterr().err
    assert len(lines(told)) == len(told.splitlines()) == 1
    assert str(job.model) in told


def test_a_place_that_cannot_be_written(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    (job.folder / "file").touch()
    assert job.run(out=job.folder / "file") == 7
    assert "is a file, expected a folder" in capsys.readouterr().err
    assert job.run(out=job.folder / "file/below") == 7
    assert "cannot be made: Not a directory" in capsys.readouterr().err


def test_a_second_process_is_refused_and_told_the_first(job: Job) -> None:
    with job.start(pause=60) as first:
        wait(lambda: (job.out / NAME).exists(), first)
        with job.start("--resume") as second:
            _, told = second.communicate()
        first.kill()
    assert second.returncode == 7
    assert f"process {first.pid} is at work in this folder" in told
    assert len(told.splitlines()) == 1
    assert job.run("--resume") == 0
    assert not (job.out / ".lock").exists()


def test_interrupted_it_says_how_to_go_on(job: Job) -> None:
    draw(job.photos, 60, seed=3)
    with job.start("--workers", "2", pause=0.05) as process:
        wait(lambda: finished(job.out) > 5, process)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert process.returncode == 130
    assert told.splitlines()[-1] == "prelabel: stopped; go on with --resume"
    assert "Traceback" not in told
    assert 5 < finished(job.out) < 64
    assert (job.out / NAME).read_bytes().endswith(b"\n")
    assert job.run("--resume") == 0
    fresh = job.folder / "fresh"
    assert job.run(out=fresh) == 0
    assert content(job.out) == content(fresh)


@pytest.mark.parametrize("room", [3000, 9000, 60_000])
def test_a_disk_that_fills_up_loses_nothing(job: Job, room: int) -> None:
    """A limit on the size of files stands for the disk: no file can take more than `room`."""
    draw(job.photos, 20, seed=3)
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (room, room))
    with job.start(preexec_fn=limit) as process:
        _, told = process.communicate()
    assert process.returncode == 7
    assert "Traceback" not in told
    assert len(lines(told)) == 1
    assert "cannot" in told
    assert "File too large" in told
    kept = (job.out / NAME).read_bytes()
    assert not kept or kept.endswith(b"\n")
    assert job.run("--resume") == 0
    assert (job.out / NAME).read_bytes().startswith(kept)
    fresh = job.folder / "fresh"
    assert job.run(out=fresh) == 0
    assert content(job.out) == content(fresh)


@pytest.fixture
def site(job: Job) -> Iterator[str]:
    """The pictures of the job on a web server of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

    handler = partial(Quiet, directory=str(job.photos))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_pictures_come_from_addresses(
    job: Job, site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = job.folder / "list.txt"
    listing.write_text(f"{site}/0-0000.png\n{site}/more/0-0002.png\n{site}/gone.png\n")
    assert job.run("--allow-host", "127.0.0.1", source=listing) == 1
    (told,) = lines(capsys.readouterr().err)
    assert told.startswith("prelabel: gone.png: ")
    assert "404" in told
    found = content(job.out)["coco/annotations/instances_default.json"]
    assert b'"0-0000.png"' in found
    assert b'"0-0002.png"' in found
    assert b"127.0.0.1" not in b"".join(content(job.out).values())


def test_private_addresses_are_refused(
    job: Job, site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.run(source=f"{site}/0-0000.png") == 1
    (told,) = lines(capsys.readouterr().err)
    assert "0-0000.png" in told
    assert "127.0.0.1 is this machine" in told
