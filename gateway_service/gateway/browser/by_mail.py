"""What begins with a message: `/senha` asks for one, `/senha/nova` and `/convite` take the token that came in it.

The token stands in the fragment of the message's link, which no server logs; a script puts it into its field, where it can also be typed.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from gateway import wiring
from gateway.accounts import AuthUnavailable, Said
from gateway.browser.forms import AskForm, InvitationForm, NewPasswordForm, PageForm
from gateway.browser.pages import page
from gateway.problems import AUTH_OUT


@dataclass(frozen=True)
class Step:
    """`path` at auth takes what `form` asks for; who did it comes to `then`."""

    form: type[PageForm]
    path: str
    title: str
    prose: str
    button: str
    then: str


STEPS = {
    "senha": Step(
        AskForm,
        "/auth/senha/esqueci",
        "Esqueci a senha",
        "Você recebe por e-mail um código para escolher outra.",
        "Enviar",
        "/entrar?enviado",
    ),
    "senha/nova": Step(
        NewPasswordForm,
        "/auth/senha/redefinir",
        "Nova senha",
        "Todas as sessões abertas terminam. O código veio na mensagem e vale por 30 minutos.",
        "Trocar a senha",
        "/entrar?trocada",
    ),
    "convite": Step(
        InvitationForm,
        "/auth/convites/aceitar",
        "Aceitar o convite",
        "O código veio na mensagem e vale por 7 dias.",
        "Criar a conta",
        "/entrar?aceito",
    ),
}
DONE = {  # what the sign-in page says after a step
    "enviado": "Se houver uma conta com este endereço, a mensagem está a caminho.",
    "trocada": "A senha foi trocada. Entre com ela.",
    "aceito": "A conta está pronta. Entre com seu e-mail e a senha que escolheu.",
}


async def by_mail(request: HttpRequest, step: str) -> HttpResponse:
    asked = STEPS[step]
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    form = asked.form(request.POST) if request.method == "POST" else asked.form()
    if request.method != "POST" or not form.is_valid():
        return page(request, "correio", passo=asked, form=form, status=400 if form.is_bound else 200)
    try:
        said = await wiring.accounts().by_mail(asked.path, form.cleaned_data, request.META["REMOTE_ADDR"])
    except AuthUnavailable:
        said = Said(503, {"detail": AUTH_OUT}, 2)
    if said.status < 400:
        return HttpResponseRedirect(asked.then)
    return page(request, "correio", passo=asked, form=form.refuse(said), status=said.status)
