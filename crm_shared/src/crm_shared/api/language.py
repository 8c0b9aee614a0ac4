"""Which language a request is answered in: pt-BR, or English for those whose Accept-Language likes it better.

Django's own language stays pt-BR, for it would also change how dates and numbers in a query are read.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from ..english import ENGLISH, PORTUGUESE, preferred, speak

Next = Callable[[HttpRequest], HttpResponse]


def language_middleware(get_response: Next) -> Next:
    def middleware(request: HttpRequest) -> HttpResponse:
        language = preferred(request.headers.get("Accept-Language", ""))
        if language == PORTUGUESE or request.path.startswith("/admin/") or "text/html" in request.headers.get("Accept", ""):
            speak(PORTUGUESE)  # pages for people have one language
            response = get_response(request)
        else:
            response = _in_english(get_response, request)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return middleware


def _in_english(get_response: Next, request: HttpRequest) -> HttpResponse:
    speak(ENGLISH)
    try:
        response = get_response(request)
        response.setdefault("Content-Language", ENGLISH)
        return response
    finally:
        speak(PORTUGUESE)
