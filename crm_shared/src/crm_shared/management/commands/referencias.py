"""`manage.py referencias`: this service's copies of what other services own: how many, and which nobody has confirmed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count

from crm_shared.events.reconcile import doubt_references
from crm_shared.records.references import Referencia


class Command(BaseCommand):
    help = "Mostra as referências a registros de outros serviços, por estado."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--duvidar", action="store_true", help="Marca todas como pendentes, até que seus donos as contem de novo.")
        parser.add_argument("--pendentes", action="store_true", help="Lista as que nenhum evento confirmou.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["duvidar"]:
            doubt_references()
        if options["pendentes"]:
            for referencia in Referencia.objects.filter(estado=Referencia.Estado.PENDENTE).order_by("recurso", "id").iterator():
                self.stdout.write(f"{referencia.recurso} {referencia.pk} {referencia.nome}")
            return
        for recurso, estado, quantas in _counts():
            self.stdout.write(f"{recurso:<22} {estado:<12} {quantas:>9}")


def _counts() -> list[tuple[str, str, int]]:
    rows = Referencia.objects.values("recurso", "estado").annotate(quantas=Count("pk")).order_by("recurso", "estado")
    return [(row["recurso"], row["estado"], row["quantas"]) for row in rows]
