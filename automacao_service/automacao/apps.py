from django.apps import AppConfig


class AutomacaoConfig(AppConfig):
    name = "automacao"
    verbose_name = "Automação"
