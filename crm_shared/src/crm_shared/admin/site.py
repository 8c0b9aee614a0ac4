"""The admin site of a service: Django's and the theme's, with signing in and out through auth."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from unfold.sites import UnfoldAdminSite
from unfold.widgets import BASE_INPUT_CLASSES

from ..errors import DomainError, NotAuthenticated, TooMany
from . import passing
from .people import answer_code, awaits_code, enter, give_up_code, sign_in, sign_out

_INPUT = {"class": " ".join(BASE_INPUT_CLASSES)}


class SignInForm(forms.Form):
    """The theme's login page names the fields `username` and `password`."""

    username = forms.CharField(
        label="E-mail", max_length=254, widget=forms.TextInput(_INPUT | {"type": "email", "autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="Senha", strip=False, max_length=128, widget=forms.PasswordInput(_INPUT | {"autocomplete": "current-password"})
    )


class CodeForm(forms.Form):
    """The second step, of those who have a second factor."""

    codigo = forms.CharField(
        label="Código do aplicativo, ou de recuperação",
        max_length=20,
        widget=forms.TextInput(_INPUT | {"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )


class _Autocomplete(AutocompleteJsonView):
    """The names that people pick from, masked as in lists."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        model_admin: Any = self.model_admin
        model_admin.mask(self.request, obj)
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        return result


class Site(UnfoldAdminSite):
    enable_nav_sidebar = True
    index_title = "Início"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        super().register(model_or_iterable, admin_class, **options)
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        for model in models:
            # Django's pages name a row of a table that we do not have (router.py); the cache is all there is
            contents: Any = ContentType.objects
            contents._add_to_cache("default", ContentType(pk=0, app_label=model._meta.app_label, model=model._meta.model_name))

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    @method_decorator([never_cache, sensitive_post_parameters("password", "codigo"), csrf_protect])
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(_next_of(request))
        if request.method == "GET" and settings.GATEWAY_PUBLIC_URL and "senha" not in request.GET:
            return passing.to_gateway(_next_of(request))
        if request.method == "GET" or "username" in request.POST:
            give_up_code(request.session)  # whoever begins anew
        form_class: Any = CodeForm if awaits_code(request.session) else SignInForm
        form = form_class(request.POST if request.method == "POST" else None)
        if form.is_valid() and self._signed_in(request, form):
            return HttpResponseRedirect(_next_of(request))
        asked = form.is_valid() and awaits_code(request.session) and form_class is SignInForm
        form = CodeForm() if asked else form
        context = {
            **self.each_context(request),
            "title": "Entrar",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "form": form,
            **(extra_context or {}),
        }
        request.current_app = self.name
        template = "crm_admin/codigo.html" if isinstance(form, CodeForm) else "admin/login.html"
        return TemplateResponse(request, template, context, status=200 if request.method == "GET" or asked else 401)

    def extra_urls(self) -> list[Any]:
        return [path("entrar/", self.enter, name="entrar")]

    @method_decorator([never_cache, sensitive_post_parameters("passe"), csrf_exempt, require_POST])
    def enter(self, request: HttpRequest) -> HttpResponse:
        """Back from the gateway. `estado` does here what CSRF's token does elsewhere."""
        passe = passing.pass_of(request)
        try:
            if passe is None:
                raise NotAuthenticated("O pedido de entrada expirou.")
            enter(request, passe)
        except NotAuthenticated:
            messages.error(request, "Não foi possível entrar com a sessão do CRM. Tente de novo.")
            return passing.forget(HttpResponseRedirect(reverse("admin:login") + "?senha="))
        rotate_token(request)
        return passing.forget(HttpResponseRedirect(_next_of(request)))

    def _signed_in(self, request: HttpRequest, form: forms.Form) -> bool:
        try:
            if not _step(request, form):
                return False
        except DomainError as error:
            wait = f" Tente de novo em {error.retry_after} s." if isinstance(error, TooMany) else ""
            form.add_error(None, error.detail + wait)
            return False
        rotate_token(request)
        return True

    @method_decorator([never_cache, csrf_protect, require_POST])
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        sign_out(request.session)
        messages.success(request, "Você saiu.")
        return HttpResponseRedirect(reverse("admin:login"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """auth's alone: POST /auth/senha."""
        raise Http404

    password_change_done = password_change

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return _Autocomplete.as_view(admin_site=self)(request)


def _step(request: HttpRequest, form: forms.Form) -> bool:
    """Whether this step let the person in."""
    if isinstance(form, SignInForm):
        return sign_in(request, form.cleaned_data["username"], form.cleaned_data["password"])
    answer_code(request, form.cleaned_data["codigo"])
    return True


def _next_of(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is on this very site."""
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("admin:index")


_TITLES = {"auth": "acesso", "comunicacao": "comunicação", "automacao": "automação"}


# what settings.UNFOLD names by dotted path, as it differs by service


def title(request: HttpRequest) -> str:
    return f"CRM: {_TITLES.get(settings.SERVICE, settings.SERVICE)}"


def api_root(request: HttpRequest) -> str:
    return "/auth/eu" if settings.SERVICE == "auth" else f"/{settings.SERVICE}"
