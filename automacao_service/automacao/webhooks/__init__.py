"""Events for programs outside: subscriptions, and the deliveries that each event becomes (ADR 32)."""
