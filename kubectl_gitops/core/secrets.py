"""Secrets as they are sent: server-side apply stores and owns ``stringData`` as it is written, so it is never sent."""

from __future__ import annotations

import base64

from kubectl_gitops.core.objects import Body


def fold_string_data(body: Body) -> Body:
    """The Secret with its ``stringData`` as base64 in ``data``; any other object, or one without it, unchanged.

    An entry of stringData wins over one of data with the same name, as the API server has it (k8s.io/kubernetes,
    pkg/apis/core/v1/conversion.go).
    Values that are no strings are left in stringData, for the server to refuse.
    """
    texts = body.get("stringData")
    if body.get("apiVersion") != "v1" or body.get("kind") != "Secret" or "stringData" not in body:
        return body
    if texts is not None and not isinstance(texts, dict):
        return body
    folded = {name: item for name, item in body.items() if name != "stringData"}
    if not texts:
        return folded
    if not all(isinstance(text, str) for text in texts.values()):
        return body
    encoded = {name: base64.b64encode(text.encode()).decode("ascii") for name, text in texts.items()}
    return {**folded, "data": {**(body.get("data") or {}), **encoded}}
