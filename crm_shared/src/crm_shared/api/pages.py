"""The browsable API: DRF's pages in pt-BR, with a box for JSON, links to records and pages, and nothing from outside."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.urls import NoReverseMatch
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer
from rest_framework.utils.urls import replace_query_param

from ..auth.fields import EVERYTHING
from .renderers import ORJSONRenderer, dumps_indented

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def view_name(view: Any) -> str:
    """REST_FRAMEWORK["VIEW_NAME_FUNCTION"]: what stands above a page and in its path."""
    if name := getattr(view, "name", None):
        return str(name)
    model = getattr(getattr(view, "queryset", None), "model", None)
    if model is None:
        return type(view).__name__.removesuffix("ViewSet").removesuffix("View")
    options = model._meta
    return str(options.verbose_name_plural if getattr(view, "detail", None) is False else options.verbose_name).capitalize()


class _Readable(ORJSONRenderer):
    render_style = "text"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        return b"" if data is None else dumps_indented(data)


class BrowsableRenderer(BrowsableAPIRenderer):
    """Without DRF's HTML form: a form posts what our parser refuses, the JSON box does not."""

    template = "rest_framework/crm.html"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> Any:
        page = super().render(data, accepted_media_type, renderer_context)
        headers = (renderer_context or {})["response"].headers
        headers["Content-Type"] = "text/html; charset=utf-8"  # an error's own type would make the browser show its source
        headers["Content-Security-Policy"] = POLICY
        headers["Vary"] = "Accept, Cookie"
        return page

    def get_default_renderer(self, view: Any) -> BaseRenderer:
        return _Readable()

    def render_form_for_serializer(self, serializer: Any) -> str:
        return ""

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        form = super().get_raw_data_form(data, view, method, request)
        if form:
            fields: Any = form.fields
            fields["_content_type"].label, fields["_content"].label = "Tipo", "Corpo"
            fields["_content"].initial = _present(data) if method in ("PUT", "PATCH") else "{\n\n}"
        return form

    def get_context(self, data: Any, accepted_media_type: Any, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        view, request = context["view"], context["request"]
        masked = bool(_masks(data))
        at = _prefix(request)
        here = at + request.get_full_path()
        return context | {
            "servico": settings.SERVICE,
            "etag": renderer_context["response"].headers.get("ETag", ""),
            "aqui": here,
            "no_gateway": bool(at),
            "entrar": f"/entrar?{urlencode({'para': here})}" if at else f"/admin/login/?{urlencode({'next': here})}",
            "breadcrumblist": _below(at, context["breadcrumblist"]),
            "extra_actions": dict(_below(at, (context["extra_actions"] or {}).items())),
            "paginas": _pages(data, here),
            "registros": _below(at, _records(data, view)),
            # what a masked page shows must not be written back, so it offers no replacement of the whole
            "raw_data_put_form": None if masked else context["raw_data_put_form"],
        }


def _prefix(request: Any) -> str:
    """Where the gateway shows this service's pages; nothing else may say that it stands in front."""
    return "/gateway" if request.headers.get("X-Forwarded-Prefix") == "/gateway" else ""


def _below(prefix: str, links: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, prefix + urlsplit(url)._replace(scheme="", netloc="").geturl()) for name, url in links]


def _present(data: Any) -> str | None:
    """The record as it stands, without what cannot be written and what is masked."""
    serializer = getattr(data, "serializer", None)
    fields = getattr(serializer, "fields", None)
    if fields is None or getattr(serializer, "many", False):
        return None
    left_out = _masks(data).keys() | getattr(serializer, "access", EVERYTHING).unwritable
    writable = {name: data[name] for name, field in fields.items() if not field.read_only and name in data and name not in left_out}
    return dumps_indented(writable).decode()


def _masks(data: Any) -> Mapping[str, Any]:
    active = getattr(getattr(data, "serializer", None), "active_masks", None)
    return active() if active else {}


def _pages(data: Any, here: str) -> list[tuple[str, str]]:
    """(label, URL) of the page before and the page after."""
    if not isinstance(data, dict) or not {"anterior", "proximo"} <= data.keys():
        return []
    found = (("Anterior", data["anterior"]), ("Próxima", data["proximo"]))
    return [(label, replace_query_param(here, "cursor", cursor)) for label, cursor in found if cursor]


def _records(data: Any, view: Any) -> list[tuple[str, str]]:
    """(name, URL) of each record of a list that has an address of its own."""
    rows = data.get("resultados") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not getattr(view, "basename", None):
        return []
    found = []
    for row in rows:
        try:
            url = view.reverse_action("detail", kwargs={**view.kwargs, "pk": row["id"]})
        except (NoReverseMatch, KeyError, TypeError):
            return []
        name = next((row[key] for key in ("nome", "titulo", "numero", "assunto", "conteudo") if row.get(key)), row["id"])
        found.append((str(name), url))
    return found
