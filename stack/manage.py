"""`./crm manage <servico> <comando>`: Django's manage.py with the environment that the service's processes have."""

import os
import sys

from stack import credentials
from stack.config import Settings
from stack.environment import service_environment
from stack.errors import StackError
from stack.migrations import stamp_file


def manage(settings: Settings, service: str, command: list[str]) -> int:
    """Becomes that process, so that its exit code, signals and terminal are its own."""
    if service not in settings.services:
        raise StackError(f"Serviço desconhecido: {service}. Os que existem: {', '.join(settings.services)}.")
    settings.make_folders()
    secrets = credentials.load_or_create(settings)
    if command[:1] == ["migrate"]:  # it may go back: let the next `up` look again
        stamp_file(settings, service).unlink(missing_ok=True)
    os.chdir(settings.folder(service))
    environment = service_environment(settings, secrets, service)
    os.execve(sys.executable, [sys.executable, "manage.py", *command], environment)  # noqa: S606
