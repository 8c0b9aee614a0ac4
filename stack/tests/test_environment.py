"""The contract between the stack and the services: names and shapes of what their processes find in the environment."""

from urllib.parse import urlsplit

import pytest

from stack import credentials
from stack.config import SERVICES, Settings
from stack.environment import service_environment

EVERY_SERVICE = {
    *("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "LOG_LEVEL", "BUS_URL", "AUTH_JWKS_URL", "AUTH_ISSUER"),
    *("AUTH_URL", "CLIENTES_URL", "EMPRESAS_URL", "VENDAS_URL", "COMUNICACAO_URL", "TAREFAS_URL", "AUTOMACAO_URL"),
}
ITS_OWN = {
    "gateway": set(),
    "auth": {"AUTH_DATABASE_URL", "AUTH_SIGNING_KEY_FILE", "AUTH_SIGNING_KEYS_DIR", "AUTH_SERVICE_KEYS_DIR"},
    "automacao": {"AUTOMACAO_DATABASE_URL", "AUTOMACAO_QUEUE_URL", "SERVICE_KEY_FILE"},
}


@pytest.fixture
def environments(settings: Settings) -> dict[str, dict[str, str]]:
    settings.make_folders()
    secrets = credentials.load_or_create(settings)
    return {service: service_environment(settings, secrets, service) for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_gets_the_contract_and_nobody_elses_secrets(environments: dict[str, dict[str, str]], service: str) -> None:
    own = ITS_OWN.get(service, {f"{service.upper()}_DATABASE_URL"})
    assert set(environments[service]) >= EVERY_SERVICE | own
    others = {name for name in environments[service] if name.endswith(("DATABASE_URL", "QUEUE_URL", "_FILE", "_DIR"))} - own
    assert environments[service]["FILES_DIR"].endswith(f"/{service}")
    assert not others - {"SSL_CERT_FILE", "SSL_CERT_DIR", "FILES_DIR"}


def test_each_database_url_names_the_services_own_role(environments: dict[str, dict[str, str]], settings: Settings) -> None:
    url = urlsplit(environments["vendas"]["VENDAS_DATABASE_URL"])
    assert (url.scheme, url.username, url.port, url.path) == ("postgres", "vendas", settings.port("postgres"), "/vendas")
    assert urlsplit(environments["tarefas"]["TAREFAS_DATABASE_URL"]).password != url.password


def test_comunicacao_is_told_of_mongodb(environments: dict[str, dict[str, str]], settings: Settings) -> None:
    url = urlsplit(environments["comunicacao"]["COMUNICACAO_DATABASE_URL"])
    assert (url.scheme, url.port, url.path) == ("mongodb", settings.port("mongo"), "/comunicacao")
    assert "authSource=admin" in url.query


def test_secret_keys_differ(environments: dict[str, dict[str, str]]) -> None:
    assert len({environment["SECRET_KEY"] for environment in environments.values()}) == len(SERVICES)


def test_a_stray_variable_of_the_caller_stays_out(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "stray")
    monkeypatch.setenv("PYTHONPATH", "/stray")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    settings.make_folders()
    environment = service_environment(settings, credentials.load_or_create(settings), "vendas")
    assert environment["SECRET_KEY"] != "stray"
    assert "PYTHONPATH" not in environment
    assert environment["LOG_LEVEL"] == "DEBUG"
