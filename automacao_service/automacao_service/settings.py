from crm_shared.base_settings import *
from crm_shared.env import env_bool, env_int, env_key_file, env_ports, env_str, postgres_database, redis_url

SERVICE = "automacao"
ROOT_URLCONF = "automacao_service.urls"
WSGI_APPLICATION = "automacao_service.wsgi.application"
INSTALLED_APPS = [*BASE_INSTALLED_APPS, "automacao"]
MIDDLEWARE = BASE_MIDDLEWARE
DATABASES = {"default": postgres_database("AUTOMACAO_DATABASE_URL")}
LOGGING = logging_for(SERVICE)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = cookie_names(SERVICE)
SCHEMA_EXAMPLES = "automacao.exemplos.EXEMPLOS"
SPECTACULAR_SETTINGS = {
    **BASE_SPECTACULAR_SETTINGS,
    "TITLE": "CRM: automacao",
    "DESCRIPTION": "Fluxos que reagem a eventos, suas versões e execuções; sagas, que passam por vários serviços.",
    "ENUM_NAME_OVERRIDES": {
        "EstadoFluxoEnum": "automacao.models.Fluxo.Estado",
        "EstadoExecucaoEnum": "automacao.models.Execucao.Estado",
        "EstadoPassoEnum": "automacao.models.PassoExecucao.Estado",
        "EstadoEntregaEnum": "automacao.models.EntregaWebhook.Estado",
        "EstadoSagaEnum": "automacao.models.Saga.Estado",
        "EstadoPassoSagaEnum": "automacao.models.PassoSaga.Estado",
        "TipoTarefaEnum": "automacao.serializers.TIPOS_TAREFA",
        "TipoPassoEnum": "automacao.passos.TIPOS",
    },
}
EVENT_HANDLERS = "automacao.consumers.EVENT_HANDLERS"
EVENT_LOOPS = {"webhooks": "automacao.webhooks.envio.Entregador"}
TRACED = [f"automacao.rastros.{name}" for name in ("execucoes", "sagas", "entregas")]
PERIODIC_TASKS = {
    "automacao.tasks.varrer": 2,
    "automacao.tasks.esquecer_antigas": 3600,
    "automacao.tasks.avisar_paradas": 60,
    "automacao.webhooks.tarefas.reler_direitos": 5,
    "automacao.webhooks.tarefas.esquecer_entregas": 3600,
}

AUTH_URL = env_str("AUTH_URL")
CLIENTES_URL = env_str("CLIENTES_URL")
EMPRESAS_URL = env_str("EMPRESAS_URL")
VENDAS_URL = env_str("VENDAS_URL")
COMUNICACAO_URL = env_str("COMUNICACAO_URL")
TAREFAS_URL = env_str("TAREFAS_URL")
AUTOMACAO_URL = env_str("AUTOMACAO_URL")
SERVICE_KEY_FILE = env_key_file("SERVICE_KEY_FILE")
QUEUE_URL = redis_url("AUTOMACAO_QUEUE_URL")
# how long a worker may be silent over a run before another takes it; longer than a step with its retries (two calls of 8 s)
LEASE_SECONDS = env_int("AUTOMACAO_LEASE_SECONDS", 20)
# where webhooks may go; the second is for development and tests alone: plain HTTP, any port, loopback
WEBHOOK_PORTS = env_ports("WEBHOOK_PORTS", "443,8443")
WEBHOOK_ALLOW_PRIVATE = env_bool("WEBHOOK_ALLOW_PRIVATE")

refuse_bad_environment(SERVICE)
