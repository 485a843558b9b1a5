"""The JSON Schema edge: the only importer of jsonschema_rs."""
