"""SecantusDB, whose command line cannot say how long a transaction may stay open: what it wrote is locked meanwhile.

A client that is killed in the middle leaves its transaction behind, and its successor would wait for a minute.
"""

from functools import partial

from secantus import cli  # type: ignore[import-untyped]

TRANSACTION_SECONDS = 10.0  # as idle_in_transaction_session_timeout on PostgreSQL (crm_shared.env)


if __name__ == "__main__":
    cli.SecantusDBServer = partial(cli.SecantusDBServer, transaction_lifetime_seconds=TRANSACTION_SECONDS)
    raise SystemExit(cli.main())
