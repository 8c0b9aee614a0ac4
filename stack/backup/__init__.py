"""`./crm backup` and `./crm restore`: all stores at one moment (ADR 21)."""
