"""Work too long for a request: rows that are the truth, worked off in portions by a loop of `manage.py eventos` (ADR 0026).

A kind of operation is a class (kinds.Kind) named in settings.OPERATIONS; `services.start` makes one to be done.
"""
