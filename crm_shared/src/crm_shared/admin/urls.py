"""The admin's addresses. Importing this module is what finds every admin.py: at the first request, and at `migrate` (checks.py)."""

from importlib import import_module

from django.apps import apps
from django.contrib import admin
from django.utils.module_loading import module_has_submodule

from . import background, extensions, operations  # noqa: F401  register what services have in common


def discover() -> None:
    """Our own apps' only: Django's would register users and groups, which have no table here (router.py)."""
    for config in apps.get_app_configs():
        if not config.name.startswith(("django.", "crm_shared")) and module_has_submodule(config.module, "admin") and config.models_module:
            import_module(f"{config.name}.admin")


discover()

urlpatterns = admin.site.urls[0]
