"""What lies in a store that others may read or copy, sealed with the service's own SECRET_KEY."""

import base64
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


@cache
def seal_for(purpose: str) -> MultiFernet:
    """Opens only what was sealed for the same `purpose`; with a withdrawn key it raises cryptography.fernet.InvalidToken."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac(purpose, "seal", secret=key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
