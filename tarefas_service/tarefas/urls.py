from crm_shared.api.routers import Router

from .views import TarefaViewSet

router = Router()
router.register("tarefas", TarefaViewSet, "tarefa")

urlpatterns = router.urls
