"""Broken pictures by the thousand: each is a picture or an ImageError, and nothing crashes.

They are decoded in a process of their own, because what is looked for is a decoder that takes the
process with it; its memory is limited, so that a header cannot ask for all there is.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import picture_mutants
import pytest

from prelabel.image import decode

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = 10_000
MEMORY = 2 << 30


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def test_all_are_whole_before_they_are_broken() -> None:
    pictures = picture_mutants.whole()
    assert len(pictures) > 25
    assert [decode(data).pixels.ndim for data in pictures] == [3] * len(pictures)


def test_a_mutant_can_be_made_again() -> None:
    mutants = [picture_mutants.mutant(number) for number in range(50)]
    assert mutants == [picture_mutants.mutant(number) for number in range(50)]
    assert len(set(mutants)) == 50
    assert not set(mutants) & set(picture_mutants.whole())


@pytest.mark.slow
def test_no_mutant_crashes(soak: bool) -> None:
    count = MUTANTS if soak else MUTANTS // 100
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "picture_mutants.py"), "0", str(count)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        preexec_fn=limited,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"at mutant {lines[-1:]}: {done.stderr[-2000:]}"
    assert lines[:-1] == [str(number) for number in range(count)]
    assert count * 0.1 < int(lines[-1].split()[1]) < count * 0.9
