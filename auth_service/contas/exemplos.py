"""What accounts, teams and roles look like in OpenAPI's examples (crm_shared.api.schema.examples)."""

_TOKEN = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJjcm0tYXV0aCJ9.c2ln"  # noqa: S105 - nobody signed it
_EQUIPE = {"id": "018f0000-0000-7000-8000-000000000002", "nome": "Norte"}

EXEMPLOS: dict[str, object] = {
    "access": _TOKEN,
    "assertion": _TOKEN,
    "audiencia": "tarefas",
    "Equipe.nome": "Norte",
    "equipe": _EQUIPE,
    "escopos": ["clientes:ler", "clientes:criar", "clientes:editar"],
    "expires_in": 300,
    "filhas": [],
    "JWKS": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "3f2a9c1d0b7e4a65", "alg": "ES256", "use": "sig", "x": "f83O", "y": "x_FE"}]},
    "lider_nome": "Bruno Lima",
    "membros": 4,
    "NoEquipe.nome": "Norte",
    "obo": None,
    "pai_id": None,
    "pai_nome": None,
    "papel": {"id": "018f0000-0000-7000-8000-000000000001", "nome": "vendedor"},
    "papel_nome": "vendedor",
    "Papel.nome": "pós-venda",
    "Papel.descricao": "Acompanha quem já comprou.",
    "EquipeRequest.lider_id": None,
    "refresh": "018f0000000070008000000000000003.Zm9pIGltcG9zc2l2ZWwgYWRpdmluaGFy",
    "regiao": "SP",
    "regiao_efetiva": "SP",
    "senha": "Cavalo-azul-7-montes",
    "senha_atual": "Cavalo-azul-7-montes",
    "senha_nova": "Girassol-verde-9-rios",
    "sistema": False,
    "token_type": "Bearer",
    "visibilidade": "equipe",
    "Eu.visibilidade": {"*": "proprio", "empresas": "todos"},
}
