"""pre-commit hooks, one small module each; installed as ``kubectl_gitops.hooks``."""
