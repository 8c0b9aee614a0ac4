"""`manage.py recontar`: mends the other services' copies of this service's records (docs/operations.md)."""

from typing import Any

from django.core.management.base import BaseCommand

from crm_shared.events.reconcile import recount


class Command(BaseCommand):
    help = "Conta de novo aos outros serviços como está cada registro que eles citam. Nada mais acontece por isso."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{recount()} eventos recontados.")
