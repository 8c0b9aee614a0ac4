import crm_shared.records.models
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm_shared', '0002_evento_do_rastro'),
    ]

    operations = [
        migrations.CreateModel(
            name='Operacao',
            fields=[
                ('id', models.UUIDField(default=crm_shared.records.models.uuid7, editable=False, primary_key=True, db_column=settings.PRIMARY_KEY_COLUMN, serialize=False)),
                ('versao', models.PositiveIntegerField(default=1, editable=False, verbose_name='versão')),
                ('criado_em', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='criado em')),
                ('atualizado_em', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='atualizado em')),
                ('excluido_em', models.DateTimeField(editable=False, null=True, verbose_name='excluído em')),
                ('proxima_em', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='próxima vez')),
                ('enfileirada_em', models.DateTimeField(editable=False, null=True)),
                ('arrendada_ate', models.DateTimeField(editable=False, null=True)),
                ('vez', models.PositiveIntegerField(default=0, editable=False)),
                ('tentativas', models.PositiveIntegerField(default=0, editable=False, verbose_name='tentativas')),
                ('tipo', models.CharField(help_text='lote, importacao, exportacao…', max_length=40, verbose_name='tipo')),
                ('recurso', models.CharField(help_text='A coleção sobre a qual trabalha, como `clientes/leads`.', max_length=80, verbose_name='recurso')),
                ('estado', models.CharField(choices=[('na_fila', 'na fila'), ('executando', 'executando'), ('concluida', 'concluída'), ('falhou', 'falhou'), ('cancelada', 'cancelada'), ('desfazendo', 'desfazendo'), ('desfeita', 'desfeita')], default='na_fila', max_length=10, verbose_name='estado')),
                ('total', models.PositiveIntegerField(help_text='Quantos itens há; nulo enquanto não se sabe.', null=True, verbose_name='total')),
                ('feitos', models.PositiveIntegerField(default=0, help_text='Quantos itens já passaram, com ou sem erro.', verbose_name='feitos')),
                ('erros', models.PositiveIntegerField(default=0, help_text='Quantos dos feitos não deram certo.', verbose_name='erros')),
                ('desfeitos', models.PositiveIntegerField(default=0, help_text='Quantos registros voltaram a ser o que eram.', verbose_name='desfeitos')),
                ('criado_por', models.CharField(help_text='Quem pediu.', max_length=80, verbose_name='criado por')),
                ('quem', models.JSONField(default=dict, editable=False)),
                ('rastro', models.CharField(default='', max_length=32)),
                ('parametros', models.JSONField(default=dict, editable=False)),
                ('cursor', models.JSONField(editable=False, null=True)),
                ('resultado', models.JSONField(default=dict, verbose_name='resultado')),
                ('motivo', models.CharField(blank=True, default='', help_text='Por que falhou.', max_length=300, verbose_name='motivo')),
                ('iniciado_em', models.DateTimeField(null=True, verbose_name='iniciado em')),
                ('encerrado_em', models.DateTimeField(null=True, verbose_name='encerrado em')),
                ('desfazer_ate', models.DateTimeField(help_text='Nulo quando não pode ser desfeita.', null=True, verbose_name='pode ser desfeita até')),
            ],
            options={
                'verbose_name': 'operação',
                'verbose_name_plural': 'operações',
                'indexes': [models.Index(fields=['estado', 'proxima_em'], name='operacao_vez'), models.Index(fields=['criado_por', 'id'], name='operacao_de_quem'), models.Index(fields=['encerrado_em'], name='operacao_idade')],
            },
        ),
        migrations.CreateModel(
            name='ItemOperacao',
            fields=[
                ('id', models.UUIDField(default=crm_shared.records.models.uuid7, primary_key=True, db_column=settings.PRIMARY_KEY_COLUMN, serialize=False)),
                ('indice', models.PositiveIntegerField(help_text='Posição do item no pedido, a partir de 0.', verbose_name='índice')),
                ('status', models.PositiveSmallIntegerField(help_text='O que HTTP teria respondido: 201, 200, 404…', verbose_name='status')),
                ('registro_id', models.UUIDField(null=True, verbose_name='registro')),
                ('versao', models.PositiveIntegerField(null=True, verbose_name='versão')),
                ('erros', models.JSONField(default=list, verbose_name='erros')),
                ('antes', models.JSONField(null=True)),
                ('desfeito', models.CharField(blank=True, default='', help_text='`sim`, ou por que não foi desfeito.', max_length=40, verbose_name='desfeito')),
                ('criado_em', models.DateTimeField(default=django.utils.timezone.now)),
                ('operacao', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='itens', to='crm_shared.operacao')),
            ],
            options={
                'verbose_name': 'item de operação',
                'verbose_name_plural': 'itens de operações',
                'constraints': [models.UniqueConstraint(fields=('operacao', 'indice'), name='item_da_operacao_unico')],
            },
        ),
    ]
