"""People in a browser: they sign in on a page, and two cookies stand for `Authorization` from then on (ADR 35)."""
