"""What each action on people and leads asks of the caller's token."""

from crm_shared.auth.scopes import crud_scopes

CLIENTES = crud_scopes("clientes")
# the parts of a person are read and changed with the person's own scopes
PARTES = crud_scopes("clientes", create="editar", destroy="editar", restaurar="editar")
LEADS = crud_scopes("leads", contatar="editar", qualificar="editar", converter="editar", desqualificar="editar", reciclar="editar")
