"""`manage.py reconciliar`: after a restore, before any of the service's processes starts (docs/operations.md)."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from crm_shared.events.reconcile import reconcile


def instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} não é um instante com fuso, como 2026-11-22T03:00:00Z")
    return moment


class Command(BaseCommand):
    help = "Depois de restaurar: publica de novo o que outros serviços podem não ter visto. Os processos do serviço ficam parados."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--desde", type=instant, required=True, help="Instante da cópia restaurada; de várias, o mais antigo.")
        parser.add_argument("--migrar", action="store_true", help="Leva antes o banco restaurado à versão deste código.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["migrar"]:
            call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"{reconcile(options['desde'])} eventos serão publicados de novo.")
