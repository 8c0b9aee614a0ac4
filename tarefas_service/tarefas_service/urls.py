from django.urls import include, path

from crm_shared.urls import *

urlpatterns = [*BASE_URLPATTERNS, path("", include("tarefas.urls"))]
