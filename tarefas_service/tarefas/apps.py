from django.apps import AppConfig


class TarefasConfig(AppConfig):
    name = "tarefas"
    verbose_name = "Tarefas"
