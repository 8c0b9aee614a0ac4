"""Imports of spreadsheets into any resource that declares itself `Importable` (docs/import.md)."""
