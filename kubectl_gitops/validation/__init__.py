"""The JSON Schema edge: the only importer of jsonschema_rs."""

from kubectl_gitops.validation.problems import Problem, errors

__all__ = ["Problem", "errors"]
