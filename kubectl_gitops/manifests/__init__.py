"""The YAML edge: the only importer of PyYAML."""
