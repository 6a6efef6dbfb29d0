"""The whole API under schemathesis, from its own description: no 5xx, no hang, and no surprise.

Every answer must have a status, content type and body that the description knows. `--soak` is the
long form; CI runs a hundredth of it with a fixed seed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jobs import draw
from serving import Served, serve

KEY = "k3y-of-the-server"
CI, SOAK = 2, 500
"""Examples for each route and phase."""
SEED = "20260514"
LEFT_OUT = "positive_data_acceptance"
"""A picture of random bytes fits its description, and is refused all the same."""


@pytest.mark.slow
@pytest.mark.parametrize("key", ["", KEY], ids=["open", "key"])
def test_the_description_holds_for_whatever_is_sent(
    tiny: Path, tmp_path: Path, key: str, soak: bool
) -> None:
    settings = {"folders": (str(draw(tmp_path / "photos", 3)),), "fetch_timeout": 1.0}
    keys = (KEY,) if key else ()
    with serve({"tiny": tiny}, api_keys=keys, key=key, max_jobs=20, **settings) as served:
        done = fuzzed(served, key, SOAK if soak else CI, tmp_path)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert served.client.get("/ready").json() == {"ready": True}
        assert faults(served) == 0


@pytest.mark.slow
def test_without_the_key_all_is_refused(tiny: Path, tmp_path: Path, soak: bool) -> None:
    """The description cannot be read without the key, so that it is handed over as a file."""
    with serve({"tiny": tiny}, api_keys=(KEY,), key=KEY) as served:
        description = tmp_path / "openapi.json"
        description.write_bytes(served.client.get("/api/v1/openapi.json").content)
        done = fuzzed(served, "", SOAK if soak else CI, tmp_path, description)
        answered = served.metrics.registry.get_sample_value
        statuses = {"200", "202", "204"}
        labels = [
            {"protocol": "native", "route": route, "status": status}
            for route in ("/api/v1/models", "/api/v1/predict", "/api/v1/jobs")
            for status in statuses
        ]
        assert not [each for each in labels if answered("prelabel_requests_total", each)]
        assert faults(served) == 0
    assert "401" in done.stdout


def fuzzed(
    served: Served, key: str, examples: int, folder: Path, description: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A run of schemathesis against the server."""
    where = [str(description)] if description else [f"{served.url}/api/v1/openapi.json"]
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", *where, "--url", served.url, "--seed", SEED, "--no-color"),
        *("--max-examples", str(examples), "--request-timeout", "30", "--workers", "1"),
        *("--exclude-checks", LEFT_OUT),
        *(("--header", f"Authorization: Bearer {key}") if key else ()),
    ]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def faults(served: Served) -> float:
    """How many answers were errors of the server."""
    samples = (s for family in served.metrics.registry.collect() for s in family.samples)
    counted = [s for s in samples if s.name == "prelabel_requests_total"]
    return sum(s.value for s in counted if s.labels["status"].startswith("5"))
