"""What every main record carries beyond its own columns: tags, custom fields, notes, attachments; and saved views of its lists.

A model declares itself by `Extensible`, a serializer by `ExtensibleSerializer`, a service's urls by `Router.register_main`.
"""
