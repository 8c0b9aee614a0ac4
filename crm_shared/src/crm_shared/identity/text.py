"""What happens to any typed or pasted text before a rule looks at it."""

from collections.abc import Callable

from crm_shared.identity.errors import IdentityError

# Longer than any document, phone or address line, short enough that no regular expression can be made to work hard.
MAX_LENGTH = 256

# Word processors and address books paste these in place of a space or a hyphen, or around a number. Digits and letters
# of other scripts are deliberately absent: a full-width digit in a document is refused, not guessed.
_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
    | dict.fromkeys("\u200e\u200f\u202a\u202b\u202c\u202d\u202e", None)
)


def bounded(raw: object, error: Callable[[], IdentityError]) -> str:
    """Return `raw` without outer blanks; raise `error()` when it is no text or longer than MAX_LENGTH."""
    if not isinstance(raw, str) or len(raw) > MAX_LENGTH:
        raise error()
    return raw.strip(" \t\r\n\u00a0")


def plain(raw: object, error: Callable[[], IdentityError]) -> str:
    """Like `bounded`, with typographic spaces and hyphens made ASCII."""
    return bounded(raw, error).translate(_TYPOGRAPHY).strip(" ")
