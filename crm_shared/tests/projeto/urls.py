from crm_shared.api.routers import Router
from crm_shared.extensions.urls import register_main
from crm_shared.urls import *

from .exemplo.views import CoisaViewSet

router = Router()
register_main(router, {"exemplo": CoisaViewSet})
urlpatterns = [*BASE_URLPATTERNS, *router.urls]
