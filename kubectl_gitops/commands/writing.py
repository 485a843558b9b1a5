"""What the writing commands have in common: options to requests, a progress display, reports to an exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kubectl_gitops.commands import options
from kubectl_gitops.commands.printing import asking, print_writes
from kubectl_gitops.core.progress import Progress
from kubectl_gitops.core.reports import ApplyReport
from kubectl_gitops.pipeline.request import TargetRequest, WriteRequest

Operation = Callable[[TargetRequest, WriteRequest, Progress], Iterator[ApplyReport]]


def carry_out(operation: Operation, mode: str, values: dict[str, Any]) -> int:
    """Run the operation with what the command line says, and return the exit code; takes ``values`` apart."""
    output, details = values.pop("output"), values.pop("details")
    write = options.write_request(mode, values)
    request = options.target_request(values)
    return print_writes(lambda shown: operation(request, asking(write, shown), shown), output, details)
