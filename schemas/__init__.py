"""JSON Schemas as package data; installed as ``kubectl_gitops.schemas``."""
