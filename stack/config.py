"""Where everything lies: the services, their ports, and the folders under `var/`."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_PORT_BASE = 3000

# auth comes first wherever services are walked through: the others verify tokens with its keys.
PORT_OFFSETS = {
    "auth": 1,
    "clientes": 2,
    "empresas": 3,
    "vendas": 4,
    "comunicacao": 5,
    "tarefas": 6,
    "automacao": 7,
    "gateway": 0,
    "postgres": 10,
    "valkey": 11,
    "mongo": 12,
}
MONITOR_OFFSET = 9  # where the gateway tells its metrics: its other port is public
STORES = ("postgres", "valkey", "mongo")
SERVICES = tuple(name for name in PORT_OFFSETS if name not in STORES)
POSTGRES_SERVICES = tuple(name for name in SERVICES if name not in ("gateway", "comunicacao"))

# The kernel's limit for the path of a unix socket is 108 bytes; supervisor adds a suffix while it binds.
SOCKET_PATH_LIMIT = 90


@dataclass(frozen=True)
class Settings:
    """One stack. `scratch` marks throw-away stores for tests: no fsync, roles that may create databases."""

    root: Path
    var: Path
    port_base: int
    scratch: bool = False

    def port(self, name: str) -> int:
        return self.port_base + PORT_OFFSETS[name]

    @property
    def monitor_port(self) -> int:
        return self.port_base + MONITOR_OFFSET

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.port(service)}"

    def folder(self, service: str) -> Path:
        return self.root / f"{service}_service"

    @property
    def services(self) -> list[str]:
        return [name for name in SERVICES if (self.folder(name) / "manage.py").is_file()]

    @property
    def identity(self) -> str:
        """Short, stable and unique on this machine: names what must lie outside `var/`."""
        return hashlib.sha256(str(self.var).encode()).hexdigest()[:12]

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def secrets(self) -> Path:
        return self.var / "segredos"

    @property
    def stamps(self) -> Path:
        """What was already done to the stores; emptied when one of them is made anew."""
        return self.var / "feito"

    @property
    def files(self) -> Path:
        """What people uploaded and had exported: a folder per service."""
        return self.var / "arquivos"

    @property
    def admin_file(self) -> Path:
        return self.var / "admin.json"

    @property
    def socket(self) -> Path:
        own = self.run / "supervisor.sock"
        if len(os.fsencode(own)) <= SOCKET_PATH_LIMIT:
            return own
        return Path(f"/tmp/crm-{os.getuid()}-{self.identity}/supervisor.sock")  # noqa: S108 - its owner is checked

    def make_folders(self) -> None:
        self.var.mkdir(parents=True, exist_ok=True)
        for private in (self.logs, self.run, self.secrets, self.stamps, self.socket.parent):
            private.mkdir(mode=0o700, exist_ok=True)
        owner = self.socket.parent.stat().st_uid
        if owner != os.getuid():
            raise StackError(f"A pasta {self.socket.parent} é de outro usuário: apague-a ou use um CRM_VAR de caminho mais curto.")


def from_environment(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> Settings:
    """The stack that this command is about: CRM_VAR and CRM_PORT_BASE, else what the last `up` on that folder used."""
    var = Path(environment.get("CRM_VAR") or root / "var").expanduser().resolve()
    stated = environment.get("CRM_PORT_BASE") or recorded_port_base(var)
    return Settings(root=root, var=var, port_base=parse_port_base(stated))


def parse_port_base(text: str) -> int:
    try:
        base = int(text)
    except ValueError:
        base = 0
    if not 1024 <= base <= 65_500:
        raise StackError(f"CRM_PORT_BASE={text!r} não serve: use um número entre 1024 e 65500, por exemplo 4000.")
    return base


def record_port_base(settings: Settings) -> None:
    (settings.var / "portas").write_text(f"{settings.port_base}\n")


def recorded_port_base(var: Path) -> str:
    try:
        return (var / "portas").read_text().strip()
    except OSError:
        return str(DEFAULT_PORT_BASE)
