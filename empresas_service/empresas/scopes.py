"""What each action on companies asks of the caller's token."""

from crm_shared.auth.scopes import crud_scopes

# por_cnpj may also create: the service asks for that scope when it comes to it
EMPRESAS = crud_scopes("empresas", validar_cnpj="ler", por_cnpj="editar", filiais="ler")
# the addresses of a company are read and changed with the company's own scopes
ENDERECOS = crud_scopes("empresas", create="editar", destroy="editar", restaurar="editar")
