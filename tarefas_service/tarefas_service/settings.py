from crm_shared.base_settings import *
from crm_shared.env import postgres_database

SERVICE = "tarefas"
ROOT_URLCONF = "tarefas_service.urls"
WSGI_APPLICATION = "tarefas_service.wsgi.application"
INSTALLED_APPS = [*BASE_INSTALLED_APPS, "tarefas"]
MIDDLEWARE = BASE_MIDDLEWARE
DATABASES = {"default": postgres_database("TAREFAS_DATABASE_URL")}
LOGGING = logging_for(SERVICE)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = cookie_names(SERVICE)
SCHEMA_EXAMPLES = "tarefas.exemplos.EXEMPLOS"
SPECTACULAR_SETTINGS = {
    **BASE_SPECTACULAR_SETTINGS,
    "TITLE": "CRM: tarefas",
    "DESCRIPTION": "Tarefas e prazos em dias úteis.",
    "ENUM_NAME_OVERRIDES": {
        "EstadoTarefaEnum": "tarefas.models.Tarefa.Estado",
        "TipoTarefaEnum": "tarefas.models.Tarefa.Tipo",
        "RecursoImportavelEnum": [("tarefas", "tarefas")],
    },
}
EVENT_HANDLERS = "tarefas.consumers.EVENT_HANDLERS"
IMPORTABLES = "tarefas.importacao.IMPORTAVEIS"

refuse_bad_environment(SERVICE)
