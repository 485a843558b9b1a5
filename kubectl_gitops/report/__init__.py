"""Prints reports: text, JSON, YAML, names, unified diff, HTML."""
