"""What can be done with a record besides changing it: `ganhar`, `concluir`, `pausar`, each by its service function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from rest_framework.exceptions import ValidationError

from ..api.restricting import refuse_writing
from .bounded import BoundedAdmin, principal_of, uuid_or_none
from .forms import body_form, complain, plain
from .writing import refused_by, run_on_each


@dataclass(frozen=True)
class Transition:
    """`action` is the viewset's, whose scope and visibility it asks; `body` the serializer of what it needs to know.

    `picks`: members of the body that are picked by name, each with any foreign key to what it names, where the record has none.
    """

    action: str
    label: str
    service: Callable[..., Model]
    body: Any = None
    picks: Mapping[str, Any] = field(default_factory=dict)


class TransitionsMixin(BoundedAdmin):
    """Buttons on a record's page and, for those that need to know nothing, actions of the list."""

    viewset: ClassVar[Any]
    rules: Any
    transitions: ClassVar[tuple[Transition, ...]] = ()
    change_form_outer_before_template = "crm_admin/transicoes.html"

    def open_transitions(self, request: HttpRequest, obj: Any) -> list[Transition]:
        """Those that the person may use on `obj`. Whether its state allows one is the service's to say."""
        rules = self.rules(request)
        if getattr(obj, "excluido_em", None) is not None:
            found = [self._restore()] if hasattr(self.viewset, "services") else []
        else:
            found = [*self.transitions]
        return [item for item in found if rules.may(item.action)]

    def _restore(self) -> Transition:
        return Transition("restaurar", "Restaurar", lambda versao=None, **arguments: self.viewset.services.restore(**arguments))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.transition_view)
        return [path("<path:object_id>/acao/<slug:action>/", view, name=self._url_name()), *super().get_urls()]

    def _url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_acao"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["transicoes"] = [(item, self._url(obj, item)) for item in self.open_transitions(request, obj)]
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def _url(self, obj: Any, transition: Transition) -> str:
        return reverse(f"admin:{self._url_name()}", args=(quote(obj.pk), transition.action))

    def transition_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        obj = self.rules(request).visible(action).filter(pk=uuid_or_none(object_id)).first() if uuid_or_none(object_id) else None
        transition = next((item for item in [*self.transitions, self._restore()] if item.action == action), None)
        if obj is None or transition is None:
            raise Http404
        if (transition not in self.open_transitions(request, obj) and action != "restaurar") or not self.rules(request).may(action):
            raise PermissionDenied
        form = self._form(request, transition)
        if request.method == "POST" and form.is_valid() and self._done(request, obj, transition, form):
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(quote(obj.pk),)))
        self.mask(request, obj)
        return self._page(request, obj, transition, form)

    def _form(self, request: HttpRequest, transition: Transition) -> forms.Form:
        if transition.body is None:
            return forms.Form(request.POST if request.method == "POST" else None)
        kind = body_form(self.rules(request).serializer(transition.body))
        form = kind(request.POST if request.method == "POST" and "enviar" in request.POST else None)
        for name in [*form.fields]:
            self._pick(form, name, transition.picks.get(name))
        return form

    def _pick(self, form: forms.Form, name: str, given: Any) -> None:
        """What the body calls `motivo_perda_id` is picked by name where the record has such a reference."""
        column = given or (self.concrete.get(name.removesuffix("_id")) if name.endswith("_id") else None)
        if column is None or not self.admin_site.is_registered(column.related_model):
            return
        asked = form.fields[name]
        form.fields[name] = forms.ModelChoiceField(
            column.related_model._default_manager.all(),
            label=str(asked.label if given else column.verbose_name).capitalize(),
            help_text=asked.help_text,
            required=asked.required,
            widget=AutocompleteSelect(column, self.admin_site, attrs={"class": "unfold-admin-autocomplete"}),
        )

    def _done(self, request: HttpRequest, obj: Any, transition: Transition, form: forms.Form) -> bool:
        dados: dict[str, Any] = {}
        if transition.body is not None:
            sent = {name: plain(value) for name, value in form.cleaned_data.items() if value not in (None, "")}
            serializer = self.rules(request).serializer(transition.body, data=sent)
            try:
                refuse_writing(self.rules(request).access, sent)
            except ValidationError as error:
                complain(form, error.detail)
                return False
            if not serializer.is_valid():
                complain(form, serializer.errors)
                return False
            dados = serializer.validated_data
        versao = request.POST.get("versao", "")
        read = int(versao) if versao.isascii() and versao.isdigit() and len(versao) < 10 else None
        _, refusal = refused_by(lambda: transition.service(ator=principal_of(request), pk=obj.pk, versao=read, **dados))
        if refusal:
            form.add_error(refusal.campo if refusal.campo in form.fields else None, refusal.detail)
            return False
        messages.success(request, f"{transition.label}: {obj}.")
        return True

    def _page(self, request: HttpRequest, obj: Any, transition: Transition, form: forms.Form) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": transition.label,
            "subtitle": str(obj),
            "transicao": transition,
            "form": form,
            "media": self.media + form.media,
            "has_view_permission": True,
        }
        return TemplateResponse(request, "crm_admin/transicao.html", context)

    def get_actions(self, request: HttpRequest) -> Any:
        found = super().get_actions(request)
        rules = self.rules(request)
        for item in [*self.transitions, *([self._restore()] if hasattr(self.viewset, "services") else [])]:
            if item.body is None and rules.may(item.action):
                found[item.action] = (partial(_run, item), item.action, item.label)
        return found


def _run(transition: Transition, model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    allowed = set(
        model_admin.rules(request).visible(transition.action).filter(pk__in=[row.pk for row in queryset]).values_list("pk", flat=True)
    )
    ator = principal_of(request)
    run_on_each(
        request,
        queryset.filter(pk__in=allowed),
        lambda record: transition.service(ator=ator, pk=record.pk),
        f"registro(s): {transition.label.lower()}",
    )
