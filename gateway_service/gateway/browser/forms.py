"""The steps of signing in and of changing one's second factor. What auth refuses is shown on them."""

from django import forms


def _password(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=128, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))


def _code(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=20, widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"})
    )


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


class SignInForm(forms.Form):
    use_required_attribute = True
    email = _email("E-mail")
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


class AskForm(forms.Form):
    email = _email("E-mail")


class NewPasswordForm(forms.Form):
    token = _token()
    senha = _new_password()


class InvitationForm(forms.Form):
    token = _token()
    nome = forms.CharField(label="Seu nome", max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    senha = _new_password()
