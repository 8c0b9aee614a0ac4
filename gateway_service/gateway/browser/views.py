"""The pages of the gateway for people: sign in, what there is, on to a service's admin, leave."""

from contextlib import suppress
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token, rotate_token
from django.utils.http import url_has_allowed_host_and_scheme

from crm_shared.api.methods import only_read
from crm_shared.auth.scopes import ENROLLING
from gateway import wiring
from gateway.accounts import AuthUnavailable, Said
from gateway.browser import cookies
from gateway.browser.by_mail import DONE
from gateway.browser.forms import CodeForm, SignInForm
from gateway.browser.pages import page, person_of, with_cookies
from gateway.problems import AUTH_OUT

SERVICES = {  # what each is for, as people read it
    "clientes": "Clientes e leads",
    "empresas": "Empresas",
    "vendas": "Vendas e funis",
    "comunicacao": "Conversas e mensagens",
    "tarefas": "Tarefas",
    "automacao": "Automação e webhooks",
    "auth": "Acesso",
}


@only_read
async def inicio(request: HttpRequest) -> HttpResponse:
    person = await person_of(request)
    if person is None:
        return HttpResponseRedirect("/entrar")
    get_token(request)  # the pages of services take it from its cookie
    places = [
        {"nome": name, "api": f"/gateway/{key}" if key != "auth" else "/auth/eu", "admin": f"/entrar/admin/{key}" if _admin(key) else ""}
        for key, name in SERVICES.items()
    ]
    return page(request, "inicio", person=person, pessoa=person.claims.nome, falta_fator=ENROLLING in person.claims.scopes, lugares=places)


async def entrar(request: HttpRequest) -> HttpResponse:
    wanted = _wanted(request)
    if request.method == "POST":
        return await _sign_in(request, wanted)
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    if await person_of(request):
        return HttpResponseRedirect(wanted)
    form = SignInForm()
    said = next((text for name, text in {"saiu": "Você saiu.", **DONE}.items() if name in request.GET), "")
    return page(request, "entrar", form=form.tell(said) if said else form, para=wanted)


async def _sign_in(request: HttpRequest, wanted: str) -> HttpResponse:
    """One step: the password, or after it the code of a second factor."""
    form: SignInForm | CodeForm = CodeForm(request.POST) if "desafio" in request.POST else SignInForm(request.POST)
    if not form.is_valid():
        return page(request, "entrar", form=form, para=wanted, status=400)
    agent = request.headers.get("User-Agent", "")[:200].encode("ascii", "replace").decode()
    ask = wiring.accounts().answer if isinstance(form, CodeForm) else wiring.accounts().sign_in
    try:
        said = await ask(form.cleaned_data, request.META["REMOTE_ADDR"], agent)
    except AuthUnavailable:
        said = Said(503, {"detail": AUTH_OUT}, 2)
    if said.pair:
        await _end_earlier(request)
        rotate_token(request)
        return with_cookies(HttpResponseRedirect(wanted), cookies.of(said.pair))
    if said.challenge:
        return page(request, "entrar", form=CodeForm(initial={"desafio": said.challenge}), para=wanted)
    if isinstance(form, CodeForm) and said.status == 401 and said.data.get("codigo") != "codigo_incorreto":
        form = SignInForm()  # the first step was too long ago
    answer = page(request, "entrar", form=form.refuse(said), para=wanted, status=said.status)
    if said.wait:
        answer.headers["Retry-After"] = str(said.wait)
    return answer


async def _end_earlier(request: HttpRequest) -> None:
    """The session that this browser had before: nobody could end it from here once its cookies are gone."""
    if refresh := request.COOKIES.get(cookies.REFRESH):
        with suppress(AuthUnavailable):  # then it runs out by itself
            await wiring.accounts().sign_out(refresh)


async def sair(request: HttpRequest) -> HttpResponse:
    """A page with a button: a link alone, which anybody could make somebody follow, ends nothing."""
    if request.method != "POST":
        return page(request, "sair")
    if refresh := request.COOKIES.get(cookies.REFRESH):
        try:
            await wiring.accounts().sign_out(refresh)
        except AuthUnavailable:
            return page(request, "sair", aviso=AUTH_OUT, status=503)
    return with_cookies(HttpResponseRedirect("/entrar?saiu"), cookies.gone())


@only_read
async def admin(request: HttpRequest, servico: str) -> HttpResponse:
    """On to a service's admin with this session: a form that brings a pass there by itself (crm_shared.admin.passing)."""
    origin = _admin(servico)
    if not origin:
        raise Http404
    person = await person_of(request)
    if person is None:
        return HttpResponseRedirect(f"/entrar?{urlencode({'para': request.get_full_path()})}")
    if "estado" not in request.GET:
        return HttpResponseRedirect(f"{origin}/admin/")  # which sends back here with one
    try:
        passe = await wiring.accounts().passe(person.pair.access)
    except AuthUnavailable:
        return page(request, "recusa", aviso=AUTH_OUT, status=503)
    if passe is None:
        return with_cookies(HttpResponseRedirect(f"/entrar?{urlencode({'para': request.get_full_path()})}"), cookies.gone())
    sent = {"estado": request.GET["estado"][:200], "passe": passe, "next": request.GET.get("para", "")[:2000]}
    return page(request, "passagem", person=person, destino=f"{origin}/admin/entrar/", campos=sent, form_action=origin)


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """settings.CSRF_FAILURE_VIEW."""
    return page(
        request, "recusa", aviso="O formulário expirou ou veio de outra página. Volte, recarregue a página e tente de novo.", status=403
    )


def _admin(servico: str) -> str:
    origin: str = settings.ADMIN_URLS.get(servico, "")
    return origin


def _wanted(request: HttpRequest) -> str:
    """Where the person was going, if that is on this very site."""
    wanted = request.POST.get("para") or request.GET.get("para", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/") else "/"
