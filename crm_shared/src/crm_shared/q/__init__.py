"""The `q` language: one grammar for lists, saved selections, conditions and webhook filters. See docs/q.md.

`parse` reads a text into a tree of plain data, `compiler.condition` turns the tree into a Django Q for either store, and
`plain.matches` answers the same question about a dict. Nothing of the text reaches a store but as a typed value.
"""

from .errors import QError
from .fields import Field, Fields, fields_of, named
from .parser import parse

__all__ = ["Field", "Fields", "QError", "fields_of", "named", "parse"]
