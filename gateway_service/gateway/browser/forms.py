"""The steps of signing in and of changing one's second factor. What auth refuses is shown on them."""

from collections.abc import Callable
from typing import Any, Self

from django import forms

from gateway.accounts import Said
from gateway.browser.pages import refusal


class PageForm(forms.Form):
    """The field to go on with has the focus, and screen readers say there what was wrong. `told` stands above the fields."""

    told = ""

    def is_valid(self) -> bool:
        valid = super().is_valid()
        if not valid:
            self._lead_to(lambda field: field.errors)
        return valid

    def tell(self, text: str) -> Self:
        self.told = text
        to_fill_in = self._lead_to(lambda field: isinstance(field.field.widget, forms.PasswordInput) or not field.value())
        to_fill_in["aria-describedby"] = "recado"
        return self

    def refuse(self, said: Said) -> Self:
        """Each error at the field that it names, or all of it above them."""
        errors = said.data.get("erros", [])
        seen = {field.name for field in self.visible_fields()}
        if not self.is_bound or not errors or any(error.get("campo") not in seen for error in errors):
            return self.tell(refusal(said))
        for error in errors:
            self.add_error(error["campo"], error["mensagem"])
        self._lead_to(lambda field: field.errors)
        return self

    def _lead_to(self, wanted: Callable[[forms.BoundField], object]) -> dict[str, Any]:
        """The attributes of the first field that is `wanted`, else of the last."""
        fields = self.visible_fields()
        for field in fields:
            field.field.widget.attrs.pop("autofocus", None)
        attributes: dict[str, Any] = next(filter(wanted, fields), fields[-1]).field.widget.attrs
        attributes["autofocus"] = True
        return attributes


def _password(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=128, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))


def _code(label: str, **attributes: object) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "one-time-code", "spellcheck": "false", **attributes})
    return forms.CharField(label=label, max_length=20, widget=widget)


def _email(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=254, widget=forms.TextInput({"type": "email", "autocomplete": "username", "autofocus": True})
    )


def _new_password() -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": "new-password"})
    return forms.CharField(label="Senha nova, de ao menos 10 caracteres", max_length=128, strip=False, widget=widget)


def _token() -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label="Código da mensagem", max_length=200, widget=widget)


class SignInForm(PageForm):
    use_required_attribute = True
    email = _email("E-mail")
    senha = _password("Senha")


class CodeForm(PageForm):
    desafio = forms.CharField(max_length=512, widget=forms.HiddenInput())
    codigo = _code("Código do aplicativo, ou um de recuperação", autofocus=True)


class PasswordForm(PageForm):
    senha = _password("Sua senha")


class FirstCodeForm(PageForm):
    codigo = _code("Código que o aplicativo mostra", inputmode="numeric")


class PasswordAndCodeForm(PageForm):
    senha = _password("Sua senha")
    codigo = _code("Código do aplicativo, ou um de recuperação")


class AskForm(PageForm):
    email = _email("E-mail")


class NewPasswordForm(PageForm):
    token = _token()
    senha = _new_password()


class InvitationForm(PageForm):
    token = _token()
    nome = forms.CharField(label="Seu nome", max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    senha = _new_password()
