from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_shared", "0010_referencia_por_nome")]

    operations = [
        migrations.AddField("mensagemrecebida", "rastro", models.CharField(max_length=32, null=True)),
        migrations.AddIndex("mensagemrecebida", models.Index(fields=["rastro"], name="mensagem_do_rastro")),
        migrations.AddIndex("operacao", models.Index(fields=["rastro"], name="operacao_do_rastro")),
    ]
