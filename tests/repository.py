"""What the tests of the repository as a whole ask of it: its files and its services. No Django in here."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPS = {
    "auth": "contas",
    "clientes": "clientes",
    "empresas": "empresas",
    "vendas": "vendas",
    "comunicacao": "comunicacao",
    "tarefas": "tarefas",
    "automacao": "automacao",
    "gateway": "gateway",
}
SERVICES = tuple(APPS)


def folder(service: str) -> Path:
    return ROOT / f"{service}_service"


def project(service: str) -> Path:
    """The Django project package: settings, urls, wsgi, asgi."""
    return folder(service) / f"{service}_service"


def app(service: str) -> Path:
    return folder(service) / APPS[service]


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:  # an unpacked archive
        return tuple(_walk())
    return tuple(path for name in sorted(listed.stdout.split("\0")) if name and (path := ROOT / name).is_file())


def _walk() -> Iterator[Path]:
    skipped = {".venv", "var", "__pycache__", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    return (path for path in sorted(ROOT.rglob("*")) if path.is_file() and not skipped & set(path.relative_to(ROOT).parts))


def python_files(under: Path = ROOT) -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and path.is_relative_to(under)]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))
