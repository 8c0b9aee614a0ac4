"""Mistakes and troubles that the person at the keyboard can mend."""


class StackError(Exception):
    """Its text is shown as it is (pt-BR): one line saying what happened and what to do."""
