"""Printing Kubernetes objects themselves, with Secrets hidden unless they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from kubectl_gitops.core.masking import mask_body
from kubectl_gitops.core.objects import Body


def print_objects(objects: Iterable[Body], output: str, show_secrets: bool, stdout: TextIO) -> None:
    """Write the objects as YAML documents, or as a JSON ``List`` as kubectl prints one."""
    shown = [body if show_secrets else mask_body(body) for body in objects]
    if output == "json":
        import orjson

        items = {"apiVersion": "v1", "kind": "List", "items": shown}
        stdout.write(orjson.dumps(items, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    from kubectl_gitops.manifests.dumping import dump_all

    stdout.write(dump_all(shown))
