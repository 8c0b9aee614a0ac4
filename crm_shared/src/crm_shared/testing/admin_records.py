"""One record of each kind that services have in common, for the generic admin test."""

from typing import Any

from django.conf import settings

from ..auth.principal import Principal
from ..records.models import Record


def common(ator: Principal, own: dict[str, Any]) -> dict[str, Any]:
    """By label, as `own` is: the service's records, one of which may be a main record, with tags, notes and attachments."""
    from ..extensions.columns import Extensible
    from ..operations import services as operations

    found: dict[str, Any] = {
        "crm_shared.Operacao": operations.start(ator=ator, tipo="exportacao", recurso=settings.SERVICE, parametros={}),
        **_imports(ator),
    }
    main = next((record for record in own.values() if isinstance(record, Extensible)), None)
    return found | (_extensions(ator, main) if main is not None else {})


def _imports(ator: Principal) -> dict[str, Any]:
    from ..imports.models import Importacao

    if not settings.IMPORTABLES:
        return {}
    return {"crm_shared.Importacao": Importacao.objects.create(recurso=settings.SERVICE, nome="lista.csv", criado_por=ator.sub)}


def _extensions(ator: Principal, main: Any) -> dict[str, Record]:
    from ..attachments.services import services_for
    from ..extensions.fields import create_field
    from ..extensions.notes import create_note
    from ..extensions.saved_views import create_view
    from ..extensions.tags import create_tag

    recurso = main.RECURSO
    parte = {"recurso": recurso, "registro_id": main.pk}
    arquivo = {"nome": "proposta.pdf", "tipo": "application/pdf", "tamanho": 7, "sha256": "0" * 64}
    campo = {"recurso": recurso, "chave": "apelido", "rotulo": "Apelido", "tipo": "texto"}
    return {
        "crm_shared.Marcador": create_tag(ator=ator, dados={"nome": "Frio"}),
        "crm_shared.CampoPersonalizado": create_field(ator=ator, dados=campo),
        "crm_shared.Visao": create_view(ator=ator, dados={"recurso": recurso, "nome": "Novos"}),
        "crm_shared.Nota": create_note(ator=ator, dados={**parte, "texto": "Prefere à tarde."}),
        "crm_shared.Anexo": services_for(type(main), settings.SERVICE).create(ator=ator, dados={**parte, **arquivo}),
    }
