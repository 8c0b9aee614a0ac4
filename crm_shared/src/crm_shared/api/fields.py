"""Fields that DRF reads more loosely than the contract allows."""

import re
from datetime import datetime
from typing import Any, ClassVar

from rest_framework import serializers

FIRST_YEAR, LAST_YEAR = 1900, 2200  # instants around the ends of time overflow when moved to another zone
WITH_OFFSET = re.compile(r"[T ][0-9]{2}:.*(?:Z|[+-][0-9]{2}:?[0-9]{2})\Z", re.IGNORECASE | re.DOTALL)


class InstantField(serializers.DateTimeField):
    """An instant names its offset: DRF would take a bare date, or a time without one, as UTC, three hours off in Brazil."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "fuso_ausente": "Informe dia, hora e fuso, como 2026-11-22T14:30:00-03:00.",
        "fora_do_intervalo": f"Use um ano de {FIRST_YEAR} a {LAST_YEAR}.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        if isinstance(value, str) and not WITH_OFFSET.search(value):
            self.fail("fuso_ausente")
        instant: datetime = super().to_internal_value(value)
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            self.fail("fora_do_intervalo")
        return instant
