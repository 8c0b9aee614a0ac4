"""The environment of a service's processes: the contract between the stack, the services and compose.yaml."""

import os

from stack.config import SERVICES, Settings
from stack.credentials import TOKEN_CLIENTS, Credentials, public_keys_folder, service_key_file, signing_key_file, signing_keys_folder

# Of the caller's environment only this goes on, so that a stray SECRET_KEY or PYTHONPATH cannot change a service.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "TERM")
# What the caller may set for all services of this stack.
ADJUSTABLE = {"DEBUG": "0", "LOG_LEVEL": "INFO", "ALLOWED_HOSTS": "127.0.0.1,localhost"}


def inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def service_environment(settings: Settings, credentials: Credentials, service: str) -> dict[str, str]:
    return inherited() | contract(settings, credentials, service) | in_a_browser(settings, service) | telemetry()


def in_a_browser(settings: Settings, service: str) -> dict[str, str]:
    """Where people find the gateway and, from there, each admin: of a running stack alone, for a service on its own has neither."""
    if service != "gateway":
        return {"GATEWAY_PUBLIC_URL": settings.url("gateway")}
    return {"GATEWAY_ADMIN_URLS": ",".join(f"{name}={settings.url(name)}" for name in SERVICES if name != "gateway")}


def telemetry() -> dict[str, str]:
    """Where spans go, as the caller says (docs/observability.md)."""
    return {name: value for name, value in os.environ.items() if name.startswith("OTEL_") and value}


def contract(settings: Settings, credentials: Credentials, service: str) -> dict[str, str]:
    """Names and values that the service itself reads."""
    return {
        "SECRET_KEY": credentials[f"secret_key.{service}"],
        **{name: os.environ.get(name) or default for name, default in ADJUSTABLE.items()},
        **{f"{name.upper()}_URL": settings.url(name) for name in SERVICES if name != "gateway"},
        "AUTH_JWKS_URL": f"{settings.url('auth')}/auth/.well-known/jwks.json",
        "AUTH_ISSUER": "crm-auth",
        "BUS_URL": valkey_url(settings, credentials, 0),
        "FILES_DIR": str(settings.files / service),
        **(_of_gateway(settings) if service == "gateway" else {}),
        **_database(settings, credentials, service),
        **_keys(settings, service),
        **(_of_automacao(settings, credentials) if service == "automacao" else {}),
    }


# For tests and measurements, which send more than anybody would.
UNLIMITED = {"GATEWAY_LIMIT_PERSON": "0", "GATEWAY_LIMIT_ADDRESS": "0"}


def _of_gateway(settings: Settings) -> dict[str, str]:
    """Its limits are the usual ones unless the caller says otherwise."""
    limits = {name: os.environ[name] for name in UNLIMITED if os.environ.get(name)}
    return {"MONITOR_BIND": f"127.0.0.1:{settings.monitor_port}", **limits}


def _of_automacao(settings: Settings, credentials: Credentials) -> dict[str, str]:
    """Webhooks may go to this machine where the caller says so: for development and tests."""
    private = {name: os.environ[name] for name in ("WEBHOOK_ALLOW_PRIVATE",) if os.environ.get(name)}
    return {"AUTOMACAO_QUEUE_URL": valkey_url(settings, credentials, 1), **private}


def valkey_url(settings: Settings, credentials: Credentials, number: int) -> str:
    return f"redis://:{credentials['valkey']}@127.0.0.1:{settings.port('valkey')}/{number}"


def mongo_url(settings: Settings, credentials: Credentials) -> str:
    address = f"127.0.0.1:{settings.port('mongo')}"
    return f"mongodb://comunicacao:{credentials['mongo']}@{address}/comunicacao?authSource=admin&directConnection=true"


def _database(settings: Settings, credentials: Credentials, service: str) -> dict[str, str]:
    if service == "gateway":
        return {}
    name = f"{service.upper()}_DATABASE_URL"
    if service == "comunicacao":
        return {name: mongo_url(settings, credentials)}
    password = credentials[f"postgres.{service}"]
    return {name: f"postgres://{service}:{password}@127.0.0.1:{settings.port('postgres')}/{service}"}


def _keys(settings: Settings, service: str) -> dict[str, str]:
    if service == "auth":
        return {
            "AUTH_SIGNING_KEY_FILE": str(signing_key_file(settings)),
            "AUTH_SIGNING_KEYS_DIR": str(signing_keys_folder(settings)),
            "AUTH_SERVICE_KEYS_DIR": str(public_keys_folder(settings)),
            "EMAIL_URL": os.environ.get("EMAIL_URL") or (settings.files / "correio").as_uri(),
        }
    if service in TOKEN_CLIENTS:
        return {"SERVICE_KEY_FILE": str(service_key_file(settings, service))}
    return {}
