"""`manage.py cartas_mortas`: what this service's consumer has given up, and another round of tries for it (docs/operations.md)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import QuerySet

from crm_shared.events.consume import redrive
from crm_shared.events.contracts import CONTRACTS
from crm_shared.events.models import CartaMorta


class Command(BaseCommand):
    help = "Mostra os eventos que este serviço desistiu de tratar; com --repetir, tenta-os de novo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repetir", metavar="EVENTO", help="Id do evento, ou todas.")

    def handle(self, *args: Any, **options: Any) -> None:
        letters = CartaMorta.objects.filter(estado=CartaMorta.Estado.MORTA).order_by("id")
        if options["repetir"]:
            self.stdout.write(f"{_repeat(letters, options['repetir'])} voltam a ser tentadas.")
            return
        for letter in letters.iterator():
            self.stdout.write(f"{letter.evento_id} {letter.tipo or '(ilegível)'} {letter.criado_em:%Y-%m-%dT%H:%M:%SZ} {letter.erro[:200]}")


def _repeat(letters: "QuerySet[CartaMorta]", wanted: str) -> int:
    """What could never be read stays: trying again would not help."""
    chosen = letters.filter(tipo__in=list(CONTRACTS))
    found = list(chosen if wanted == "todas" else chosen.filter(evento_id=wanted))
    for letter in found:
        redrive(letter)
    return len(found)
