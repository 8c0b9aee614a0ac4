"""The past that an import may state of a deal: when it began, when and how it ended."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import uuid_utils
from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.errors import Forbidden, Invalid

from .calendario import dia, hoje, meio_dia
from .exceptions import EtapaDeFechamento
from .models import Etapa, Status

ESCOPO = "vendas:importar"
CAMPOS = ("criado_em", "status", "aberta_em", "fechada_em", "motivo_perda_id", "nota_perda")


@dataclass(frozen=True, kw_only=True)
class Passado:
    """A deal's dates and outcome at its creation; for a deal that begins now: today, open."""

    criado_em: datetime
    aberta_em: date | None
    status: str = Status.ABERTA
    fechada_em: datetime | None = None
    motivo_perda_id: UUID | None = None
    nota_perda: str = ""

    @property
    def entrou_em(self) -> datetime:
        """When it entered its first stage: on the day when work began, at the latest when it closed."""
        no_dia_da_criacao = self.aberta_em in (None, dia(self.criado_em))
        entrada = self.criado_em if no_dia_da_criacao else meio_dia(self.aberta_em)  # type: ignore[arg-type]
        return min(entrada, self.fechada_em or entrada)

    def novo_id(self) -> UUID:
        """Ids order lists by creation, so that of a record from the past carries its date."""
        nanos = int(self.criado_em.timestamp() * 1_000_000) * 1000
        return UUID(int=uuid_utils.uuid7(nanoseconds=nanos).int)


def separar_passado(ator: Principal, dados: dict[str, Any], etapa: Etapa | None) -> Passado:
    """Take the fields of the past out of `dados`, if its author may state them, and see that they agree."""
    informado = {campo: dados.pop(campo) for campo in CAMPOS if campo in dados}
    if not ator.has(ESCOPO):
        _recusar_passado(informado, etapa)
    elif etapa is not None and etapa.tipo != Status.ABERTA:
        informado.setdefault("status", etapa.tipo)
    agora = timezone.now()
    informado.setdefault("criado_em", agora)
    if informado.get("status", Status.ABERTA) != Status.ABERTA:
        informado["fechada_em"] = informado.get("fechada_em") or agora
    informado.setdefault("aberta_em", _abertura(informado))
    passado = Passado(**informado)
    _conferir(passado, etapa)
    return passado


def _recusar_passado(informado: dict[str, Any], etapa: Etapa | None) -> None:
    for campo in informado:
        raise Forbidden("Seu papel não permite informar datas e resultados passados.", codigo="escopo_ausente", campo=campo)
    if etapa is not None and etapa.tipo != Status.ABERTA:
        raise EtapaDeFechamento(campo="etapa_id")


def _abertura(informado: dict[str, Any]) -> date:
    criada, fechada = dia(informado["criado_em"]), informado.get("fechada_em")
    return min(criada, dia(fechada)) if fechada else criada


def _conferir(passado: Passado, etapa: Etapa | None) -> None:
    aberta, perdida = passado.status == Status.ABERTA, passado.status == Status.PERDIDA
    if etapa is not None and etapa.tipo not in (Status.ABERTA, passado.status):
        raise Invalid("A etapa não combina com o status.", codigo="etapa_e_status", campo="etapa_id")
    if aberta and passado.fechada_em:
        raise Invalid("Uma oportunidade aberta não tem data de fechamento.", codigo="data_sem_fechamento", campo="fechada_em")
    if perdida and not passado.motivo_perda_id:
        raise Invalid("Informe o motivo da perda.", codigo="motivo_obrigatorio", campo="motivo_perda_id")
    if not perdida and (passado.motivo_perda_id or passado.nota_perda):
        raise Invalid("Só uma oportunidade perdida tem motivo de perda.", codigo="motivo_sem_perda", campo="motivo_perda_id")
    _conferir_datas(passado)


def _conferir_datas(passado: Passado) -> None:
    agora = timezone.now()
    futuras = {
        "criado_em": passado.criado_em > agora,
        "fechada_em": passado.fechada_em is not None and passado.fechada_em > agora,
        "aberta_em": passado.aberta_em is not None and passado.aberta_em > hoje(),
    }
    for campo, futura in futuras.items():
        if futura:
            raise Invalid("A data está no futuro.", codigo="data_futura", campo=campo)
    if passado.aberta_em and passado.fechada_em and dia(passado.fechada_em) < passado.aberta_em:
        raise Invalid("O fechamento vem antes da abertura.", codigo="periodo_invalido", campo="fechada_em")
