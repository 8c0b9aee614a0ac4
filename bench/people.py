"""Databases of the clientes service with as many people as asked."""

from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bench.processes import manage
from stack.config import Settings
from stack.credentials import Credentials
from stack.environment import service_environment

# Without accents, so that lower() is what crm_shared.identity.search would write.
FIRST = "Ana Bruno Carla Davi Elisa Fabio Gabriela Heitor Igor Julia Karen Lucas Maria Nelson Olivia Paulo"
LAST = (
    "Almeida Alves Andrade Barbosa Barros Batista Campos Cardoso Carvalho Castro Costa Dias Duarte Fernandes Ferreira Freitas "
    "Gomes Lima Lopes Machado Marques Martins Melo Mendes Moreira Nascimento Oliveira Pereira Ribeiro Rocha Santos Silva"
)

REFERENCES = """
INSERT INTO crm_shared_referencia (id, recurso, nome, dados, estado, versao)
SELECT ('018f0000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
       CASE WHEN n <= 10 THEN 'auth.equipe' ELSE 'auth.usuario' END, 'Nome ' || n, '{}', 'ok', 1
FROM generate_series(1, 60) n
"""
# `renda` and `nivel` are custom fields; user 60 has 40 people of a million, user 11 a third of all, the others 2 % each
PEOPLE = """
INSERT INTO clientes_cliente (id, versao, criado_em, atualizado_em, nome, nome_social, cpf, data_nascimento, ciclo_vida, origem,
       campanha, email, telefone, nao_contatar, observacoes, marcadores, extras, responsavel_id, equipe_id, busca_texto)
SELECT uuidv7(since), 1 + n %% 3, now() + since, now() + since, nome, '', cpf, date '1950-01-01' + n %% 20000,
       (ARRAY['lead', 'qualificado', 'oportunidade', 'cliente', 'inativo'])[1 + n %% 5], (ARRAY['site', 'indicacao', 'evento'])[1 + n %% 3],
       '', email, telefone, false, '',
       CASE WHEN n %% 1000 = 0 THEN '{vip,frio}'::text[] WHEN n %% 10 = 0 THEN '{frio}' ELSE '{}' END,
       jsonb_build_object('renda', n::bigint * 7919 %% 10000 || '.00', 'nivel', CASE WHEN n %% 1000 = 7 THEN 'ouro' ELSE 'bronze' END),
       ('018f0000-0000-7000-8000-'
        || lpad((CASE WHEN n %% 25000 = 1 THEN 60 WHEN n %% 3 = 0 THEN 11 ELSE 12 + n %% 48 END)::text, 12, '0'))::uuid,
       ('018f0000-0000-7000-8000-' || lpad((1 + n %% 10)::text, 12, '0'))::uuid,
       ' ' || lower(concat_ws(' ', nome, cpf, email, substr(telefone, 4), substr(telefone, 6)))
FROM (SELECT n, (n - %(rows)s) * interval '1 minute' AS since, lpad(n::text, 11, '0') AS cpf,
             'pessoa' || n || '@exemplo.com.br' AS email, '+55119' || lpad(n::text, 8, '0') AS telefone,
             concat_ws(' ', first[1 + (hash & 15)], last[1 + (hash >> 4 & 31)], last[1 + (hash >> 9 & 31)],
                       CASE WHEN n %% 1000 = 3 THEN 'Zacarias' WHEN n %% 2 = 0 THEN 'Neto' END) AS nome
      FROM (SELECT n, hashint4(n) AS hash FROM generate_series(1, %(rows)s) n) AS numbers,
           (SELECT string_to_array(%(first)s, ' ') AS first, string_to_array(%(last)s, ' ') AS last) AS names) AS people
"""
TAGS = """
INSERT INTO crm_shared_marcador (id, versao, criado_em, atualizado_em, nome, slug, cor)
SELECT gen_random_uuid(), 1, now(), now(), slug, slug, '#64748b' FROM unnest(ARRAY['frio', 'vip']) slug
"""
FIELDS = """
INSERT INTO crm_shared_campopersonalizado (id, versao, criado_em, atualizado_em, recurso, chave, rotulo, tipo, opcoes, alvo, obrigatorio,
       unico, indexado, regex, ajuda, somente_leitura, dado_pessoal, sensivel, preparo)
SELECT gen_random_uuid(), 1, now(), now(), 'clientes', chave, chave, tipo, opcoes::jsonb, '', false, false, true, '', '', false, false,
       false, ''
FROM (VALUES ('renda', 'moeda', '[]'),
             ('nivel', 'lista', '[{"valor": "ouro", "rotulo": "Ouro"}, {"valor": "bronze", "rotulo": "Bronze"}]')) f (chave, tipo, opcoes)
"""
VALUES = """
INSERT INTO crm_shared_valorextra (id, campo_id, registro_id, texto, numero)
SELECT gen_random_uuid(), campo.id, cliente.id, CASE WHEN chave = 'nivel' THEN extras ->> 'nivel' END,
       CASE WHEN chave = 'renda' THEN (extras ->> 'renda')::numeric END
FROM clientes_cliente cliente, crm_shared_campopersonalizado campo
"""


def database(settings: Settings, secrets: Credentials, rows: int) -> str:
    """The URL of a new database of the service's own schema with `rows` people in it."""
    environment = service_environment(settings, secrets, "clientes")
    own = urlsplit(environment["CLIENTES_DATABASE_URL"])
    name = f"clientes_{rows}"
    with psycopg.connect(own._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = own._replace(path=f"/{name}").geturl()
    manage("clientes", "migrate", "--verbosity=0", environment=environment | {"CLIENTES_DATABASE_URL": url})
    _fill(url, rows)
    return url


def _fill(url: str, rows: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        # the trigram index row by row would take most of the time
        definition = connection.execute("SELECT pg_get_indexdef('cliente_busca'::regclass)").fetchone()
        assert definition is not None
        connection.execute("DROP INDEX cliente_busca")
        connection.execute(REFERENCES)
        connection.execute(PEOPLE, {"rows": rows, "first": FIRST, "last": LAST})
        connection.execute(definition[0])
        for statement in (TAGS, FIELDS, VALUES):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
