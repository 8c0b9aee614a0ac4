"""Mistakes in settings found at start, with an id and a hint. Those of the environment end it earlier: env.py."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.module_loading import import_string


@register()
def handlers_exist(**_kwargs: Any) -> list[CheckMessage]:
    """The handlers' dict and the periodic functions must import, and every key be an event type that we know."""
    found: list[CheckMessage] = []
    for path in filter(None, [settings.EVENT_HANDLERS, *settings.PERIODIC_TASKS, *settings.EVENT_LOOPS.values()]):
        try:
            import_string(path)
        except ImportError as error:
            found.append(
                Error(f"{path}: {error}", hint="EVENT_HANDLERS, PERIODIC_TASKS and EVENT_LOOPS name importable objects.", id="crm.E002")
            )
    if settings.EVENT_HANDLERS and not found:
        from .events.contracts import CONTRACTS

        unknown = set(import_string(settings.EVENT_HANDLERS)) - set(CONTRACTS)
        found += [Error(f"No event is called {tipo}.", hint="See crm_shared.events.contracts.", id="crm.E003") for tipo in unknown]
    return found


@register(Tags.database)
def admin_is_sound(**_kwargs: Any) -> list[CheckMessage]:
    """At `migrate`, which asks for this kind of check, and so once for each deployment: it loads the admin's pages."""
    if not apps.is_installed("django.contrib.admin"):
        return []
    import_string("crm_shared.admin.urls.urlpatterns")
    from django.contrib.admin.sites import all_sites

    return [found for site in all_sites for found in site.check(None)]
