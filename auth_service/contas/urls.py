from django.urls import path, re_path

from crm_shared.api.routers import Router

from .acesso import EuViewSet, JWKSView, LoginView, LogoutView, PasseView, RefreshView, TokenInternoView
from .acessos.views import AcessoViewSet, SessaoViewSet
from .chaves_api.views import ChaveApiViewSet, TrocarChaveView
from .convites.views import AceitarConviteView, ConviteViewSet
from .correio.views import EsqueciView, RedefinirView
from .permissoes.views import AutorizarSerializer, PermissoesViewSet
from .segundo_fator.views import CodigoDoLoginView, SegundoFatorViewSet
from .views import EquipeViewSet, PapelViewSet, UsuarioViewSet

router = Router()
router.register("auth/usuarios", UsuarioViewSet, "usuario")
router.register("auth/equipes", EquipeViewSet, "equipe")
router.register("auth/convites", ConviteViewSet, "convite")
router.register("auth/papeis", PapelViewSet, "papel")
router.register("auth/chaves-api", ChaveApiViewSet, "chave-api")
router.register("auth/sessoes", SessaoViewSet, "sessao")

urlpatterns = [
    re_path(r"^auth/login/?$", LoginView.as_view()),
    re_path(r"^auth/login/codigo/?$", CodigoDoLoginView.as_view()),
    re_path(r"^auth/refresh/?$", RefreshView.as_view()),
    re_path(r"^auth/logout/?$", LogoutView.as_view()),
    re_path(r"^auth/interno/token/?$", TokenInternoView.as_view()),
    path("auth/.well-known/jwks.json", JWKSView.as_view()),
    path("auth/.well-known/jwks.json/", JWKSView.as_view(schema=None)),  # the same address, documented once
    re_path(r"^auth/senha/esqueci/?$", EsqueciView.as_view()),
    re_path(r"^auth/senha/redefinir/?$", RedefinirView.as_view()),
    re_path(r"^auth/convites/aceitar/?$", AceitarConviteView.as_view()),
    re_path(r"^auth/eu/?$", EuViewSet.as_view({"get": "ler", "patch": "editar"})),
    re_path(r"^auth/senha/?$", EuViewSet.as_view({"post": "senha"})),
    re_path(r"^auth/eu/segundo-fator/?$", SegundoFatorViewSet.as_view({"get": "ler", "post": "iniciar"})),
    re_path(r"^auth/eu/segundo-fator/confirmar/?$", SegundoFatorViewSet.as_view({"post": "confirmar"})),
    re_path(r"^auth/eu/segundo-fator/codigos/?$", SegundoFatorViewSet.as_view({"post": "codigos"})),
    re_path(r"^auth/eu/segundo-fator/desativar/?$", SegundoFatorViewSet.as_view({"post": "desativar"})),
    re_path(r"^auth/chaves-api/trocar/?$", TrocarChaveView.as_view()),
    re_path(r"^auth/acessos/?$", AcessoViewSet.as_view({"get": "list"})),
    re_path(r"^auth/passe/?$", PasseView.as_view()),
    re_path(r"^auth/eu/permissoes/?$", PermissoesViewSet.as_view({"get": "minhas"})),
    re_path(r"^auth/autorizar/?$", PermissoesViewSet.as_view({"post": "autorizar"}, serializer_class=AutorizarSerializer)),
    *router.urls,
]
