"""/metrics against what was done, read by Prometheus' own parser."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from serving import Served, jpeg, serve

from server.metrics import Metrics

KEY = "k3y-of-the-server"
TYPE = {"content-type": "image/jpeg"}


def samples(served: Served) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = served.client.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(served: Served, name: str, **labels: str) -> float:
    return samples(served).get((f"prelabel_{name}", frozenset(labels.items())), 0.0)


def test_what_was_done_is_counted(tiny: Path) -> None:
    with serve({"tiny": tiny, "other": tiny}) as served:
        post = served.client.post
        for seed in (1, 2, 2):
            post("/api/v1/predict", content=jpeg(seed=seed), headers=TYPE)
        post("/api/v1/predict", content=jpeg(), headers=TYPE, params={"model": "other"})
        post("/api/v1/predict", content=b"none", headers=TYPE)
        for path in ("/wp-login.php", "/a", "/b"):
            assert served.client.get(path).status_code == 404
        predict = {"protocol": "native", "route": "/api/v1/predict"}
        assert value(served, "requests_total", **predict, status="200") == 4
        assert value(served, "requests_total", **predict, status="422") == 1
        assert value(served, "request_seconds_count", **predict) == 5
        assert 0 < value(served, "request_seconds_sum", **predict) < 60
        lost = {"protocol": "pages", "route": "other", "status": "404"}
        assert value(served, "requests_total", **lost) == 3
        assert value(served, "images_inferred_total", model="tiny") == 2
        assert value(served, "images_inferred_total", model="other") == 1
        assert 0 < value(served, "model_seconds_total", model="tiny") < 60
        assert value(served, "cache_hits_total", kind="predictions") == 1
        assert value(served, "batch_size_count", model="tiny") == 2
        assert value(served, "batch_size_sum", model="tiny") == 2
        assert value(served, "models_loaded") == 2
        for model, provider in (("tiny", "cpu"), ("other", "cpu")):
            assert value(served, "model_provider", model=model, provider=provider) == 1
        assert value(served, "queue_inside") == 0
        assert value(served, "queue_waiting") == 0
        assert value(served, "requests_in_flight") == 1


def test_metrics_follow_the_keys(tiny: Path) -> None:
    with serve({"tiny": tiny}, api_keys=(KEY,)) as served:
        assert served.client.get("/metrics").status_code == 401
        answer = served.client.get("/metrics", auth=("", KEY))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert KEY not in answer.text


def test_unknown_paths_make_no_new_series(tiny: Path) -> None:
    with serve({"tiny": tiny}) as served:
        served.client.get("/a")
        served.client.get("/api/v1/nothing")
        served.client.get("/api/v1/jobs/a")
        samples(served)
        before = len(samples(served))
        for i in range(20):
            served.client.get(f"/x{i}")
            served.client.get(f"/api/v1/x{i}")
            served.client.get(f"/api/v1/jobs/{i}")
        assert len(samples(served)) == before


@pytest.mark.parametrize("family", [*Metrics().registry.collect()], ids=lambda each: each.name)
def test_every_metric_is_documented(family: Metric) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "server.md"
    name = family.name + ("_total" if family.type == "counter" else "")
    assert f"`{name}`" in page.read_text()
    assert family.documentation.endswith(".")


@pytest.mark.parametrize(("accept", "kind"), [("text/html,*/*", "text/html"), ("*/*", "json")])
def test_the_start_page_suits_who_asks(tiny: Path, accept: str, kind: str) -> None:
    with serve({"tiny": tiny}, api_keys=(KEY,)) as served:
        answer = served.client.get("/", headers={"accept": accept})
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]
        assert answer.headers["vary"].lower() == "accept"
        assert served.client.get("/ready").json() == {"ready": True}
