from django.urls import path, re_path

from gateway import docs, static_files, views
from gateway.browser import views as browser
from gateway.browser.by_mail import STEPS, by_mail
from gateway.browser.second_factor import segundo_fator
from gateway.proxy import proxy

# Named rather than imported from crm_shared.urls, which loads DRF: the gateway has no use for it.
handler400 = "crm_shared.api.problems.bad_request"
handler403 = "crm_shared.api.problems.permission_denied"
handler404 = "crm_shared.api.problems.not_found"
handler500 = "crm_shared.api.problems.server_error"

urlpatterns = [
    re_path(r"^(?:gateway|auth|publico)(?:/|$)", proxy),
    path("", browser.inicio),
    re_path(r"^entrar/?$", browser.entrar),
    re_path(r"^sair/?$", browser.sair),
    re_path(r"^segundo-fator/?$", segundo_fator),
    *(re_path(rf"^{step}/?$", by_mail, {"step": step}) for step in STEPS),
    path("entrar/admin/<str:servico>", browser.admin),
    path("static/<str:package>/<path:path>", static_files.static),
    path("saude", views.saude),
    path("saude/vivo", views.vivo),
    path("saude/pronto", views.pronto),
    path("metrics", views.metricas),
    re_path(r"^docs/?$", docs.page),
    path("docs/openapi.json", docs.openapi),
    path("docs/asyncapi.json", docs.asyncapi),
    path("docs/<str:name>", docs.asset),
]
