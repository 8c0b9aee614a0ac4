"""To whom the records of somebody who leaves go. auth only says so: automacao's saga `entregar-carteira` hands them over."""

from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.errors import Forbidden, Invalid

from .models import Usuario
from .selectors import usuarios_visiveis

RECURSOS = ("clientes", "leads", "empresas", "vendas", "comunicacao", "tarefas", "automacao")  # what belongs to people
ESCOPOS = tuple(f"{recurso}:{acao}" for recurso in RECURSOS for acao in ("ler", "editar", "lote", "atribuir"))
CAMPO = "transferir_para"


def exigir_destinatario(ator: Principal, de: Usuario, para: UUID) -> None:
    """The actor may give away whatever `de` owns, and `para` is somebody else who works here, also at the end of this transaction."""
    _exigir_direito(ator)
    if ator.usuario_id == de.pk:  # the saga acts for the actor, who would have no rights any more
        raise Invalid("Peça a outra pessoa que entregue os seus registros.", codigo="da_propria_carteira", campo=CAMPO)
    if para == de.pk:
        raise Invalid("Escolha outra pessoa.", codigo="mesma_pessoa", campo=CAMPO)
    vistos = usuarios_visiveis(Usuario.objects.vivos(), ator, "ler")
    ativo = vistos.select_for_update(no_key=True).filter(pk=para).values_list("ativo", flat=True).first()
    if ativo is None:
        raise Invalid("Usuário não encontrado.", codigo="inexistente", campo=CAMPO)
    if not ativo:
        raise Invalid("Este usuário está desativado.", codigo="desativado", campo=CAMPO)


def _exigir_direito(ator: Principal) -> None:
    """All records of the person go, also those that stand in another team: so it takes the right to assign all of them."""
    if ator.usuario_id is None:
        raise Forbidden("Quem entrega registros é uma pessoa.", codigo="somente_pessoas")
    falta = [escopo for escopo in ESCOPOS if not ator.has(escopo) or ator.nivel(*escopo.split(":")) != "todos"]
    if falta:
        detalhe = f"Entregar os registros de alguém pede, sobre todos os registros: {', '.join(falta)}."
        raise Forbidden(detalhe, codigo="escopo_ausente", campo=CAMPO)
