from crm_shared.api.routers import Router
from crm_shared.extensions.urls import register_main

from .views import TarefaViewSet

router = Router()
register_main(router, {"tarefas": TarefaViewSet})

urlpatterns = router.urls
