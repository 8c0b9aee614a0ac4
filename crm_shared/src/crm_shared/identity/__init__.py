"""Brazilian identity: documents, phones, addresses, e-mail, money text and search text.

Core functions know no framework; only `fields` imports Django REST framework.
Import from the module you need, so that a service pays for no library it does not use.
"""
