"""The apps that the admin needs, without what they do at start: discovery waits for the first request (urls.py)."""

from django.apps import AppConfig


class AdminConfig(AppConfig):
    """Django's own would import every admin.py in every process, and check for middleware that only /admin/ gets."""

    name = "django.contrib.admin"
    label = "admin"
    verbose_name = "Administração"
    default_site = "crm_shared.admin.site.Site"


class ThemeConfig(AppConfig):
    """Templates and static files of the theme; its own config would load its site, widgets and forms at once."""

    name = "unfold"


class ThemeFiltersConfig(AppConfig):
    name = "unfold.contrib.filters"
    label = "unfold_filters"
