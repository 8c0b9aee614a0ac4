"""Each alert rests on metrics that are there, and stands in docs/operations.md with what to do."""

import re
from typing import Any

import pytest
import yaml
from repository import APPS, ROOT

RULES = ROOT / "deploy" / "prometheus" / "alertas.yml"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
METRIC = re.compile(r"\b(?:crm|process|node)_[a-z_]+|\bup(?=\{)")
# of Prometheus itself, of node_exporter and of prometheus_client
FOREIGN = {"up", "node_filesystem_avail_bytes", "node_filesystem_size_bytes", "process_resident_memory_bytes"}


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def known_metrics() -> set[str]:
    listed = set(re.findall(r"^\| `(crm_[a-z_]+)`", (ROOT / "docs" / "observability.md").read_text(), re.MULTILINE))
    listed |= {f"{name}{suffix}" for name in listed if name.endswith("_seconds") for suffix in ("_bucket", "_count", "_sum")}
    return listed | FOREIGN | {"crm_backup_timestamp_seconds"}


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_is_whole(rule):
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Crm[A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    for opening, closing in ("()", "[]", "{}"):
        assert rule["expr"].count(opening) == rule["expr"].count(closing)


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_its_metrics_exist(rule):
    names = set(METRIC.findall(re.sub(r'"[^"]*"', "", rule["expr"])))
    assert names
    assert names - known_metrics() == set()


def test_what_the_backup_tells_prometheus_is_what_the_alert_asks_for():
    assert "crm_backup_timestamp_seconds {}" in (ROOT / "stack" / "backup" / "save.py").read_text()


def test_operations_knows_each_alert_and_no_other():
    section = OPERATIONS.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (\w+)$", section, re.MULTILINE) == [rule["alert"] for rule in alerts()]


def test_every_service_of_the_embedded_stack_is_read():
    config = yaml.safe_load(RULES.with_name("prometheus.yml").read_text())
    targets = [item for job in config["scrape_configs"] if job["job_name"] == "crm" for item in job["static_configs"]]
    assert {item["labels"]["servico"] for item in targets} == set(APPS)
    assert config["rule_files"] == [RULES.name]
