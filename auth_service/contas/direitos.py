"""What a person may do now, and the short form in which a token says it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from crm_shared.auth.principal import NIVEIS
from crm_shared.auth.scopes import ENROLLING

from .models import Permissao, Usuario
from .regras_de_campo import Regras, curtas, regras_de
from .segundo_fator import codigos
from .selectors import equipes_alcancadas


@dataclass(frozen=True)
class Direitos:
    """`niveis`: scope ("vendas:ler") -> visibility. `equipes`: the teams that the level `equipe` opens, own first. `regras`: of fields."""

    niveis: Mapping[str, str]
    equipes: tuple[UUID, ...] = ()
    regras: Regras = field(default_factory=dict)

    @property
    def escopos(self) -> tuple[str, ...]:
        return tuple(sorted(self.niveis))

    @property
    def vis(self) -> dict[str, str]:
        return compactar(self.niveis)

    def limitados_a(self, escopos: Iterable[str]) -> "Direitos":
        ficam = self.niveis.keys() & set(escopos)
        return replace(self, niveis={escopo: nivel for escopo, nivel in self.niveis.items() if escopo in ficam})

    @property
    def campos(self) -> dict[str, dict[str, str]]:
        """The claim; with all rules, for events tell of records whose resource needs no scope of its own."""
        return curtas(self.regras)


def direitos_de(usuario: Usuario) -> Direitos:
    """Read from the database, never from an earlier token."""
    permissoes = [*Permissao.objects.filter(papel_id=usuario.papel_id).select_related("papel")]
    regras = regras_de(permissoes[0].papel.campos if permissoes else [])
    return Direitos({item.escopo: item.visibilidade for item in permissoes}, equipes_alcancadas(usuario.pk, usuario.equipe_id), regras)


def direitos_na_sessao(usuario: Usuario) -> Direitos:
    """Those of a token: nothing but to activate the second factor where the role asks for one that the person has not."""
    if usuario.papel.exige_segundo_fator and not codigos.tem(usuario.pk):
        return Direitos({ENROLLING: NIVEIS[0]})
    return direitos_de(usuario)


def compactar(niveis: Mapping[str, str]) -> dict[str, str]:
    """The claim `vis`: "*" is the most common level, then what differs from it, by recurso or recurso:acao."""
    if not niveis:
        return {"*": NIVEIS[0]}
    vis = {"*": _mais_comum(niveis.values())}
    por_recurso: dict[str, dict[str, str]] = defaultdict(dict)
    for escopo, nivel in sorted(niveis.items()):
        por_recurso[escopo.split(":")[0]][escopo] = nivel
    for recurso, proprios in por_recurso.items():
        geral = _mais_comum(proprios.values())
        if geral != vis["*"]:
            vis[recurso] = geral
        vis |= {escopo: nivel for escopo, nivel in proprios.items() if nivel != geral}
    return vis


def _mais_comum(niveis: Iterable[str]) -> str:
    """The narrowest of the most frequent."""
    vezes = Counter(niveis)
    return max(NIVEIS, key=lambda nivel: vezes[nivel])
