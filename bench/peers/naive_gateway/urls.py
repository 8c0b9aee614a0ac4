from django.urls import path

from .views import ProxyView

urlpatterns = [path("gateway/<str:service>", ProxyView.as_view()), path("gateway/<str:service>/<path:rest>", ProxyView.as_view())]
