"""What the role `administrador` holds since it was made: people cannot change it, so it is brought up to date here."""

from django.db import migrations

from contas.papeis_padrao import ADMINISTRADOR, PAPEIS_PADRAO


def completar(apps, schema_editor):
    papel = apps.get_model("contas", "Papel").objects.filter(nome=ADMINISTRADOR, sistema=True, excluido_em__isnull=True).first()
    if papel is None:
        return
    permissao = apps.get_model("contas", "Permissao")
    present = set(permissao.objects.filter(papel=papel).values_list("recurso", "acao"))
    niveis = PAPEIS_PADRAO[ADMINISTRADOR].niveis
    permissao.objects.bulk_create(
        permissao(papel=papel, recurso=recurso, acao=acao, visibilidade=nivel)
        for (recurso, acao), nivel in niveis.items()
        if (recurso, acao) not in present
    )


class Migration(migrations.Migration):
    dependencies = [("contas", "0002_papeis_padrao")]

    operations = [migrations.RunPython(completar, migrations.RunPython.noop)]
