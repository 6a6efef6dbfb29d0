"""The folder of fetched pictures: whole or absent, bounded, and none the worse for being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from prelabel.fetch.cache import AGE, FolderCache

ROOT = Path(__file__).resolve().parents[2]


def held(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_what_was_put_is_got(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "pictures", 1000)
    assert cache.get("http://a/b.jpg") is None
    cache.put(b"x" * 100, "http://a/b.jpg")
    assert cache.get("http://a/b.jpg") == b"x" * 100
    assert cache.get("http://a/c.jpg") is None
    (file,) = (tmp_path / "pictures").iterdir()
    assert file.read_bytes() == b"x" * 100
    assert "b.jpg" not in file.name


def test_parts_of_a_key_do_not_run_together(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 1000)
    cache.put(b"one", "ab", "c")
    assert cache.get("a", "bc") is None
    assert cache.get("ab", "c") == b"one"
    assert cache.get("ab\udcff") is None


def test_that_used_last_stays(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 300)
    for name in "abc":
        cache.put(name.encode() * 100, name)
    assert cache.get("a")
    cache.put(b"d" * 150, "d")
    assert [bool(cache.get(name)) for name in "abcd"] == [True, False, False, True]
    assert held(tmp_path) == cache.held == 250


def test_what_is_larger_than_everything_pushes_nothing_out(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 300)
    cache.put(b"a" * 300, "a")
    cache.put(b"b" * 301, "b")
    cache.put(b"", "c")
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (b"a" * 300, None, None)


def test_a_picture_is_replaced(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 300)
    cache.put(b"a" * 200, "a")
    cache.put(b"b" * 90, "a")
    assert cache.get("a") == b"b" * 90
    assert held(tmp_path) == cache.held == 90


def test_it_is_found_again_in_order_of_use(tmp_path: Path) -> None:
    first = FolderCache(tmp_path, 300)
    for age, name in enumerate("abc"):
        first.put(name.encode() * 100, name)
        file = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        stamp = time.time() - 100 + age
        os.utime(file, (stamp, stamp))
    assert first.get("a")
    again = FolderCache(tmp_path, 300)
    again.put(b"d" * 100, "d")
    assert [bool(again.get(name)) for name in "abcd"] == [True, False, True, True]


def test_an_old_picture_is_fetched_again(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 300)
    cache.put(b"a", "a")
    (file,) = tmp_path.iterdir()
    old = time.time() - AGE - 1
    os.utime(file, (time.time(), old))
    assert cache.get("a") is None
    assert list(tmp_path.iterdir()) == []
    cache.put(b"b", "a")
    assert cache.get("a") == b"b"


def test_using_a_picture_does_not_make_it_younger(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 300)
    cache.put(b"a", "a")
    (file,) = tmp_path.iterdir()
    os.utime(file, (1, time.time() - 1000))
    assert cache.get("a")
    assert time.time() - file.stat().st_mtime >= 1000
    assert time.time() - file.stat().st_atime < 100


def test_files_that_were_taken_away_or_emptied(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 300)
    cache.put(b"a" * 10, "a")
    cache.put(b"b" * 10, "b")
    for path in tmp_path.iterdir():
        path.write_bytes(b"") if path.read_bytes()[:1] == b"a" else path.unlink()
    assert (cache.get("a"), cache.get("b")) == (None, None)
    assert (list(tmp_path.iterdir()), cache.held) == ([], 0)


def test_what_a_killed_process_left_is_removed_and_strangers_are_left_alone(tmp_path: Path) -> None:
    name = "0" * 64
    (tmp_path / f"{name}.1.1.partial").write_bytes(b"half")
    (tmp_path / "README").write_text("mine")
    (tmp_path / name).symlink_to(tmp_path / "README")
    cache = FolderCache(tmp_path, 10)
    assert cache.get("a") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, "README"]
    assert cache.held == 0


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FolderCache(tmp_path / "file" / "pictures", 100)
    cache.put(b"a", "a")
    assert cache.get("a") is None
    assert cache.held == 0


def test_many_threads(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 5000)
    plans = np.random.default_rng(3).integers(0, 30, (8, 200))

    def picture(key: int) -> bytes:
        return bytes([key]) * (100 + 20 * key)

    def work(plan: np.ndarray) -> None:
        for key in plan.tolist():
            found = cache.get(str(key))
            assert found in (None, picture(key))
            if found is None:
                cache.put(picture(key), str(key))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, plans))
    for key in range(30):
        assert cache.get(str(key)) in (None, picture(key))
    assert held(tmp_path) == cache.held <= 5000
    assert FolderCache(tmp_path, 5000).get("0") in (None, picture(0))


KILLED = """
import sys
from pathlib import Path
from prelabel.fetch.cache import FolderCache
cache = FolderCache(Path(sys.argv[1]), 40_000_000)
print("ready", flush=True)
for i in range(10**9):
    cache.put(bytes([i % 7]) * 5_000_000, str(i % 7))
"""


@pytest.mark.parametrize("moment", [0.0, 0.003, 0.011, 0.02])
def test_killed_while_writing(tmp_path: Path, moment: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(moment)  # any moment will do: what is looked for must hold at each
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    cache = FolderCache(tmp_path, 40_000_000)
    for i in range(7):
        assert cache.get(str(i)) in (None, bytes([i]) * 5_000_000)
    assert held(tmp_path) == cache.held
    assert not list(tmp_path.glob("*.partial"))
