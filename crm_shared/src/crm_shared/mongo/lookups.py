"""`Q(excluido_em__isnull=True)` as the condition of an index, which the backend does not translate."""

from typing import Any

from django.db import NotSupportedError
from django.db.models import DateTimeField
from django.db.models.lookups import IsNull


@DateTimeField.register_lookup
class NullInIndex(IsNull):
    def as_mql_idx(self, compiler: Any, connection: Any) -> dict[str, Any]:
        if self.rhs is not True:
            raise NotSupportedError("MongoDB has no condition `is not null` in indexes.")
        return {self.lhs.target.column: {"$eq": None}}
