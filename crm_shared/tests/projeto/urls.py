from crm_shared.api.routers import Router
from crm_shared.urls import *

from .exemplo.views import CoisaViewSet

router = Router()
router.register("exemplo", CoisaViewSet, "coisa")
urlpatterns = [*BASE_URLPATTERNS, *router.urls]
