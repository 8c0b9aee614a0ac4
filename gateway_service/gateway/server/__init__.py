"""HTTP/1.1 towards clients: a worker class for gunicorn that serves any ASGI application (ADR 37).

gunicorn keeps the processes, signals and sockets. Of the parsing it keeps all that is rare or wrong: `head.py` reads only
the plain request, in which nothing can be taken in two ways.
"""
