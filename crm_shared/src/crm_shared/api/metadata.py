"""What OPTIONS tells of a resource, in the language of the request."""

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request

from ..english import told


class Metadata(SimpleMetadata):
    """A label that only repeats the field's name is left out, as it is in the OpenAPI."""

    def determine_metadata(self, request: Request, view: Any) -> Any:
        found: dict[str, Any] = super().determine_metadata(request, view)
        return found | {name: told(str(found[name])) for name in ("name", "description")}

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
        """DRF looks for the record of a PUT by its id, which an address may not have."""
        named = view.lookup_field in view.kwargs or "PUT" not in view.allowed_methods
        return super().determine_actions(request, view) if named else {}

    def get_field_info(self, field: Any) -> Any:
        found: dict[str, Any] = super().get_field_info(field)
        if field.field_name and found.get("label") == field.field_name.replace("_", " ").capitalize():
            del found["label"]
        for choice in found.get("choices", ()):
            choice["display_name"] = told(str(choice["display_name"]))
        return found | {name: told(str(found[name])) for name in ("label", "help_text") if name in found}
