"""The two steps of signing in. What auth refuses is shown on them."""

from django import forms


class SignInForm(forms.Form):
    use_required_attribute = True
    email = forms.CharField(
        label="E-mail", max_length=254, widget=forms.TextInput({"type": "email", "autocomplete": "username", "autofocus": True})
    )
    senha = forms.CharField(label="Senha", max_length=128, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))


class CodeForm(forms.Form):
    desafio = forms.CharField(max_length=512, widget=forms.HiddenInput())
    codigo = forms.CharField(
        label="Código do aplicativo, ou um de recuperação",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )
