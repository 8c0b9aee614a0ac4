"""What the code has, the documentation names; what the documentation names, is there."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import repository
from repository import ROOT, SERVICES, folder, name, python_files

from crm_shared.events.catalog import catalog
from crm_shared.events.contracts import CONTRACTS

DOCS = ROOT / "docs"
LIBRARY = ROOT / "crm_shared" / "src"

# --- events ---------------------------------------------------------------------------------------------------------


def test_the_event_catalogue_is_up_to_date() -> None:
    assert (DOCS / "events.md").read_text() == catalog(), "run: python -m crm_shared.events.catalog > docs/events.md"


def test_every_event_is_described() -> None:
    assert [tipo for tipo, contract in CONTRACTS.items() if f"`{tipo}`" not in catalog() or not contract.__mro__[1].__doc__] == []


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "gateway"])
def test_a_readme_names_what_the_service_publishes_and_consumes(service: str) -> None:
    text = (folder(service) / "README.md").read_text().lower()
    assert {word for word in ("publica", "consome") if word not in text} == set()


def test_the_grammar_that_is_shown_is_the_one_that_runs() -> None:
    assert (LIBRARY / "crm_shared" / "q" / "gramatica.lark").read_text() in (DOCS / "q.md").read_text()


TESTS = {
    "auth": "auth_service/contas/tests",
    "gateway": "gateway_service/gateway/tests",
    "crm_shared": "crm_shared/tests",
    **{service: f"{service}_service/{service}/tests" for service in ("clientes", "vendas", "comunicacao")},
    "e2e": "tests/e2e",
}


@pytest.mark.parametrize(("page", "fewest"), [("asvs.md", 40), ("security.md", 30)])
def test_every_test_that_a_page_on_security_names_is_there(page: str, fewest: int) -> None:
    named = re.findall(r"`(\w+)/([\w/]+\.py)(?:::(\w+))?`", (DOCS / page).read_text())
    assert len(named) >= fewest
    files = {(place, path): (ROOT / TESTS[place] / path).read_text() for place, path, _ in named}
    assert [(path, test) for place, path, test in named if test and f"def {test}(" not in files[place, path]] == []


# --- configuration --------------------------------------------------------------------------------------------------

READERS = {"env_str", "env_bool", "env_int", "env_list", "env_address", "env_ports", "env_secret", "env_key", "env_key_file"}
READERS |= {"env_rate", "env_networks", "postgres_database", "mongo_database", "redis_url", "bucket_storage", "mail_settings"}
# read by gunicorn and by OpenTelemetry for every service
BY_OTHERS = {"WEB_CONCURRENCY", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}
# read by every process, and nothing to set in earnest
REHEARSED = {"CRASH_POINT", "CRASH_FOLDER"}
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")


def variables(under: Path) -> set[str]:
    """The environment variables that the code below `under` reads; of an f-string's holes, a pattern."""
    return {variable for path in python_files(under) if "tests" not in path.parts for variable in read_by(path)}


def read_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        argument = None
        if isinstance(node, ast.Call) and node.args and reads(node.func):
            argument = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("os.environ", "environ"):
            argument = node.slice
        if isinstance(argument, ast.Constant) and VARIABLE.fullmatch(str(argument.value)):
            yield argument.value
        elif isinstance(argument, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "[A-Z]+" for part in argument.values)


def reads(function: ast.expr) -> bool:
    text = ast.unparse(function)
    return text in READERS or text in ("os.environ.get", "os.getenv", "environment.get")


def example(path: Path) -> set[str]:
    return set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", path.read_text(), re.MULTILINE))


def documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", (DOCS / "configuration.md").read_text(), re.MULTILINE))


def missing(wanted: set[str], there: set[str]) -> set[str]:
    return {variable for variable in wanted if not any(re.fullmatch(variable, item) for item in there)}


@pytest.mark.parametrize("service", SERVICES)
def test_an_example_names_every_variable_of_its_service_and_no_other(service: str) -> None:
    read = (variables(folder(service)) | variables(LIBRARY) | BY_OTHERS) - REHEARSED - {"DJANGO_SETTINGS_MODULE", "[A-Z]+_FILE"}
    named = example(folder(service) / ".env.example")
    assert missing(read, named) == set()
    assert {item for item in named if not any(re.fullmatch(variable, item) for variable in read)} == set()


def test_the_example_of_compose_names_every_variable_that_it_takes_from_outside() -> None:
    files = [ROOT / "compose.yaml", *(ROOT / "deploy" / "compose").glob("*.yaml")]
    taken = {name for path in files for name in re.findall(r"\$\{([A-Z_]+)", path.read_text())}
    own = {"CRM_PORT_BASE", "CRM_VAR"}  # of the embedded stack
    assert example(ROOT / ".env.example") - own == taken


def test_configuration_names_every_variable() -> None:
    read = variables(LIBRARY) | variables(ROOT / "stack") | {item for service in SERVICES for item in variables(folder(service))}
    read |= {item for path in [ROOT, *map(folder, SERVICES)] for item in example(path / ".env.example")}
    assert missing({item for item in read if item not in STANDARD and item != "[A-Z]+_FILE"}, documented()) == set()


STANDARD = {"DJANGO_SETTINGS_MODULE", "PATH", "HOME", "PYTHONPATH"}


def test_configuration_names_no_variable_that_nothing_reads() -> None:
    places = [LIBRARY, ROOT / "stack", *map(folder, SERVICES), ROOT / "tests" / "e2e", ROOT / "examples"]
    texts = [path.read_text() for place in places for path in python_files(place)] + [(ROOT / "crm").read_text()]
    code = "\n".join([*texts, (ROOT / "compose.yaml").read_text(), *BY_OTHERS])
    patterns = [item for place in places for item in variables(place) if "[" in item]
    unread = {item for item in documented() if item not in code and not any(re.fullmatch(pattern, item) for pattern in patterns)}
    assert unread == set()


# --- pages ----------------------------------------------------------------------------------------------------------

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def pages() -> list[Path]:
    return [path for path in repository.files() if path.suffix == ".md"]


def test_links_lead_somewhere() -> None:
    links = [(page, link) for page in pages() for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [(name(page), link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_decision_is_listed_and_has_its_parts() -> None:
    listed = (DOCS / "adr" / "README.md").read_text()
    for page in sorted((DOCS / "adr").glob("0*.md")):
        text = page.read_text()
        assert f"({page.name})" in listed
        assert "\nStatus: " in text
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Refused"], page.name


def test_decisions_that_the_code_cites_exist() -> None:
    numbers = {int(page.name[:4]) for page in (DOCS / "adr").glob("0*.md")}
    cited = {
        (name(path), int(number))
        for path in repository.files()
        if path.suffix in (".py", ".in", ".md", ".toml")
        for number in re.findall(r"ADR (\d+)", path.read_text())
    }
    assert {item for item in cited if item[1] not in numbers} == set()


def test_pages_that_the_code_cites_exist() -> None:
    there = {page.name for page in pages()}
    cited = {
        (name(path), page)
        for path in repository.files()
        if path.suffix in (".py", ".toml", ".in", ".sh") and path.parent != Path(__file__).parent
        for page in re.findall(r"([\w-]+\.md)\b", path.read_text())
    }
    assert {item for item in cited if item[1] not in there} == set()


# --- commands -------------------------------------------------------------------------------------------------------

COMMAND = re.compile(r"(?:^|`|&& |[A-Z]=\S+ )\./crm +([a-z]+)([^`\n|;&)]*)", re.MULTILINE)
DJANGO_COMMANDS = {"migrate", "makemigrations", "shell", "dbshell", "runserver", "check", "test"}


def quoted_commands() -> list[tuple[str, str, str]]:
    """(page, command, the rest) of every `./crm` in a page."""
    return [(name(page), *match) for page in pages() for match in COMMAND.findall(page.read_text())]


@cache
def help_of(command: str) -> str | None:
    done = subprocess.run([sys.executable, "-m", "stack", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def test_commands_and_options_that_pages_quote_exist() -> None:
    crm = {(page, command, rest) for page, command, rest in quoted_commands() if command != "manage"}
    assert {item for item in crm if help_of(item[1]) is None} == set()
    wrong = {(page, command, option) for page, command, rest in crm for option in re.findall(r"--[a-z-]+", rest)}
    assert {item for item in wrong if item[2] not in (help_of(item[1]) or "")} == set()


def test_manage_commands_that_pages_quote_exist() -> None:
    def commands(under: Path) -> set[str]:
        return {path.stem for path in under.glob("*/management/commands/[a-z]*.py")} | DJANGO_COMMANDS

    shared = commands(LIBRARY)
    quoted = {(page, *rest.split()[:2]) for page, command, rest in quoted_commands() if command == "manage"}
    concrete = {item for item in quoted if len(item) == 3 and item[1] in SERVICES and item[2] != "..."}
    assert len(concrete) > 10
    assert {item for item in concrete if item[2] not in shared | commands(folder(item[1]))} == set()
