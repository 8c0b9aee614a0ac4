"""`<recurso>:lote` for the roles and API keys that could work on many records at once before there was a right to it."""

from collections import defaultdict

from django.db import migrations

RECURSOS = ("clientes", "leads", "empresas", "vendas", "produtos", "comunicacao", "tarefas", "automacao", "usuarios")
ESCREVEM = ("criar", "editar", "excluir")  # what an operation of a lote asks for
NIVEIS = ("proprio", "equipe", "todos")


def dar(apps, schema_editor):
    _aos_papeis(apps.get_model("contas", "Permissao"))
    _as_chaves(apps.get_model("contas", "ChaveApi"))


def _aos_papeis(permissao):
    """As far as the widest of the writes; whoever could not list the records had no lote of them."""
    niveis = defaultdict(dict)
    for item in permissao.objects.filter(recurso__in=RECURSOS):
        niveis[item.papel_id, item.recurso][item.acao] = item.visibilidade
    permissao.objects.bulk_create(
        permissao(papel_id=papel_id, recurso=recurso, acao="lote", visibilidade=max(escritas, key=NIVEIS.index))
        for (papel_id, recurso), acoes in niveis.items()
        if "ler" in acoes and "lote" not in acoes and (escritas := [acoes[acao] for acao in ESCREVEM if acao in acoes])
    )


def _as_chaves(chave):
    for item in chave.objects.filter(excluido_em__isnull=True):
        tem = set(item.escopos)
        novos = [
            f"{recurso}:lote"
            for recurso in RECURSOS
            if f"{recurso}:ler" in tem and any(f"{recurso}:{acao}" in tem for acao in ESCREVEM) and f"{recurso}:lote" not in tem
        ]
        if novos:
            chave.objects.filter(pk=item.pk).update(escopos=[*item.escopos, *novos])


class Migration(migrations.Migration):
    dependencies = [("contas", "0011_papel_campos")]

    operations = [migrations.RunPython(dar, migrations.RunPython.noop)]
