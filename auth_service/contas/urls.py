from django.urls import path, re_path

from crm_shared.api.routers import Router

from .acesso import EuViewSet, JWKSView, LoginView, LogoutView, RefreshView, TokenInternoView
from .views import EquipeViewSet, PapelViewSet, UsuarioViewSet

router = Router()
router.register("auth/usuarios", UsuarioViewSet, "usuario")
router.register("auth/equipes", EquipeViewSet, "equipe")
router.register("auth/papeis", PapelViewSet, "papel")

urlpatterns = [
    re_path(r"^auth/login/?$", LoginView.as_view()),
    re_path(r"^auth/refresh/?$", RefreshView.as_view()),
    re_path(r"^auth/logout/?$", LogoutView.as_view()),
    re_path(r"^auth/interno/token/?$", TokenInternoView.as_view()),
    path("auth/.well-known/jwks.json", JWKSView.as_view()),
    path("auth/.well-known/jwks.json/", JWKSView.as_view(schema=None)),  # the same address, documented once
    re_path(r"^auth/eu/?$", EuViewSet.as_view({"get": "ler", "patch": "editar"})),
    re_path(r"^auth/senha/?$", EuViewSet.as_view({"post": "senha"})),
    *router.urls,
]
