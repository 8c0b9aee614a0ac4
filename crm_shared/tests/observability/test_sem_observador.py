"""What is not asked for costs nothing: no OpenTelemetry without a collector, no files of counters without a folder."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys, django
django.setup()
from crm_shared.observability import metrics, tracing
tracing.start("exemplo")
with tracing.span("nada") as span:
    span.set({"a": 1})
print(*sorted(name for name in sys.modules if name.startswith("opentelemetry")))
"""


def loaded(**environment):
    variables = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")} | environment
    variables |= {"DJANGO_SETTINGS_MODULE": "projeto.settings", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=variables, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_without_a_collector_opentelemetry_is_not_imported():
    assert loaded() == []
    assert loaded(OTEL_EXPORTER_OTLP_ENDPOINT="") == []


def test_with_one_it_is():
    assert "opentelemetry.sdk.trace" in loaded(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_folder_name_is_none(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded(**({"PROMETHEUS_MULTIPROC_DIR": value} if value is not None else {}))
    assert list(tmp_path.iterdir()) == []
