"""What the comparison of ledger and stores found, and where what was written lies."""

from collections import Counter
from dataclasses import dataclass, field

# kind of record -> service, table, column of the value that writers change, as its events and copies call it
PLACES = {
    "cliente": ("clientes", "clientes_cliente", "nome", "clientes.cliente"),
    "empresa": ("empresas", "empresas_empresa", "razao_social", "empresas.empresa"),
    "oportunidade": ("vendas", "vendas_oportunidade", "titulo", "vendas.oportunidade"),
    "conversa": ("comunicacao", "comunicacao_conversa", "assunto", "comunicacao.conversa"),
    "tarefa": ("tarefas", "tarefas_tarefa", "titulo", "tarefas.tarefa"),
    "usuario": ("auth", "contas_usuario", "nome", "auth.usuario"),
}


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    events: int = 0
    deliveries: int = 0
    tasks: int = 0
    sagas: Counter[str] = field(default_factory=Counter)
    operations: int = 0
    webhooks: int = 0
    webhooks_again: int = 0
    handovers: int = 0

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.disordered or self.letters)
