from django.apps import AppConfig


class ContasConfig(AppConfig):
    name = "contas"
    verbose_name = "Contas"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers the system checks
