"""A process whose environment misses something, or holds an example's secret, ends at once and says all of it in one line."""

import os
import re
import subprocess
import sys
from pathlib import Path
from secrets import token_urlsafe

import pytest
from repository import SERVICES, folder

EXIT_CODE = 3
NOWHERE = "127.0.0.1:9"


def start(service: str, command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Exit code and output of a process of the service that has this environment alone."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder(service),
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout


def manage(service: str, environment: dict[str, str]) -> tuple[int, str]:
    return start(service, ["manage.py", "diffsettings"], environment)


def named(output: str) -> set[str]:
    """The variables that the refusal names; it has to be the only line."""
    assert "Traceback" not in output
    (line,) = [line for line in output.splitlines() if line.startswith("FATAL: ")]
    return set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", line.replace(".env", "")))


def good(service: str, key_file: Path) -> dict[str, str]:
    """All that the service needs, with random secrets; nothing is connected to."""
    key_file.write_text("-----BEGIN PRIVATE KEY-----")
    store = "mongodb" if service == "comunicacao" else "postgres"
    return {
        "SECRET_KEY": token_urlsafe(32),
        f"{service.upper()}_DATABASE_URL": f"{store}://{service}:{token_urlsafe(16)}@{NOWHERE}/{service}",
        "BUS_URL": f"redis://:{token_urlsafe(16)}@{NOWHERE}/0",
        "AUTOMACAO_QUEUE_URL": f"redis://:{token_urlsafe(16)}@{NOWHERE}/1",
        "AUTH_JWKS_URL": f"http://{NOWHERE}/auth/.well-known/jwks.json",
        "AUTH_SIGNING_KEY_FILE": str(key_file),
        "SERVICE_KEY_FILE": str(key_file),
        **{f"{other.upper()}_URL": f"http://{NOWHERE}" for other in SERVICES},
    }


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_environment_is_refused_with_all_that_is_missing(service: str) -> None:
    wanted = {"SECRET_KEY", "BUS_URL", "AUTH_JWKS_URL"}
    if service != "gateway":
        wanted |= {f"{service.upper()}_DATABASE_URL"}
    wanted |= {
        "auth": {"AUTH_SIGNING_KEY_FILE"},
        "automacao": {"AUTOMACAO_QUEUE_URL", "SERVICE_KEY_FILE", "AUTH_URL", "TAREFAS_URL"},
        "gateway": {f"{other.upper()}_URL" for other in SERVICES if other != "gateway"},
    }.get(service, set())
    code, output = manage(service, {})
    assert (code, named(output) >= wanted) == (EXIT_CODE, True), output


def test_a_good_environment_starts(tmp_path: Path) -> None:
    code, output = manage("clientes", good("clientes", tmp_path / "key.pem"))
    assert (code, "FATAL" in output) == (0, False), output[:500]


def test_secrets_of_an_example_are_refused_and_not_shown(tmp_path: Path) -> None:
    bad = {"SECRET_KEY": "change-me-7x", "BUS_URL": f"redis://:{'pw-7x'}@{NOWHERE}/0", "CLIENTES_DATABASE_URL": f"postgres://a@{NOWHERE}/b"}
    code, output = manage("clientes", good("clientes", tmp_path / "key.pem") | bad)
    assert (code, named(output)) == (EXIT_CODE, set(bad))
    assert [part for part in ("7x", NOWHERE) if part in output] == []


def test_a_secret_file_that_is_not_there_or_empty_is_refused(tmp_path: Path) -> None:
    environment = good("auth", tmp_path / "key.pem")
    (tmp_path / "vazio").touch()
    for name in ("SECRET_KEY", "BUS_URL"):
        del environment[name]
    environment |= {
        "SECRET_KEY_FILE": str(tmp_path / "vazio"),
        "BUS_URL_FILE": str(tmp_path / "nao-existe"),
        "AUTH_SIGNING_KEY_FILE": str(tmp_path / "nao-existe.pem"),
    }
    code, output = manage("auth", environment)
    assert (code, named(output)) == (EXIT_CODE, {"SECRET_KEY_FILE", "BUS_URL_FILE", "AUTH_SIGNING_KEY_FILE"})


@pytest.mark.parametrize(
    ("service", "command"),
    [
        (
            "clientes",
            ["-m", "gunicorn", "clientes_service.wsgi:application", "-k", "gthread", "--bind", "127.0.0.1:0", "--no-control-socket"],
        ),
        (
            "gateway",
            [
                "-m",
                "gunicorn",
                "gateway_service.asgi:application",
                "-k",
                "gateway.server.worker.Worker",
                "--bind",
                "127.0.0.1:0",
                "--no-control-socket",
            ],
        ),
        ("automacao", ["-m", "celery", "-A", "automacao_service", "worker"]),
    ],
)
def test_servers_and_workers_end_too_instead_of_starting_over(service: str, command: list[str]) -> None:
    code, output = start(service, command, {"SECRET_KEY": "change-me"})
    assert (code, {"SECRET_KEY", "BUS_URL"} <= named(output)) == (EXIT_CODE, True), output
