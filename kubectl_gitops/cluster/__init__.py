"""The cluster edge: the only importer of the kubernetes client."""
