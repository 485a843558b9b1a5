"""Reads gitops.yaml."""
