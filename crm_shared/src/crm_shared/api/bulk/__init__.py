"""`POST /<recurso>/lote`: many writes by one request, through the same service functions as single ones (docs/bulk.md)."""

SYNCHRONOUS = 500  # items that are answered one by one, at once
AT_MOST = 10_000  # items of one request; more of them, or a selection, become an operation
