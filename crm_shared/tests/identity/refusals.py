from collections.abc import Callable

from crm_shared.identity.errors import IdentityError


def refusal(clean: Callable[..., object], raw: object, **options: object) -> str | None:
    """Return the code with which `clean` refuses `raw`, or None when it accepts."""
    try:
        clean(raw, **options)
    except IdentityError as error:
        return error.code
    return None
