"""The words of the text output: verdicts, attributions, counts, and what to do next."""

from __future__ import annotations

from kubectl_gitops.core.reports import DriftReport, FieldReport, GitBy, LiveBy, State, Verdict

VERDICTS = {
    Verdict.LIVE_CHANGED: "it was changed in the cluster",
    Verdict.GIT_CHANGED: "Git moved on; an apply will bring it",
    Verdict.CONFLICT: "both changed it, differently",
    Verdict.REMOVED: "Git no longer declares it; an apply will remove it",
    Verdict.EXTRA: "Git does not declare it; it was added in the cluster",
    Verdict.UNKNOWN: "it differs, and there is no base to tell who changed it",
}

STATES = {
    State.SYNCED: "as Git declares it",
    State.DRIFTED: "changed in the cluster",
    State.PENDING: "Git moved on",
    State.CONFLICTED: "changed on both sides, or there is no base to tell",
    State.NEW: "not in the cluster yet",
    State.MISSING: "gone from the cluster, though it was applied",
    State.UNMANAGED: "exists, but was not applied from here",
    State.ORPHANED: "applied from here, but Git no longer declares it",
    State.UNVERIFIED: "could not be read or verified",
}

_LIVE_MOVED = (Verdict.LIVE_CHANGED, Verdict.EXTRA, Verdict.CONFLICT, Verdict.UNKNOWN)
_GIT_MOVED = (Verdict.GIT_CHANGED, Verdict.REMOVED, Verdict.CONFLICT)


def who(field: FieldReport) -> list[str]:
    """Who is recorded on each side; where a side moved and nobody is, that."""
    lines = []
    if field.live_by is not None:
        lines.append(f"in the cluster: {live_by(field.live_by)}")
    elif field.verdict in _LIVE_MOVED:
        lines.append("in the cluster: nobody is recorded (a deletion or a reorder leaves no trace)")
    if field.git_by is not None:
        lines.append(f"in Git: {git_by(field.git_by)}")
    elif field.verdict in _GIT_MOVED:
        lines.append("in Git: no commit is recorded")
    return lines


def live_by(by: LiveBy) -> str:
    """``kubectl-set (Update), not later than 2026-11-23 19:00:00Z``."""
    how = f"{by.operation} of {by.subresource}" if by.subresource else by.operation
    when = f", not later than {moment(by.not_after)}" if by.not_after else ", no time is recorded"
    return f"{by.manager} ({how}){when}"


def git_by(by: GitBy) -> str:
    """``abc1234 Ada Author, 2026-11-23: subject``."""
    return f"{by.commit[:7]} {by.author}, {by.time[:10]}: {by.subject}"


def moment(time: str) -> str:
    """An RFC 3339 time with a space for the ``T``."""
    return time.replace("T", " ", 1)


def count(number: int, noun: str) -> str:
    """``1 object``, ``1,010 objects``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def joined(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def command(name: str, report: DriftReport) -> str:
    arguments = report.arguments or (f"-t {report.target}" if report.target else "")
    return f"kubectl gitops {name} {arguments}".rstrip()


def next_steps(report: DriftReport) -> list[tuple[str, str]]:
    """What to run next and what it would do, as (command, rest of the sentence)."""
    objects = report.objects
    found = {state: [item for item in objects if item.state is state] for state in State}
    fields = [field.verdict for item in objects for field in item.fields]
    brings = (Verdict.GIT_CHANGED, Verdict.REMOVED)
    brought = sum(
        item.state in (State.NEW, State.MISSING) or any(field.verdict in brings for field in item.fields)
        for item in objects
    )
    changed, extra = fields.count(Verdict.LIVE_CHANGED), fields.count(Verdict.EXTRA)
    unmanaged, both = len(found[State.UNMANAGED]), len(found[State.CONFLICTED])
    # An orphan's message says why it is not pruned; a sentence that offers a flag says what would be done with it.
    why = [item.message for item in found[State.ORPHANED]]
    pruned, limited = why.count(""), any("--prune-limit" in message for message in why)
    data = sum("--prune-data" in message for message in why)
    fixed = sum("--recreate" in item.message for item in found[State.PENDING])
    steps: list[tuple[str, str]] = []
    reasons = []
    if both:
        reasons.append(f"{count(both, 'object')} conflicted (--force-conflicts takes Git's value)")
    if unmanaged:
        reasons.append(f"{count(unmanaged, 'object')} not applied from here (--adopt takes over)")
    if limited:
        reasons.append("more would be deleted than the prune limit allows (--prune-limit raises it)")
    doing = [f"bring {count(brought - fixed, 'object')}"] if brought > fixed else []
    doing += [f"fail on {count(fixed, 'object')} (--recreate replaces what can't be changed in place)"] if fixed else []
    doing += [f"prune {count(pruned, 'object')}"] if pruned else []
    doing += [f"keep {count(data, 'orphan')} (--prune-data deletes)"] if data else []
    doing += [f"keep {count(changed + extra, 'field')} as changed in the cluster"] if changed + extra else []
    if reasons:
        steps.append((command("apply", report), f"would refuse: {joined(reasons)}"))
    elif doing:
        steps.append((command("apply", report), f"would {joined(doing)}"))
    reverting = [f"revert {count(changed, 'field')}"] if changed else []
    reverting += [f"remove {count(extra, 'extra field')}"] if extra else []
    reverting += [f"take Git's value in {count(both, 'conflicted object')}"] if both else []
    if reverting and (unmanaged or limited):
        steps.append((command("reconcile", report), "would refuse too"))
    elif reverting:
        steps.append((command("reconcile", report), f"would {joined(reverting)}"))
    return steps
