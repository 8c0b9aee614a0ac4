"""Measurements by hand, never tests: see README.md. Run from the root, `.venv/bin/python -m bench.lists` and so on."""
