"""OpenAPI of every service, true to what the shared base does: shapes, errors, headers and examples are documented here once."""

from .autoschema import ProblemAutoSchema, TokenScheme

__all__ = ["ProblemAutoSchema", "TokenScheme"]
