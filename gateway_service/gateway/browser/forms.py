"""The steps of signing in and of changing one's second factor. What auth refuses is shown on them."""

from django import forms


def _password(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=128, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))


def _code(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=20, widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"})
    )


class SignInForm(forms.Form):
    use_required_attribute = True
    email = forms.CharField(
        label="E-mail", max_length=254, widget=forms.TextInput({"type": "email", "autocomplete": "username", "autofocus": True})
    )
    senha = _password("Senha")


class CodeForm(forms.Form):
    desafio = forms.CharField(max_length=512, widget=forms.HiddenInput())
    codigo = _code("Código do aplicativo, ou um de recuperação")


class PasswordForm(forms.Form):
    senha = _password("Sua senha")


class FirstCodeForm(forms.Form):
    codigo = _code("Código que o aplicativo mostra")


class PasswordAndCodeForm(forms.Form):
    senha = _password("Sua senha")
    codigo = _code("Código do aplicativo, ou um de recuperação")
