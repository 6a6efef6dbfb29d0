"""Broken data sets by the thousand: each is read whole, or refused by a line that says where.

They are read in processes of their own with little memory and a limit of time for each, because a
reader that hangs or takes all there is would take the tests with it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mutants import examining, making, seeds

import formats

ROOT = Path(__file__).resolve().parents[3]
MUTANTS, PART = 100_000, 5_000


def test_every_reader_has_a_seed_and_all_seeds_are_whole(tmp_path: Path) -> None:
    found = seeds.seeds()
    readers = {name for name in formats.FORMATS if formats.get(name).read is not None}
    assert {seed.format for seed in found} == readers
    for k, seed in enumerate(found):
        assert examining.examine(making.placed(seed, tmp_path / str(k)), seed.format), seed.name


def test_a_mutant_can_be_made_again() -> None:
    whole = {seed.files for seed in seeds.seeds()}
    mutants = [making.mutant(number).files for number in range(300)]
    assert mutants == [making.mutant(number).files for number in range(300)]
    assert len(set(mutants) - whole) > 270


def test_what_is_looked_for_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> None:
        while True:
            pass

    def placeless(*_: object) -> None:
        raise formats.FormatError("nothing")

    path = tmp_path / "set"
    path.touch()
    monkeypatch.setattr(examining, "SECONDS", 0.05)
    for fault, wanted in ((endless, examining.Hang), (placeless, AssertionError)):
        monkeypatch.setattr(formats, "read", fault)
        with pytest.raises(wanted):
            examining.examine(path, "coco")


def parts(soak: bool) -> list[tuple[int, int]]:
    if not soak:
        return [(0, 1000)]
    return [(first, first + PART) for first in range(0, MUTANTS, PART)]


@pytest.mark.slow
def test_every_mutant_is_read_or_refused(soak: bool) -> None:
    for first, last in parts(soak):
        done = subprocess.run(
            [sys.executable, "-m", "mutants.examining", str(first), str(last)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"},
        )
        lines = done.stdout.splitlines()
        assert done.returncode == 0, f"at mutant {lines[-1:]}: {done.stderr[-2000:]}"
        assert lines[:-1] == [str(number) for number in range(first, last)]
        share = int(lines[-1].split()[1]) / (last - first)
        assert 0.2 < share < 0.9
