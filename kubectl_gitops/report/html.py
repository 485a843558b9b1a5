"""``drift -o html``: the text with all its details and colours as one self-contained file."""

from __future__ import annotations

from kubectl_gitops.core.masking import masked_drift
from kubectl_gitops.core.reports import DriftReport
from kubectl_gitops.report.drift_text import write_drift
from kubectl_gitops.report.page import Page


def html_text(report: DriftReport) -> str:
    """One HTML page that loads nothing from elsewhere."""
    page = Page(width=140, color=True, record=True)
    write_drift(page, masked_drift(report), details=True)
    return page.html(f"Drift of {report.name}/{report.target}" if report.target else f"Drift of {report.name}")
