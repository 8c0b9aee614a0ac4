from django.apps import AppConfig


class EmpresasConfig(AppConfig):
    name = "empresas"
    verbose_name = "Empresas"
