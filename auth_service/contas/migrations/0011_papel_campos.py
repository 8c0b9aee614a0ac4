from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contas', '0010_o_administrador_atribui_fluxos'),
    ]

    operations = [
        migrations.AddField(
            model_name='papel',
            name='campos',
            field=models.JSONField(blank=True, default=list, help_text='Campos que quem tem o papel não vê, vê mascarados ou não altera.', verbose_name='regras de campos'),
        ),
    ]
