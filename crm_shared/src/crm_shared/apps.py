from django.apps import AppConfig


class CrmSharedConfig(AppConfig):
    """Tables that every service with a store has: event log, inbox, dead letters, references, idempotency keys."""

    name = "crm_shared"
    label = "crm_shared"
    verbose_name = "Infraestrutura"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers the system checks
