"""`/segundo-fator`: one's own second factor, given, renewed and taken away in a browser; all of it is auth's to decide."""

from typing import Any

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from gateway import wiring
from gateway.accounts import AuthUnavailable, Said
from gateway.browser.entry import SignedIn
from gateway.browser.forms import FirstCodeForm, PageForm, PasswordAndCodeForm, PasswordForm
from gateway.browser.pages import page, person_of, refusal
from gateway.problems import AUTH_OUT

_STEPS: dict[str, tuple[str, type[PageForm]]] = {  # what a form says it is for: its address at auth, its fields
    "iniciar": ("", PasswordForm),
    "confirmar": ("/confirmar", FirstCodeForm),
    "codigos": ("/codigos", PasswordAndCodeForm),
    "desativar": ("/desativar", PasswordAndCodeForm),
}


async def segundo_fator(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    person = await person_of(request)
    if person is None:
        return HttpResponseRedirect("/entrar?para=/segundo-fator")
    try:
        return await (_step(request, person) if request.method == "POST" else _show(request, person))
    except AuthUnavailable:
        return page(request, "recusa", person=person, aviso=AUTH_OUT, status=503)


async def _step(request: HttpRequest, person: SignedIn) -> HttpResponse:
    etapa = request.POST.get("etapa", "")
    if etapa not in _STEPS:
        return await _show(request, person)
    path, form_class = _STEPS[etapa]
    form = form_class(request.POST, auto_id=f"{etapa}_%s")
    if not form.is_valid():
        return await _show(request, person, {etapa: form}, status=400)
    said = await wiring.accounts().second_factor(person.pair.access, path, form.cleaned_data, request.META["REMOTE_ADDR"])
    if said.status >= 400 and etapa == "confirmar":
        return page(request, "segredo", person=person, form=FirstCodeForm().refuse(said), status=said.status)
    if said.status >= 400:
        return await _show(request, person, {etapa: form.refuse(said)}, status=said.status)
    if "otpauth" in said.data:
        return _secret(request, person, said)
    if etapa in ("confirmar", "desativar"):
        person = await _with_new_rights(person)
    return await _show(request, person, codigos=said.data.get("codigos", []))


def _secret(request: HttpRequest, person: SignedIn, said: Said) -> HttpResponse:
    qr = segno.make(said.data["otpauth"]).svg_data_uri(scale=5, border=3, light="white")
    return page(request, "segredo", person=person, qr=qr, segredo=said.data["segredo"], form=FirstCodeForm())


async def _show(
    request: HttpRequest, person: SignedIn, forms_sent: dict[str, PageForm] | None = None, *, status: int = 200, **context: Any
) -> HttpResponse:
    situation = await wiring.accounts().second_factor(person.pair.access, "", None, request.META["REMOTE_ADDR"])
    if situation.status != 200:
        return page(request, "recusa", person=person, aviso=refusal(situation), status=situation.status)
    fresh = {name: form_class(auto_id=f"{name}_%s") for name, (_, form_class) in _STEPS.items()}
    shown = fresh | (forms_sent or {})
    return page(request, "segundo_fator", person=person, situacao=situation.data, formularios=shown, status=status, **context)


async def _with_new_rights(person: SignedIn) -> SignedIn:
    """The token in hand may say that there is still a second factor to be given."""
    pair = await wiring.accounts().renew(person.pair.refresh)
    return SignedIn(person.claims, pair, renewed=True) if pair else person
