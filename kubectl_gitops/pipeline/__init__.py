"""The stages from a source and a cluster to verdicts, a plan and its outcome."""
