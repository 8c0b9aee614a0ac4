"""The database engine of services on MongoDB: django-mongodb-backend with what running a service on it asked for.

Queries put conditions before joins and in the plain form that indexes serve; every driver error leaves as Django's own;
a lost transaction leaves nothing behind. Only services whose store is MongoDB import this package.
"""
