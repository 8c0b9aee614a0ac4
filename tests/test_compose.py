"""compose.yaml: who runs, who reaches whom, who gets which secret, and that the secrets' script makes all of them."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from repository import ROOT, SERVICES, folder

STORES = {"postgres", "redis", "mongo"}
WITH_STORE = [service for service in SERVICES if service != "gateway"]
OURS = "crm/"
DEFAULT = re.compile(r"\$\{\w+:-(.*?)\}")  # what compose takes where the shell says nothing


@cache
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return document


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def of(service: str) -> dict[str, dict[str, Any]]:
    """The containers that run the service's image."""
    return {name: item for name, item in services().items() if item["image"].startswith(f"{OURS}{service}:")}


def source(secret: str | dict[str, str]) -> str:
    return secret if isinstance(secret, str) else secret["source"]


def mounted(item: dict[str, Any]) -> dict[str, str]:
    """Path inside the container to secret."""
    return {f"/run/secrets/{secret}" if isinstance(secret, str) else secret["target"]: source(secret) for secret in item.get("secrets", [])}


@pytest.mark.parametrize("service", WITH_STORE)
def test_a_service_has_its_migrations_its_web_and_its_events(service: str) -> None:
    assert {f"{service}-migracoes", service, f"{service}-eventos"} <= set(of(service))
    migrated = {f"{service}-migracoes": {"condition": "service_completed_successfully"}}
    assert [name for name in (service, f"{service}-eventos") if not migrated.items() <= services()[name]["depends_on"].items()] == []


@pytest.mark.parametrize("name", sorted(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]))
def test_a_container_may_and_takes_no_more_than_it_needs(name: str) -> None:
    item = services()[name]
    assert (item["read_only"], item["cap_drop"], item["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert ("cap_add" in item) == (name in STORES), "the stores' images change their account"
    assert item["mem_limit"]
    assert item["pids_limit"]
    assert item["logging"]["options"]["max-size"]
    assert item["restart"] == ("no" if item.get("healthcheck") == {"disable": True} else "unless-stopped")
    assert "user" not in item, "the image's own"


def test_only_the_gateway_is_published_and_to_this_machine() -> None:
    assert {name: item["ports"] for name, item in services().items() if "ports" in item} == {
        "gateway": ["${CRM_BIND:-127.0.0.1}:${CRM_PORT:-3000}:3000"]
    }
    assert [name for name, network in compose()["networks"].items() if not (network or {}).get("internal")] == ["porta"]
    assert [name for name, item in services().items() if "porta" in item["networks"]] == ["gateway"]


def test_a_store_is_reached_by_those_alone_who_have_data_in_it() -> None:
    on = {network: {name for name, item in services().items() if network in item["networks"]} for network in ("postgres", "mongo")}
    assert on["mongo"] == {"mongo", "mongo-preparo", "comunicacao-migracoes", "comunicacao", "comunicacao-eventos"}
    with_postgres = [service for service in WITH_STORE if service != "comunicacao"]
    assert on["postgres"] == {"postgres"} | {name for service in with_postgres for name in of(service)}


def test_a_container_gets_its_own_secrets_and_all_that_its_environment_names() -> None:
    common = {"bus_url"}
    for service in SERVICES:
        for name, item in of(service).items():
            foreign = {secret for secret in mounted(item).values() if not secret.startswith(service) and secret not in common}
            allowed = {
                "auth": {"automacao_public_key", "admin_password"} if service == "auth" else set(),
                "mongo-preparo": {"mongo_password"},
            }.get(service if name != "mongo-preparo" else name, set())
            assert foreign <= allowed, name
            wanted = {path for variable, path in item.get("environment", {}).items() if variable.endswith("_FILE")}
            assert wanted <= set(mounted(item)), name


def test_no_value_of_a_secret_stands_in_an_environment() -> None:
    named = {variable for item in services().values() for variable in item.get("environment", {})}
    assert [
        name for name in named if ("PASSWORD" in name or "KEY" in name or name == "BUS_URL") and not name.endswith(("_FILE", "_DIR"))
    ] == []


def test_those_who_send_get_a_way_out_and_how_mail_leaves_by_a_file() -> None:
    added = yaml.safe_load((ROOT / "deploy" / "compose" / "saida.yaml").read_text())
    assert {name for name, item in added["services"].items() if item.get("networks") == ["porta"]} == {"auth-eventos", "automacao-eventos"}
    assert added["services"].keys() <= services().keys()
    for name in ("auth", "auth-eventos"):
        item = added["services"][name]
        assert mounted(item)[item["environment"]["EMAIL_URL_FILE"]] in added["secrets"]


# --- the script that makes the secrets -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compose") / "segredos"
    make_secrets(place)
    return place


def make_secrets(place: Path) -> None:
    subprocess.run([ROOT / "deploy" / "compose" / "segredos.sh", str(place)], check=True, capture_output=True)


def contents(place: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in place.iterdir() if path.is_file()}


def test_the_script_makes_every_secret_that_compose_mounts_and_no_other(secrets: Path) -> None:
    files = {item["file"].rpartition("/")[2] for item in compose()["secrets"].values()}
    assert set(contents(secrets)) == files
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {name for name, item in compose()["secrets"].items()} == {
        source(s) for item in services().values() for s in item.get("secrets", [])
    }


def test_auth_may_write_the_ring_of_its_keys(secrets: Path) -> None:
    auth = services()["auth"]
    folder, _, target = auth["volumes"][1].rpartition(":")
    assert target == auth["environment"]["AUTH_SIGNING_KEYS_DIR"]
    assert (secrets / folder.rpartition("/")[2]).stat().st_mode & 0o777 == 0o777  # in a folder that only this machine's owner enters
    assert [name for name, item in services().items() if "AUTH_SIGNING_KEYS_DIR" in item.get("environment", {})] == ["auth"]


def test_the_script_replaces_nothing_and_fills_in_what_is_missing(tmp_path: Path, secrets: Path) -> None:
    make_secrets(tmp_path)
    before = contents(tmp_path)
    assert before.keys() == contents(secrets).keys()
    assert [name for name, text in before.items() if text == contents(secrets)[name]] == [], "two places have nothing in common"
    (tmp_path / "vendas_secret_key").write_text("")
    make_secrets(tmp_path)
    after = contents(tmp_path)
    assert [name for name in before if before[name] != after[name]] == ["vendas_secret_key"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_its_environment_in_compose(service: str, secrets: Path) -> None:
    item = services()[service]
    paths = {path: str(secrets / compose()["secrets"][secret]["file"].rpartition("/")[2]) for path, secret in mounted(item).items()}
    environment = {name: paths.get(value, DEFAULT.sub(r"\1", value)) for name, value in item["environment"].items()}
    done = subprocess.run(
        [sys.executable, "manage.py", "diffsettings"],
        cwd=folder(service),
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
