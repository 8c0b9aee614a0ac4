"""`admin_urls()` in a URLconf: its modules are loaded by the first request that comes to it."""

from django.core.checks import CheckMessage
from django.urls import URLResolver
from django.urls.resolvers import RoutePattern


class _Admin(URLResolver):
    def check(self) -> list[CheckMessage]:
        """Every command would load the admin here; checks.admin_is_sound does it instead, at `migrate`."""
        return []


def admin_urls() -> URLResolver:
    return _Admin(RoutePattern("admin/"), "crm_shared.admin.urls", app_name="admin", namespace="admin")
