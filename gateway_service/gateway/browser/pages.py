"""What the gateway's pages for people have in common."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gateway import wiring
from gateway.accounts import Said
from gateway.browser.entry import SignedIn
from gateway.problems import AUTH_OUT, Refusal


async def person_of(request: HttpRequest) -> SignedIn | None:
    try:
        return await wiring.browsers().signed_in(request.COOKIES)
    except Refusal:
        return None  # the sign-in page says that auth does not answer


def page(
    request: HttpRequest, name: str, *, person: SignedIn | None = None, status: int = 200, form_action: str = "", **context: Any
) -> HttpResponse:
    """Nothing inline, nothing from elsewhere; forms go here, or to `form_action`. Renewed cookies of `person` go along."""
    answer = render(request, f"gateway/{name}.html", {"em_erro": status >= 400, **context}, status=status)
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self' {form_action}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Length"] = str(len(answer.content))
    return with_cookies(answer, person.jar if person else None)


def with_cookies(answer: HttpResponse, jar: Any) -> HttpResponse:
    if jar:
        answer.cookies.update(jar)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def refusal(said: Said) -> str:
    """What auth says of it, for people."""
    again = f" Tente de novo em {said.wait} s." if said.status == 429 else ""
    told = [error["mensagem"] for error in said.data.get("erros", [])] or [str(said.data.get("detail", AUTH_OUT))]
    return " ".join(told) + again
