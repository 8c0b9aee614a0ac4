"""Carrega um CRM inteiro pela API: equipes e vendedores, empresas, produtos e 8.800 oportunidades com o seu passado.

python examples/maven_crm.py --url http://127.0.0.1:3000 --email admin@crm.example.com --senha ... --dados pasta/maven_crm

`pasta` tem os quatro CSV de "CRM Sales Opportunities" (Maven Analytics). Pode ser executado de novo: cada carga tem o seu rótulo, e com
o mesmo --rotulo uma carga interrompida continua de onde parou.
"""

import argparse
import csv
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from crm_client import Crm

ETAPAS = [
    {"nome": "Prospecting", "probabilidade": 10},
    {"nome": "Engaging", "probabilidade": 40},
    {"nome": "Won", "tipo": "ganha"},
    {"nome": "Lost", "tipo": "perdida"},
]
POR_LOTE = 100
STATUS = {"Won": "ganha", "Lost": "perdida"}
_SENHAS = UUID("018f0000-0000-7000-8000-00000000c5f0")


@dataclass(frozen=True)
class Time:
    """Quem vende: por nome, o id de cada vendedor e o da equipe dele; e quem dirige todas as equipes."""

    vendedores: dict[str, tuple[str, str]]
    diretora: Crm


@dataclass(frozen=True)
class Carga:
    rotulo: str
    time: Time
    funil: dict[str, Any]
    empresas: dict[str, str]
    produtos: dict[str, dict[str, Any]]
    segundos: float


def ler(pasta: Path, nome: str) -> list[dict[str, str]]:
    with (pasta / f"{nome}.csv").open(encoding="utf-8-sig", newline="") as arquivo:
        return list(csv.DictReader(arquivo))


def carregar(url: str, email: str, senha: str, pasta: Path, rotulo: str, conexoes: int = 2) -> Carga:
    admin = Crm(url, email, senha)
    time_ = montar_time(admin, ler(pasta, "sales_teams"), rotulo)
    diretora = time_.diretora
    empresas = carregar_empresas(diretora, ler(pasta, "accounts"), rotulo)
    produtos = carregar_produtos(diretora, ler(pasta, "products"), rotulo)
    funil = diretora.create("/gateway/vendas/funis", {"nome": f"Maven {rotulo}", "etapas": ETAPAS}, key=f"{rotulo} funil")
    motivo = diretora.create("/gateway/vendas/motivos-perda", {"nome": f"Não informado {rotulo}"}, key=f"{rotulo} motivo")
    inicio = time.monotonic()
    carga = Carga(rotulo, time_, funil, empresas, produtos, 0)
    with ThreadPoolExecutor(conexoes) as fila:
        for _ in fila.map(lambda lote: carregar_oportunidades(carga, motivo["id"], lote), em_lotes(ler(pasta, "sales_pipeline"))):
            pass
    return Carga(rotulo, time_, funil, empresas, produtos, time.monotonic() - inicio)


def email_de(nome: str, rotulo: str) -> str:
    return f"{nome.lower().replace(' ', '.')}.{rotulo}@example.com"


def senha_de(nome: str, rotulo: str) -> str:
    """A mesma para a mesma carga, para que ela possa continuar."""
    return f"Maven-{uuid5(_SENHAS, nome + rotulo)}"


def montar_time(admin: Crm, linhas: list[dict[str, str]], rotulo: str) -> Time:
    """Diretoria > regiões > equipes dos gerentes > vendedores. Quem está acima vê o que é das equipes abaixo."""
    papeis = {papel["nome"]: papel["id"] for papel in admin.rows("/auth/papeis")}

    def equipe(nome: str, **campos: Any) -> str:
        return str(admin.create("/auth/equipes", {"nome": f"{nome} {rotulo}", **campos}, key=f"{rotulo} {nome}")["id"])

    def usuario(nome: str, papel: str, equipe_id: str) -> str:
        corpo = {"nome": nome, "email": email_de(nome, rotulo), "senha": senha_de(nome, rotulo)}
        return str(
            admin.create("/auth/usuarios", {**corpo, "papel_id": papeis[papel], "equipe_id": equipe_id}, key=f"{rotulo} {nome}")["id"]
        )

    diretoria = equipe("Diretoria")
    regioes = {nome: equipe(nome, regiao=nome, pai_id=diretoria) for nome in sorted({linha["regional_office"] for linha in linhas})}
    equipes: dict[str, str] = {}
    for nome, regiao in sorted({(linha["manager"], linha["regional_office"]) for linha in linhas}):
        equipes[nome] = equipe(f"Equipe {nome}", pai_id=regioes[regiao])
        gerente = usuario(nome, "gerente", equipes[nome])
        admin.request("PATCH", f"/auth/equipes/{equipes[nome]}", json={"lider_id": gerente}).raise_for_status()
    vendedores = {
        linha["sales_agent"]: (usuario(linha["sales_agent"], "vendedor", equipes[linha["manager"]]), equipes[linha["manager"]])
        for linha in linhas
    }
    usuario("Diretora de Vendas", "gerente", diretoria)
    return Time(vendedores, Crm(admin.url, email_de("Diretora de Vendas", rotulo), senha_de("Diretora de Vendas", rotulo)))


def carregar_empresas(crm: Crm, linhas: list[dict[str, str]], rotulo: str) -> dict[str, str]:
    """As controladoras antes das controladas."""
    ids: dict[str, str] = {}
    for linha in sorted(linhas, key=lambda linha: bool(linha["subsidiary_of"])):
        corpo = {
            "razao_social": linha["account"],
            "segmento": linha["sector"],
            "ano_fundacao": int(linha["year_established"]),
            "receita_anual": f"{float(linha['revenue']) * 1_000_000:.2f}",
            "moeda": "USD",
            "numero_funcionarios": int(linha["employees"]),
            "pais": linha["office_location"],
            "controladora_id": ids.get(linha["subsidiary_of"]),
        }
        ids[linha["account"]] = crm.create("/gateway/empresas", corpo, key=f"{rotulo} {linha['account']}")["id"]
    return ids


def carregar_produtos(crm: Crm, linhas: list[dict[str, str]], rotulo: str) -> dict[str, dict[str, Any]]:
    """Por nome sem espaços: a planilha de vendas escreve `GTXPro` onde o catálogo diz `GTX Pro`."""
    return {
        chave_do_produto(linha["product"]): crm.create(
            "/gateway/vendas/produtos", {"nome": linha["product"], "preco": linha["sales_price"]}, key=f"{rotulo} {linha['product']}"
        )
        for linha in linhas
    }


def chave_do_produto(nome: str) -> str:
    return nome.replace(" ", "")


def em_lotes(linhas: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    return [linhas[inicio : inicio + POR_LOTE] for inicio in range(0, len(linhas), POR_LOTE)]


def carregar_oportunidades(carga: Carga, motivo_id: str, linhas: list[dict[str, str]]) -> None:
    """Todas ou nenhuma, e uma só vez, por mais vezes que o lote precise ser enviado."""
    itens = [oportunidade(carga, motivo_id, linha) for linha in linhas]
    lote = {"operacao": "criar", "atomico": True, "itens": itens}
    carga.time.diretora.create("/gateway/vendas/lote", lote, key=f"{carga.rotulo} {linhas[0]['opportunity_id']}")


def oportunidade(carga: Carga, motivo_id: str, linha: dict[str, str]) -> dict[str, Any]:
    """Uma linha da planilha: quem tem `vendas:importar` diz quando começou, quando e como acabou, e de quem era."""
    produto = carga.produtos[chave_do_produto(linha["product"])]
    usuario_id, equipe_id = carga.time.vendedores[linha["sales_agent"]]
    etapas = {etapa["nome"]: etapa["id"] for etapa in carga.funil["etapas"]}
    corpo: dict[str, Any] = {
        "titulo": f"{produto['nome']} para {linha['account'] or 'empresa não informada'} ({linha['opportunity_id']})",
        "funil_id": carga.funil["id"],
        "etapa_id": etapas[linha["deal_stage"]],
        "aberta_em": linha["engage_date"] or None,
        "valor": linha["close_value"] or produto["preco"],
        "itens": [{"produto_id": produto["id"]}],
        "empresa_id": carga.empresas[linha["account"]] if linha["account"] else None,
        "responsavel_id": usuario_id,
        "equipe_id": equipe_id,
        "origem": "importacao",
    }
    if status := STATUS.get(linha["deal_stage"]):
        corpo |= {"status": status, "fechada_em": linha["close_date"]}
    if status == "perdida":
        corpo["motivo_perda_id"] = motivo_id
    return corpo


def mostrar(carga: Carga) -> None:
    relatorio = carga.time.diretora.read("/gateway/vendas/relatorios/funil", agrupar="trimestre", funil_id=carga.funil["id"])
    totais = relatorio["totais"]
    print(f"{totais['oportunidades']} oportunidades em {carga.segundos:.0f} s")
    print(f"ganhas {totais['ganhas']}, perdidas {totais['perdidas']}, abertas {totais['abertas']}, taxa de ganho {totais['taxa_ganho']}")
    for linha in relatorio["linhas"]:
        print(f"{linha['nome'] or 'abertas':>8}  {linha['receita_ganha']:>12}  {linha['taxa_ganho'] or ''}")


if __name__ == "__main__":
    opcoes = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    opcoes.add_argument("--url", default="http://127.0.0.1:3000", help="endereço do gateway")
    opcoes.add_argument("--email", required=True, help="e-mail de um administrador")
    opcoes.add_argument("--senha", required=True)
    opcoes.add_argument("--dados", type=Path, required=True, help="pasta com os quatro CSV")
    opcoes.add_argument("--rotulo", default=secrets.token_hex(3), help="nome desta carga")
    opcoes.add_argument("--conexoes", type=int, default=2, help="requisições ao mesmo tempo")
    argumentos = vars(opcoes.parse_args())
    pasta = argumentos.pop("dados")
    mostrar(carregar(pasta=pasta, **argumentos))
