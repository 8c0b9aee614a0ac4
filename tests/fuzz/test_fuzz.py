"""schemathesis over the merged OpenAPI of the running stack: no 5xx, nothing undocumented, nothing out of shape, no bad data taken.

CRM_FUZZ_EXEMPLOS: examples per operation (5: under one seed they are the same ones each time, and more of them find nothing new;
from 100 up also the slower phases). CRM_FUZZ_SEED: 1 unless given; 0 draws one.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import prepare
import pytest
import requests

EXAMPLES = int(os.environ.get("CRM_FUZZ_EXEMPLOS", "5"))
SEED = int(os.environ.get("CRM_FUZZ_SEED", "1")) or random.randrange(1, 2**31)
LONG = 100  # examples from which the slower phases are worth their time
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    # Not positive_data_acceptance: a body of the right shape may name a record that does not exist, or break a rule.
)
# the usual ones, and what else refuses: a stale version, a body or an address that is too long
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "414", "415", "422", "428", "429", "5xx"]
CONFIG = f"[checks]\nnegative_data_rejection.expected-statuses = {json.dumps(REFUSALS)}\n"
SLICES = ("anonimo", "auth", "clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao")


def credentials(account: dict[str, str]) -> dict[str, str]:
    return {"email": account["FUZZ_EMAIL"], "senha": account["FUZZ_SENHA"]}


@pytest.fixture
def fuzz(tmp_path: Path, url: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(document: dict[str, Any], account: dict[str, str]) -> subprocess.CompletedProcess[str]:
        schema = tmp_path / "openapi.json"
        schema.write_text(json.dumps(document))
        (tmp_path / "schemathesis.toml").write_text(CONFIG)
        phases = "examples,coverage,fuzzing,stateful" if EXAMPLES >= LONG else "examples,fuzzing"
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--url", url, "--seed", str(SEED)]
        command += ["--max-examples", str(EXAMPLES), "--phases", phases, "--checks", ",".join(CHECKS), "--workers", "2"]
        command += ["--request-timeout", "30", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"]
        # with one, Hypothesis spends four fifths of a long run on making examples small that are all right
        command += ["--generation-database", "none"]
        environment = {**os.environ, **account, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("hooks.py")), "NO_COLOR": "1"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("service", SLICES)
def test_whatever_is_sent_is_answered_as_documented(
    service: str, document: dict[str, Any], url: str, account: dict[str, str], fuzz: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    part = prepare.slice_of(document, service)
    ended = fuzz(part, {} if service == "anonimo" else account)
    told = f"{service}: {prepare.operations(part)} operations, {EXAMPLES} examples each, CRM_FUZZ_SEED={SEED}"
    sys.stdout.write(f"{told}\n{ended.stdout[-600:]}\n")  # with -rP
    if service != "anonimo":
        login = requests.post(f"{url}/auth/login", json=credentials(account), timeout=30)
        assert login.status_code in (200, 429), f"the run locked itself out: {login.text}"
    assert ended.returncode == 0, f"{told}\n{ended.stdout[-30000:]}\n{ended.stderr[-3000:]}"
