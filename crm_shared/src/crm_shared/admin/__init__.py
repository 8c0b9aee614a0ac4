"""Django's admin for every service, signed in with the CRM's own account (ADR 0019).

No module here is imported before the first request under /admin/, but for apps, router and middleware: processes that
serve no pages do not carry it.
"""
