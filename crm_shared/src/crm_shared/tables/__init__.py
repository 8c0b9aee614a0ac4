"""Spreadsheets as people make them: read and written as streams, in memory that does not grow with the file."""
