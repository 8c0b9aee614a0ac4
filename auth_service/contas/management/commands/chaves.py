"""`manage.py chaves girar|trocar-todas|mostrar`: the keys that sign access tokens. docs/operations.md says when."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from contas import chaveiro


class Command(BaseCommand):
    help = "Gira as chaves que assinam os tokens de acesso, ou troca todas de uma vez. Nenhum processo precisa reiniciar."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("acao", choices=["girar", "trocar-todas", "mostrar"])

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AUTH_SIGNING_KEYS_DIR:
            raise CommandError("Defina AUTH_SIGNING_KEYS_DIR: a pasta em que as chaves ficam.")
        pasta, primeira = Path(settings.AUTH_SIGNING_KEYS_DIR), Path(settings.AUTH_SIGNING_KEY_FILE)
        try:
            for chave in self._agir(options["acao"], pasta, primeira):
                desde = datetime.fromtimestamp(chave.desde, UTC).isoformat(timespec="seconds")
                self.stdout.write(f"{chave.kid}  {chave.estado:<10}  desde {desde}")
        except (OSError, ValueError) as error:
            raise CommandError(f"{pasta}: {error}") from None

    def _agir(self, acao: str, pasta: Path, primeira: Path) -> list[chaveiro.Chave]:
        if acao == "mostrar":
            return chaveiro.ler(pasta)
        if acao == "trocar-todas":
            return chaveiro.trocar_todas(pasta, primeira)
        self.stdout.write(f"A próxima chave assina depois de publicada por {chaveiro.ESPERA:.0f} s.")
        return chaveiro.girar(pasta, primeira)
