"""Forms whose judge is the API's serializer: the page and a REST client are told the same, by the same code."""

import json
from typing import Any

from django import forms
from rest_framework import serializers
from unfold import widgets

from ..auth.fields import FieldAccess
from ..errors import DomainError, Stale
from .history import MASK

VERSION = "versao_lida"


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]  # generic to the stubs alone
    """Made per request by RecordAdmin.get_form, which sets `rules`, `serializer_class` and `refusal`.

    Valid, it holds the service function's `dados`; `refusal` is what that function answered, shown on the second pass.
    """

    rules: Any
    serializer_class: Any
    refusal: DomainError | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dados: dict[str, Any] = {}
        self.change = not self.instance._state.adding
        if self.change and hasattr(self.instance, "versao"):
            # what the person read, so that somebody else's change in the meantime is told and not overwritten
            self.fields[VERSION] = forms.IntegerField(initial=self.instance.versao, widget=forms.HiddenInput, required=False)
        self._show_what_the_model_has_not()
        known = self.rules.serializer(self.serializer_class).fields
        for name, field in self.fields.items():
            judge = known.get(self._api_name(name))
            field.required = bool(judge and judge.required and not getattr(judge, "allow_blank", False) and not self.change)

    def _show_what_the_model_has_not(self) -> None:
        """Nested rows as the API answers them; a password it never answers."""
        columns = {field.name for field in self._meta.model._meta.concrete_fields}
        extra = [name for name in self.fields if name not in columns and name != VERSION]
        if self.change and extra:
            answered = self.rules.serializer(self.serializer_class, instance=self.instance).data
            self.initial = {**self.initial, **{name: answered[name] for name in extra if name in answered}}

    @property
    def versao(self) -> int | None:
        version: int | None = self.cleaned_data.get(VERSION)
        return version

    def _post_clean(self) -> None:
        """Instead of the model's own checks, which the API does not run either."""
        if self.errors:
            return
        serializer = self.rules.serializer(self.serializer_class, data=self._sent(), partial=self.change)
        if serializer.is_valid():
            self.dados = serializer.validated_data
        else:
            for name, errors in serializer.errors.items():
                self._complain(name, errors)
        if self.refusal is not None:
            self._complain(self.refusal.campo or "", _told(self.refusal, self.rules.access))

    def _sent(self) -> dict[str, Any]:
        """What a client would send: when changing only what changed, when creating only what was filled in."""
        known = self.rules.serializer(self.serializer_class).fields
        names = [name for name in self.fields if self._api_name(name) in known]
        if self.change:
            return {self._api_name(name): plain(self.cleaned_data.get(name)) for name in names if name in self.changed_data}
        return {self._api_name(name): plain(self.cleaned_data[name]) for name in names if self.cleaned_data.get(name) not in (None, "")}

    def _complain(self, name: str, errors: Any) -> None:
        """`name` as the API calls the field; an error of no field of this form stands above it."""
        field = next((item for item in self.fields if self._api_name(item) == name), None)
        for text in _texts(errors):
            self.add_error(field, text if field or not name else f"{name}: {text}")

    def _api_name(self, name: str) -> str:
        """A reference is `responsavel` to the model and `responsavel_id` to the API."""
        known = {field.name: field.attname for field in self._meta.model._meta.concrete_fields}
        attname = known.get(name, name)
        return attname if attname in self.serializer_class._declared_fields else name


def _told(refusal: DomainError, access: FieldAccess) -> list[str]:
    if not isinstance(refusal, Stale):
        return [refusal.detail]
    told = [
        f"{item['campo']}: era “{item.get('original', MASK)}”, agora é “{item.get('atual', MASK)}”; você enviou “{item['enviado']}”."
        for item in refusal.conflicts(access)
    ]
    return [f"{refusal.detail} Recarregue a página para partir do que vale agora.", *told]


def _texts(errors: Any) -> list[str]:
    if isinstance(errors, dict):
        return [f"{name}: {text}" for name, inner in errors.items() for text in _texts(inner)]
    if isinstance(errors, list | tuple):
        return [text for inner in errors for text in _texts(inner)]
    return [str(errors)]


def plain(value: Any) -> Any:
    return str(value.pk) if hasattr(value, "_meta") else value


class ReadableJSONField(forms.JSONField):
    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)


def body_form(serializer: Any) -> type[forms.Form]:
    """A form for the body of a transition."""
    fields = {name: form_field(field) for name, field in serializer.fields.items() if not field.read_only}
    return type("BodyForm", (forms.Form,), fields)


def form_field(field: Any) -> forms.Field:
    """A form field that takes what the serializer field takes; what has parts of its own is written as JSON."""
    common = {
        "label": field.label,
        "help_text": field.help_text or "",
        "required": field.required and not getattr(field, "allow_blank", False),
    }
    kind, options = next(
        (found for types, *found in _KINDS if isinstance(field, types)), (ReadableJSONField, {"widget": widgets.UnfoldAdminTextareaWidget})
    )
    if kind is forms.ChoiceField:
        options = {"choices": [("", "---------"), *field.choices.items()], **options}
    made: forms.Field = kind(**common, **_fresh(options))
    if field.style.get("input_type") == "password" or field.field_name.startswith("senha"):
        made.widget = widgets.UnfoldAdminPasswordInput({"autocomplete": "new-password"})
    return made


def _fresh(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value() if isinstance(value, type) else value for name, value in options.items()}


_KINDS: tuple[tuple[Any, Any, dict[str, Any]], ...] = (
    (serializers.ChoiceField, forms.ChoiceField, {"widget": widgets.UnfoldAdminSelectWidget}),
    (serializers.BooleanField, forms.BooleanField, {"widget": widgets.UnfoldBooleanSwitchWidget}),
    (serializers.IntegerField, forms.IntegerField, {"widget": widgets.UnfoldAdminIntegerFieldWidget}),
    (serializers.DecimalField, forms.DecimalField, {"widget": widgets.UnfoldAdminDecimalFieldWidget}),
    (serializers.DateTimeField, forms.SplitDateTimeField, {"widget": widgets.UnfoldAdminSplitDateTimeWidget}),
    (serializers.DateField, forms.DateField, {"widget": widgets.UnfoldAdminSingleDateWidget}),
    (serializers.TimeField, forms.TimeField, {"widget": widgets.UnfoldAdminSingleTimeWidget}),
    (serializers.UUIDField, forms.UUIDField, {"widget": widgets.UnfoldAdminTextInputWidget}),
    (serializers.CharField, forms.CharField, {"widget": widgets.UnfoldAdminTextInputWidget}),
)


def complain(form: forms.Form, errors: Any) -> None:
    """The serializer's errors on the form of a transition."""
    for name, inner in errors.items():
        for text in _texts(inner):
            form.add_error(name if name in form.fields else None, text)
