"""Exports of what a list shows, as CSV or XLSX (docs/import.md)."""
