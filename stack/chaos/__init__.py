"""`./crm chaos`: a stack of its own is written to while it is killed, frozen and robbed; then a ledger is compared with the stores."""
