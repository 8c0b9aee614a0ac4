"""The steps of an import, from its row to the operations that carry it out."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from ..auth.fields import field_access
from ..auth.principal import Principal
from ..db import atomic
from ..errors import Conflict, Forbidden, Invalid, RuleRefused
from ..operations import services as operations
from ..operations.models import Operacao
from ..records import changes
from .declared import Importable, importables
from .mapping import suggest, writable
from .models import Importacao
from .uploads import Received

KEPT_FOR = timedelta(days=30)  # a file, and with it what an undo would give back
RUNNING = (Operacao.Estado.NA_FILA, Operacao.Estado.EXECUTANDO, Operacao.Estado.DESFAZENDO)
_SETTINGS = ("modo", "chave", "mapeamento", "padroes")


@atomic
def criar_importacao(*, ator: Principal, dados: dict[str, Any]) -> Importacao:
    importable = _importable(dados["recurso"])
    _check_key(ator, importable, dados.get("chave", ""))
    return changes.save_new(Importacao(criado_por=ator.sub, **dados))


@atomic
def guardar_arquivo(*, ator: Principal, pk: UUID, recebido: Received) -> Importacao:
    """Take the file, and suggest how to read it. One that was there before is forgotten."""
    importacao = _open(pk)
    importable = _importable(importacao.recurso)
    anterior = importacao.arquivo
    access = field_access(ator, importable.recurso)
    found = suggest(recebido.colunas, importable)
    mapeamento = {coluna: campo for coluna, campo in found.items() if not access.fixes(campo)}
    keys = [name for name, key in importable.keys.items() if key.suggested and not access.closes(name)]
    chave = importacao.chave or next((name for name in keys if name in mapeamento.values()), "")
    valores = {
        "arquivo": recebido.arquivo,
        "tamanho": recebido.tamanho,
        "codificacao": recebido.codificacao,
        "separador": recebido.separador,
        "colunas": recebido.colunas,
        "inicio": {"offset": recebido.inicio.offset, "line": recebido.inicio.line},
        "mapeamento": mapeamento,
        "padroes": {},
        "chave": chave,
        "estado": Importacao.Estado.RECEBIDA,
        "simulacao_id": None,
    }
    changes.change(importacao, valores)
    if anterior:
        default_storage.delete(anterior)
    return importacao


@atomic
def configurar_importacao(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Importacao:
    importacao = _open(pk)
    if not importacao.arquivo and {"mapeamento", "padroes"} & dados.keys():
        raise Invalid("Envie o arquivo antes do mapeamento.", codigo="arquivo_ausente", campo="mapeamento")
    importable = _importable(importacao.recurso)
    _check_key(ator, importable, dados.get("chave", ""))
    _check_fields(importable, importacao.colunas, dados.get("mapeamento", {}), dados.get("padroes", {}))
    changes.change(importacao, dados, versao=versao)
    return importacao


def _importable(recurso: str) -> Importable:
    found = importables().get(recurso)
    if found is None:
        raise Invalid(f"Use um destes: {', '.join(importables())}.", codigo="opcao_invalida", campo="recurso")
    return found


def _check_key(ator: Principal, importable: Importable, chave: str) -> None:
    if chave and chave not in importable.keys:
        raise Invalid(f"Use um destes: {', '.join(importable.keys)}.", codigo="opcao_invalida", campo="chave")
    if field_access(ator, importable.recurso).closes(chave):
        raise Forbidden("Seu papel não vê este campo.", codigo="campo_restrito", campo="chave")


def _check_fields(importable: Importable, colunas: list[str], mapeamento: dict[str, str], padroes: dict[str, str]) -> None:
    fields = writable(importable)
    for coluna, campo in mapeamento.items():
        if coluna not in colunas:
            raise Invalid(f"O arquivo não tem a coluna {coluna!r}.", codigo="coluna_desconhecida", campo="mapeamento")
        if campo not in fields:
            raise Invalid(f"O campo {campo!r} não existe, ou não pode ser importado.", codigo="campo_desconhecido", campo="mapeamento")
    twice = {campo for campo in mapeamento.values() if list(mapeamento.values()).count(campo) > 1}
    if twice:
        raise Invalid(f"Duas colunas para o mesmo campo: {', '.join(sorted(twice))}.", codigo="campo_repetido", campo="mapeamento")
    if unknown := padroes.keys() - fields.keys():
        raise Invalid(f"Campos desconhecidos: {', '.join(sorted(unknown))}.", codigo="campo_desconhecido", campo="padroes")


@atomic
def simular_importacao(*, ator: Principal, pk: UUID) -> Operacao:
    importacao = _ready(ator, pk)
    _refuse_running(importacao.simulacao_id)
    return _start(ator, importacao, "simulacao", "simulacao_id", importacao.estado)


@atomic
def executar_importacao(*, ator: Principal, pk: UUID) -> Operacao:
    """Once; again only when what was done has been undone, or nothing was done."""
    importacao = _ready(ator, pk)
    earlier = Operacao.objects.filter(pk=importacao.operacao_id).first() if importacao.operacao_id else None
    if earlier is not None and earlier.estado != Operacao.Estado.DESFEITA and (earlier.feitos or earlier.estado in RUNNING):
        raise Conflict("Esta importação já foi executada.", codigo="importacao_executada", registro_id=str(earlier.pk))
    return _start(ator, importacao, "importacao", "operacao_id", Importacao.Estado.EXECUTADA)


def _start(ator: Principal, importacao: Importacao, tipo: str, campo: str, estado: str) -> Operacao:
    colecao = _importable(importacao.recurso).colecao
    operacao = operations.start(ator=ator, tipo=tipo, recurso=colecao, parametros={"importacao_id": str(importacao.pk)})
    changes.change(importacao, {campo: operacao.pk, "estado": estado})
    return operacao


def _open(pk: UUID) -> Importacao:
    """The row, locked; one that was carried out stays as it was."""
    importacao = changes.lock(Importacao, pk)
    if importacao.estado == Importacao.Estado.EXECUTADA:
        raise Conflict("Esta importação já foi executada.", codigo="importacao_executada")
    _refuse_running(importacao.simulacao_id)
    return importacao


def _refuse_running(operacao_id: UUID | None) -> None:
    if operacao_id and Operacao.objects.filter(pk=operacao_id, estado__in=RUNNING).exists():
        raise Conflict("Espere o fim da simulação, ou cancele-a.", codigo="em_andamento", registro_id=str(operacao_id))


def _ready(ator: Principal, pk: UUID) -> Importacao:
    importacao = changes.lock(Importacao, pk)
    if not importacao.arquivo:
        raise RuleRefused("Envie o arquivo antes.", codigo="arquivo_ausente")
    importable = _importable(importacao.recurso)
    _refuse_without_rights(ator, importacao, importable)
    mapped = {*importacao.mapeamento.values(), *importacao.padroes}
    if not importacao.mapeamento:
        raise RuleRefused("Nenhuma coluna está ligada a um campo.", codigo="sem_mapeamento")
    if importacao.modo != Importacao.Modo.CRIAR and importacao.chave not in importacao.mapeamento.values():
        raise RuleRefused("Para atualizar, ligue uma coluna ao campo da chave.", codigo="chave_sem_coluna")
    missing = [name for name, item in writable(importable).items() if item.required and name not in mapped]
    if missing and importacao.modo != Importacao.Modo.ATUALIZAR:
        raise RuleRefused(f"Faltam colunas para: {', '.join(missing)}.", codigo="campo_obrigatorio_sem_coluna")
    return importacao


def _refuse_without_rights(ator: Principal, importacao: Importacao, importable: Importable) -> None:
    wanted = {Importacao.Modo.CRIAR: ("criar",), Importacao.Modo.ATUALIZAR: ("editar",), Importacao.Modo.AMBOS: ("criar", "editar")}
    for acao in wanted[Importacao.Modo(importacao.modo)]:
        if not ator.has(f"{importable.recurso}:{acao}"):
            raise Forbidden(f"Seu papel não permite {acao} estes registros.", codigo="escopo_ausente")
    access = field_access(ator, importable.recurso)
    if refused := [campo for campo in (*importacao.mapeamento.values(), *importacao.padroes) if access.fixes(campo)]:
        raise Forbidden(f"Seu papel não altera: {', '.join(refused)}.", codigo="campo_restrito", campo="mapeamento")
    _check_key(ator, importable, importacao.chave)


@atomic
def excluir_importacao(*, ator: Principal, pk: UUID, versao: int | None = None) -> Importacao:
    """The file goes at once; what the import did stays, and can still be undone."""
    importacao = changes.lock(Importacao, pk)
    _refuse_running(importacao.simulacao_id)
    _refuse_running(importacao.operacao_id)
    changes.soft_delete(importacao, versao=versao)
    if importacao.arquivo:
        default_storage.delete(importacao.arquivo)
    return importacao


def forget_old_files() -> None:
    """Files of imports, 30 days after the upload."""
    old = Importacao.objects.filter(criado_em__lt=timezone.now() - KEPT_FOR).exclude(arquivo="")
    for importacao in old.order_by("criado_em")[:100]:
        default_storage.delete(importacao.arquivo)
        Importacao.objects.filter(pk=importacao.pk).update(arquivo="")
