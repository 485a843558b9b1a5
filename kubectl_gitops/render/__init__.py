"""Turns a folder of a Git revision, or of the files on disk, into the objects it declares."""

from kubectl_gitops.render.rendering import Rendered, RenderOptions, render

__all__ = ["RenderOptions", "Rendered", "render"]
