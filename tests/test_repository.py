"""The eight services keep one skeleton, their own borders and their locks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import repository
from repository import APPS, ROOT, SERVICES, app, folder, name, project, python_files

WITH_STORE = [service for service in SERVICES if service != "gateway"]
MAX_LINES = 300

# --- one skeleton ---------------------------------------------------------------------------------------------------

FILES = ("manage.py", "pytest.ini", "README.md", ".env.example", "Dockerfile")
PROJECT_FILES = ("__init__.py", "settings.py", "urls.py", "wsgi.py", "asgi.py")
APP_FILES = ("__init__.py", "apps.py", "views.py", "tests/__init__.py")
STORE_FILES = ("models.py", "scopes.py", "serializers.py", "services.py", "urls.py", "migrations/__init__.py", "tests/test_contrato.py")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_skeleton(service: str) -> None:
    wanted = [folder(service) / item for item in FILES] + [project(service) / item for item in PROJECT_FILES]
    wanted += [app(service) / item for item in APP_FILES + (STORE_FILES if service in WITH_STORE else ())]
    assert [name(path) for path in wanted if not exists(path)] == []


def exists(path: Path) -> bool:
    """A module may have become a package."""
    return path.is_file() or (path.suffix == ".py" and (path.with_suffix("") / "__init__.py").is_file())


def stock(service: str, path: Path) -> str:
    """The text of a stock file with the service's own names taken out, empty where the file is missing."""
    text = path.read_text() if path.is_file() else ""
    return text.replace(APPS[service], "APP").replace(f"{service}_service", "SERVICE").replace("APP_service", "SERVICE")


@pytest.mark.parametrize("path", ["manage.py", "pytest.ini", "{project}/wsgi.py", "{project}/asgi.py", "{project}/urls.py"])
def test_stock_files_are_the_same_in_all_services(path: str) -> None:
    # the gateway's own: its fast path, health without a store, and no requests with bodies for Django
    own = {"{project}/asgi.py", "{project}/wsgi.py", "{project}/urls.py"}
    services = WITH_STORE if path in own else SERVICES
    texts = {service: stock(service, folder(service) / path.format(project=f"{service}_service")) for service in services}
    assert {service for service, text in texts.items() if text != texts["clientes"]} == set()


# as in docs/architecture.md
PORTS = dict(zip(("gateway", *(service for service in SERVICES if service != "gateway")), range(3000, 3008), strict=True))
THREADED, ASYNCHRONOUS = 'wsgi:application", "-k", "gthread", "--threads", "4"', 'asgi:application", "-k", "gateway.server.worker.Worker"'


def test_dockerfiles_differ_in_name_port_and_server_alone() -> None:
    assert {service for service in SERVICES if stock_dockerfile(service) != stock_dockerfile("clientes")} == set()


def stock_dockerfile(service: str) -> str:
    text = (folder(service) / "Dockerfile").read_text()
    own = {
        THREADED if service in WITH_STORE else ASYNCHRONOUS: "SERVER",
        f"0.0.0.0:{PORTS[service]}": "0.0.0.0:PORT",
        f"127.0.0.1:{PORTS[service]}": "127.0.0.1:PORT",
        f"EXPOSE {PORTS[service]}": "EXPOSE PORT",
        service: "NAME",
    }
    for particular, general in own.items():
        assert particular in text, f"{service}: {particular}"
        text = text.replace(particular, general)
    return text


@pytest.mark.parametrize("service", SERVICES)
def test_settings_begin_and_compose_as_in_all_services(service: str) -> None:
    text = (project(service) / "settings.py").read_text()
    for line in (
        "from crm_shared.base_settings import *",
        f'SERVICE = "{service}"',
        f'ROOT_URLCONF = "{service}_service.urls"',
        f'WSGI_APPLICATION = "{service}_service.wsgi.application"',
        "LOGGING = logging_for(SERVICE)",
    ):
        assert f"{line}\n" in text
    assert "+=" not in text, "lists are composed, not mutated: diffsettings must show the truth"
    assert text.endswith("\nrefuse_bad_environment(SERVICE)\n"), "what its readers noted would be forgotten"


def test_no_service_is_unknown_here() -> None:
    assert {path.parent.name for path in ROOT.glob("*_service/manage.py")} == {f"{service}_service" for service in SERVICES}


# --- borders --------------------------------------------------------------------------------------------------------


def imports(path: Path) -> Iterator[str]:
    """The top-level names of what a module imports."""
    for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def packages_of(service: str) -> set[str]:
    return {APPS[service], f"{service}_service"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_no_other(service: str) -> None:
    foreign = {package for other in SERVICES if other != service for package in packages_of(other)}
    assert [(name(path), found) for path in python_files(folder(service)) if (found := foreign & set(imports(path)))] == []


def test_crm_shared_imports_no_service() -> None:
    foreign = {package for service in SERVICES for package in packages_of(service)}
    assert [(name(path), found) for path in python_files(ROOT / "crm_shared" / "src") if (found := foreign & set(imports(path)))] == []


def test_nothing_deployed_imports_the_gpl_server() -> None:
    deployed = [path for place in [*map(folder, SERVICES), ROOT / "crm_shared"] for path in python_files(place)]
    assert [name(path) for path in deployed if {"secantus", "secantusdb"} & set(imports(path))] == []


def test_http_stays_out_of_services_and_models() -> None:
    """import-linter keeps DRF out of them; it cannot see parts of Django."""
    layers = [path for service in SERVICES for path in python_files(app(service)) if path.stem in ("services", "selectors", "models")]
    assert [name(path) for path in layers if "django.http" in path.read_text()] == []


def test_no_package_goes_by_two_names() -> None:
    doubled = re.compile(r"\b([a-z]+_service)\.(\1)\b")
    own = Path(__file__)
    assert [name(path) for path in python_files() if path != own and doubled.search(path.read_text())] == []


# --- taste that can be counted --------------------------------------------------------------------------------------


def test_no_exception_is_raised_twice() -> None:
    """One that is kept as a constant gathers the frames of every time that it was raised, and all that they hold."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text(), filename=str(path)))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id.isupper()
    ]
    assert found == []


def test_no_attic() -> None:
    assert [name(path) for path in python_files() if path.name in ("utils.py", "helpers.py", "common.py", "misc.py")] == []


def test_modules_are_short() -> None:
    long = {name(path): lines for path in python_files() if not exempt(path) and (lines := path.read_text().count("\n")) > MAX_LINES}
    assert long == {}


def exempt(path: Path) -> bool:
    return bool({"tests", "migrations", "testing"} & set(path.relative_to(ROOT).parts))


def test_nothing_is_left_for_later() -> None:
    marker = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [name(path) for path in source_texts() if marker.search(path.read_text())] == []


def source_texts() -> list[Path]:
    suffixes = {".py", ".md", ".toml", ".ini", ".sh", ".in", ".html", ".yaml", ""}
    own = Path(__file__)
    return [path for path in repository.files() if path != own and path.suffix in suffixes and path.stat().st_size < 1_000_000]


# --- locks ----------------------------------------------------------------------------------------------------------

REQUIREMENTS = ROOT / "requirements"
INCLUDED_ONLY = ("base", "postgres", "bucket")  # parts of the others' input, installed by nobody alone
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
LOCKED = sorted(path.stem for path in REQUIREMENTS.glob("*.in") if path.stem not in INCLUDED_ONLY)


def canonical(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def pins(stem: str) -> dict[str, str]:
    return {canonical(package): version for package, version in PIN.findall((REQUIREMENTS / f"{stem}.txt").read_text())}


def wanted(stem: str) -> set[str]:
    """The packages that an input names, its inclusions' too."""
    found: set[str] = set()
    for line in (REQUIREMENTS / f"{stem}.in").read_text().splitlines():
        text = line.split("#")[0].strip()
        if text.startswith("-r "):
            found |= wanted(text.removeprefix("-r ").strip().removesuffix(".in"))
        elif match := re.match(r"[A-Za-z0-9._-]+", text):
            found.add(canonical(match[0]))
    return found


def test_there_is_a_lock_per_service() -> None:
    assert set(SERVICES) | {"stack", "dev"} == set(LOCKED)


@pytest.mark.parametrize("stem", LOCKED)
def test_a_lock_is_complete_hashed_and_of_one_version_with_the_others(stem: str) -> None:
    locked, universe = pins(stem), pins("dev")
    assert wanted(stem) - set(locked) == set(), "run requirements/lock.sh"
    assert {package for package in locked if locked[package] != universe.get(package)} == set(), "run requirements/lock.sh"
    text = (REQUIREMENTS / f"{stem}.txt").read_text()
    unhashed = [match[1] for match in re.finditer(r"^([A-Za-z0-9._-]+)==[^\n]*\n(?!    --hash=sha256:)", text, re.MULTILINE)]
    assert unhashed == []


def test_locks_name_no_registry() -> None:
    host = re.compile(r"^\s*(--(extra-)?index-url|-i|--find-links|--trusted-host)\b|https?://", re.MULTILINE)
    assert [name(path) for path in sorted(REQUIREMENTS.iterdir()) if path.suffix in (".in", ".txt") and host.search(path.read_text())] == []


# --- secrets --------------------------------------------------------------------------------------------------------

SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{40,}"),
    "token": re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    "AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "password in a URL": re.compile(r"\b(?:postgres|postgresql|redis|mongodb)://[^\s:/@'\"]*:(?!PW@|senha@|password@|[{<$%])[^\s:/@'\"]+@"),
}
NEVER_TRACKED = re.compile(r"(^|/)(\.env|var/.*|.*\.pem|.*\.key|admin\.json|senhas\.json|.*\.sqlite3?)$")


def test_no_secret_is_in_the_repository() -> None:
    assert [name(path) for path in repository.files() if NEVER_TRACKED.search(name(path))] == []
    found = {(name(path), what) for path in source_texts() for what, pattern in SECRETS.items() if pattern.search(text_of(path))}
    assert found == set()


def text_of(path: Path) -> str:
    return path.read_text(errors="replace")
