"""Events about definitions and parts that every service has: the types differ by the service alone."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from ..events.contracts.extensions import of_service
from ..events.log import Change, record
from ..records.models import Record
from . import definitions


def tell(what: str, about: Record, mudancas: Sequence[Change] = (), **other: Any) -> None:
    """Record `<servico>.<what>.v1`, such as `marcador.criado`, in the open transaction."""
    transaction.on_commit(definitions.forget)
    record(of_service(settings.SERVICE)[what].of(about, **other), about, mudancas)
