"""What a backup says of itself, and whether it is still what it says."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from stack.config import SERVICES, Settings
from stack.errors import StackError
from stack.files import write_private

FORMAT = 1
FILE = "manifesto.json"
CHUNK = 1024**2


@dataclass(frozen=True)
class Contents:
    """One service's store: rows per table or collection, the newest event, the migrations that made it (`app.name`)."""

    linhas: dict[str, int]
    ultimo_evento: str | None
    migracoes: list[str]


@dataclass(frozen=True)
class Manifest:
    """`feito_em` is the moment at which all stores stand; `arquivos` has the sha256 of every other file of the folder."""

    formato: int
    versao: str
    feito_em: str
    postgres: int
    segredos: bool
    servicos: dict[str, Contents]
    arquivos: dict[str, str]


def crm_version() -> str:
    return metadata.version("crm-shared")


def write(folder: Path, manifest: Manifest) -> None:
    """Last of all: a folder without one is no backup."""
    write_private(folder / FILE, json.dumps(asdict(manifest), indent=1, ensure_ascii=False) + "\n")


def digests(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): _sha256(path) for path in _files(folder)}


def verified(folder: Path, settings: Settings, postgres: int) -> Manifest:
    """Reads the backup at `folder` and every byte of it; refuses what is damaged or not for this version of the CRM."""
    manifest = _read(folder)
    for name, expected in manifest.arquivos.items():
        path = folder / name
        if ".." in Path(name).parts or not path.is_file():
            raise StackError(f"A cópia {folder} está incompleta: falta {name}. Nada foi alterado; use outra cópia.")
        if _sha256(path) != expected:
            raise StackError(
                f"A cópia {folder} está danificada: {name} não é o arquivo que foi gravado. Nada foi alterado; use outra cópia."
            )
    _refuse_newer(manifest, settings, postgres)
    return manifest


def _read(folder: Path) -> Manifest:
    try:
        content = json.loads((folder / FILE).read_text())
        if content["formato"] != FORMAT:
            raise StackError(f"A cópia {folder} tem o formato {content['formato']}, e esta versão do CRM lê o formato {FORMAT}.")
        services = {name: Contents(**item) for name, item in content.pop("servicos").items()}
        return Manifest(servicos=services, **content)
    except FileNotFoundError:
        raise StackError(f"{folder} não é uma cópia completa: falta {FILE}.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StackError(f"A cópia {folder} está danificada: {FILE} está ilegível ({error}). Nada foi alterado; use outra cópia.") from None


def _refuse_newer(manifest: Manifest, settings: Settings, postgres: int) -> None:
    """An older backup is migrated like an older store; a newer one has what this code does not know."""
    if manifest.postgres > postgres:
        raise StackError(f"A cópia é do PostgreSQL {manifest.postgres}, e o daqui é o {postgres}: atualize o CRM antes de restaurar.")
    unknown = [f"o serviço {name}" for name in manifest.servicos if name not in settings.services]
    known = set(_migrations(settings))
    apps = {name.partition(".")[0] for name in known}
    for contents in manifest.servicos.values():
        unknown += [f"a migração {name}" for name in contents.migracoes if name.partition(".")[0] in apps and name not in known]
    if unknown:
        raise StackError(
            f"A cópia é do CRM {manifest.versao}, mais novo que este ({crm_version()}), que não tem {unknown[0]}: atualize-o antes."
        )


def _migrations(settings: Settings) -> Iterator[str]:
    """Of our own apps, as `app.name`."""
    folders = [settings.root / "crm_shared" / "src", *(settings.folder(service) for service in SERVICES)]
    for path in (path for folder in folders for path in folder.glob("*/migrations/0*.py")):
        yield f"{path.parents[1].name}.{path.stem}"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != FILE)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()
