"""Sends the demonstration company through the gateway. What is there already, by its natural key, is left alone."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stack.files import write_private

from .client import Client
from .people import CIDADES, LUGARES, RAMOS, RUAS, cnpj, pessoas

SEMENTE = 20261122  # the same company every time
EMPRESAS, CLIENTES, OPORTUNIDADES, CONVERSAS, TAREFAS = 50, 300, 200, 40, 60
PAPEIS = {"administrador": "Diretoria", "gerente": "Comercial", "vendedor": "", "atendente": "Atendimento", "leitura": "Diretoria"}
EQUIPES: tuple[tuple[str, str | None, str], ...] = (  # name, team above, region; parents first
    ("Diretoria", None, ""),
    ("Comercial", "Diretoria", ""),
    ("Vendas Sudeste", "Comercial", "Sudeste"),
    ("Vendas Sul", "Comercial", "Sul"),
    ("Vendas Nordeste", "Comercial", "Nordeste"),
    ("Atendimento", "Diretoria", ""),
)
PRODUTOS = (
    ("PLANO-BAS", "Plano Básico", "99.90"),
    ("PLANO-PRO", "Plano Profissional", "349.00"),
    ("IMPLANT", "Implantação", "4800.00"),
    ("TREINO", "Treinamento no local", "2200.00"),
    ("SUPORTE", "Suporte estendido", "590.00"),
)
MOTIVOS = ("Preço", "Prazo de entrega", "Escolheu o concorrente", "Sem orçamento")
ASSUNTOS = ("Dúvida sobre a proposta", "Segunda via do boleto", "Prazo de entrega", "Quero um orçamento", "Problema no acesso")
A_FAZER = ("Ligar para", "Enviar proposta a", "Visitar", "Confirmar reunião com", "Cobrar retorno de")


@dataclass
class Demo:
    """What the load has made or found so far, by natural key -> id."""

    client: Client
    progress: Progress
    sorte: Random = field(default_factory=lambda: Random(SEMENTE))
    ids: dict[str, dict[str, str]] = field(default_factory=dict)

    def fill(self, title: str, path: str, key: str, bodies: Iterable[dict[str, Any]]) -> dict[str, str]:
        """Create each body whose `key` no record of the list at `path` has yet; answers key -> id of all of them."""
        known = {registro[key]: registro["id"] for registro in self.client.every(path)}
        wanted = list(bodies)
        for body in self.progress.track(wanted, description=title):
            if body[key] not in known:
                known[body[key]] = self.client.post(path, body)["id"]
        self.ids[title] = {body[key]: known[body[key]] for body in wanted}
        return self.ids[title]


def run(url: str, email: str, senha: str, console: Console) -> None:
    """Fill the CRM at `url`; running it again adds nothing."""
    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        demo = Demo(Client(url, email, senha), progress)
        senha_demo = _password()
        _people_of_the_company(demo, senha_demo)
        _companies(demo)
        _customers(demo)
        _catalogue(demo)
        _deals(demo)
        _conversations(demo)
        _tasks(demo)
    console.print(
        f"Pronto. Os usuários de demonstração (três por papel, como vendedor1@exemplo.com.br) entram com a senha [bold]{senha_demo}[/]"
    )


def _password() -> str:
    """One password for the invented users, made once and kept beside the administrator's."""
    from stack.config import from_environment

    place: Path = from_environment().var / "demo.json"
    if not place.exists():
        write_private(place, json.dumps({"senha": secrets.token_urlsafe(12)}))
    senha: str = json.loads(place.read_text())["senha"]
    return senha


def _people_of_the_company(demo: Demo, senha: str) -> None:
    equipes: dict[str, str] = {}
    for nome, pai, regiao in EQUIPES:
        equipes |= demo.fill("Equipes", "/auth/equipes", "nome", [{"nome": nome, "pai_id": equipes.get(pai or ""), "regiao": regiao}])
    papeis = {papel["nome"]: papel["id"] for papel in demo.client.every("/auth/papeis")}
    demo.fill("Usuários", "/auth/usuarios", "email", list(_users(demo, papeis, equipes, senha)))


def _users(demo: Demo, papeis: dict[str, str], equipes: dict[str, str], senha: str) -> Iterable[dict[str, Any]]:
    vendas = [nome for nome, _pai, regiao in EQUIPES if regiao]
    for papel, equipe in PAPEIS.items():
        for numero, pessoa in enumerate(pessoas(demo.sorte, 3)):
            onde = equipes[equipe or vendas[numero]]
            email = f"{papel}{numero + 1}@exemplo.com.br"
            yield {"nome": pessoa.nome, "email": email, "papel_id": papeis[papel], "equipe_id": onde, "senha": senha}


def _sellers(demo: Demo) -> list[str]:
    return [identifier for email, identifier in demo.ids["Usuários"].items() if email.startswith("vendedor")]


def _companies(demo: Demo) -> None:
    sorte = demo.sorte
    bodies = []
    for numero in range(EMPRESAS):
        ramo, nomes = sorte.choice(sorted(RAMOS.items()))
        cidade, uf, ddd, cep = sorte.choice(CIDADES)
        fantasia = f"{sorte.choice(nomes)} {sorte.choice(LUGARES)}"
        endereco = {
            "tipo": "sede",
            "cep": f"{cep}{sorte.randint(0, 999):03d}",
            "logradouro": sorte.choice(RUAS),
            "numero": str(sorte.randint(1, 2000)),
        }
        bodies.append(
            {
                "razao_social": f"{fantasia} {numero + 1} Ltda",
                "nome_fantasia": fantasia,
                "cnpj": cnpj(sorte, alfanumerico=numero % 5 == 0),
                "segmento": ramo,
                "telefone": f"({ddd}) 3{sorte.randint(200, 999)}-{sorte.randint(0, 9999):04d}",
                "responsavel_id": sorte.choice(_sellers(demo)),
                "enderecos": [{**endereco, "municipio": cidade, "uf": uf}],
            }
        )
    demo.fill("Empresas", "/gateway/empresas", "cnpj", bodies)


def _customers(demo: Demo) -> None:
    sorte, bodies = demo.sorte, []
    for pessoa in pessoas(sorte, CLIENTES):
        origem = sorte.choice(("site", "indicacao", "whatsapp", "evento", "anuncio"))
        dono = sorte.choice(_sellers(demo))
        bodies.append({**pessoa.__dict__, "origem": origem, "responsavel_id": dono})
    demo.fill("Clientes", "/gateway/clientes", "cpf", bodies)


def _catalogue(demo: Demo) -> None:
    demo.fill("Produtos", "/gateway/vendas/produtos", "codigo", [{"codigo": c, "nome": n, "preco": p} for c, n, p in PRODUTOS])
    demo.fill("Motivos", "/gateway/vendas/motivos-perda", "nome", [{"nome": nome} for nome in MOTIVOS])
    demo.fill("Funis", "/gateway/vendas/funis", "nome", [{"nome": "Vendas novas"}, {"nome": "Renovações"}])


def _deals(demo: Demo) -> None:
    """Past and present: half of them closed over the last year, as whoever may import can state."""
    sorte, hoje = demo.sorte, date.today()  # noqa: DTZ011 - a day in the life of the demonstration
    empresas, clientes, produtos = (list(demo.ids[nome].values()) for nome in ("Empresas", "Clientes", "Produtos"))
    funis = list(demo.ids["Funis"].values())
    abertas = {funil: _open_stages(demo, funil) for funil in funis}
    bodies = []
    for numero in range(OPORTUNIDADES):
        funil = funis[numero % 2]
        inicio = hoje - timedelta(days=sorte.randint(10, 360))
        body: dict[str, Any] = {
            "titulo": f"Negócio {numero + 1:03d}",
            "funil_id": funil,
            "empresa_id": sorte.choice(empresas),
            "cliente_id": sorte.choice(clientes),
            "responsavel_id": sorte.choice(_sellers(demo)),
            "origem": "site",
            "aberta_em": inicio.isoformat(),
            "itens": [{"produto_id": produto, "quantidade": str(sorte.randint(1, 12))} for produto in sorte.sample(produtos, 2)],
            "origem_valor": "itens",
        }
        body |= _outcome(demo, sorte, numero, inicio, hoje) or {"etapa_id": sorte.choice(abertas[funil])}
        bodies.append(body)
    demo.fill("Oportunidades", "/gateway/vendas", "titulo", bodies)


def _outcome(demo: Demo, sorte: Random, numero: int, inicio: date, hoje: date) -> dict[str, Any]:
    if numero % 4 > 1:
        return {}
    fim = min(inicio + timedelta(days=sorte.randint(5, 90)), hoje)
    motivo = sorte.choice(list(demo.ids["Motivos"].values()))
    return {
        "status": "ganha" if numero % 4 else "perdida",
        "fechada_em": fim.isoformat(),
        **({} if numero % 4 else {"motivo_perda_id": motivo}),
    }


def _open_stages(demo: Demo, funil: str) -> list[str]:
    return [etapa["id"] for etapa in demo.client.get(f"/gateway/vendas/funis/{funil}")["etapas"] if etapa["tipo"] == "aberta"]


def _conversations(demo: Demo) -> None:
    sorte = demo.sorte
    canais = demo.fill(
        "Canais",
        "/gateway/comunicacao/canais",
        "nome",
        [{"nome": "WhatsApp da loja", "tipo": "whatsapp"}, {"nome": "E-mail", "tipo": "email"}],
    )
    clientes = list(demo.ids["Clientes"].values())
    bodies = [
        {
            "canal_id": sorte.choice(list(canais.values())),
            "cliente_id": sorte.choice(clientes),
            "assunto": f"{sorte.choice(ASSUNTOS)} #{numero + 1}",
        }
        for numero in range(CONVERSAS)
    ]
    conversas = demo.fill("Conversas", "/gateway/comunicacao", "assunto", bodies)
    for conversa in demo.progress.track(conversas.values(), description="Mensagens"):
        path = f"/gateway/comunicacao/{conversa}/mensagens"
        if not demo.client.get(path, limite=1)["resultados"]:
            demo.client.post(path, {"direcao": "entrada", "conteudo": "Bom dia! Podem me ajudar?"})
            demo.client.post(path, {"direcao": "interna", "conteudo": "Cliente antigo, responder hoje."})


def _tasks(demo: Demo) -> None:
    sorte = demo.sorte
    clientes = list(demo.ids["Clientes"].values())
    bodies = [
        {
            "titulo": f"{sorte.choice(A_FAZER)} cliente {numero + 1}",
            "tipo": sorte.choice(("ligacao", "email", "visita", "reuniao")),
            "prazo_dias_uteis": sorte.randint(0, 15),
            "responsavel_id": sorte.choice(_sellers(demo)),
            "vinculos": [{"recurso": "clientes.cliente", "id": sorte.choice(clientes)}],
        }
        for numero in range(TAREFAS)
    ]
    demo.fill("Tarefas", "/gateway/tarefas", "titulo", bodies)
