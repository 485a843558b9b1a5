"""``apply`` and ``reconcile``: survey, plan, and then, if nothing forbids it, the writes, the pruning and the wait."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kubectl_gitops.cluster import Resource
from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.health import Health, Status, health
from kubectl_gitops.core.inventory import Inventory
from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.plan import Plan, plan
from kubectl_gitops.core.progress import Progress
from kubectl_gitops.core.prune import PruneDecision
from kubectl_gitops.core.reports import Action, ApplyReport
from kubectl_gitops.errors import Failed, Refused
from kubectl_gitops.pipeline import record
from kubectl_gitops.pipeline.established import wait_until_established
from kubectl_gitops.pipeline.execute import Job, Means, Outcome, execute
from kubectl_gitops.pipeline.gate import refusals
from kubectl_gitops.pipeline.orphans import PruneConsent, orphans_of
from kubectl_gitops.pipeline.outcomes import apply_report, listed, planned, summary
from kubectl_gitops.pipeline.pruning import prune
from kubectl_gitops.pipeline.request import Selection, TargetRequest, WriteRequest
from kubectl_gitops.pipeline.source import aims
from kubectl_gitops.pipeline.survey import Survey, survey
from kubectl_gitops.pipeline.wait import wait_until_healthy

NAMESPACE = ("", "Namespace")


def deploy(request: TargetRequest, write: WriteRequest, progress: Progress) -> Iterator[ApplyReport]:
    """Bring each target that the request names to its revision; reports come as they get done.

    Raises GitOpsError for what stops the whole command. Ctrl-C ends it after the report of what was done.
    """
    for aim in aims(request):
        started = time.monotonic()
        for warning in aim.warnings:
            progress.note(warning)
        found = survey(aim, Selection(), request.connect.concurrency, with_health=True)
        run = Run(found, write, request.connect.concurrency, progress)
        report = run.go()
        yield replace(report, requests=found.session.cluster.requests, seconds=round(time.monotonic() - started, 3))
        if run.interrupted:
            raise KeyboardInterrupt


@dataclass
class Run:
    """One target's write, from plan to report."""

    found: Survey
    write: WriteRequest
    concurrency: int
    progress: Progress
    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    healths: dict[Key, Health] = field(default_factory=dict)
    interrupted: bool = False

    def go(self) -> ApplyReport:
        found, write = self.found, self.write
        orphans = orphans_of(found, PruneConsent(write.prune_limit, write.prune_data))
        if not write.prune:
            orphans = PruneDecision((), tuple((orphan, "--no-prune") for orphan in orphans.prune))
        chosen = plan(found.assessments, write.mode, write.consent)
        refused = refusals(found, chosen, orphans, write)
        if refused or write.dry_run == "client":
            outcomes = {} if refused else planned(chosen, orphans)
            return apply_report(found, write, chosen, orphans, outcomes, {}, refused)
        self._settled(chosen)
        if chosen.writes or orphans.prune or self._to_record():
            self._ask(chosen, orphans)
            self._carry_out(chosen, orphans)
        else:
            self._wait()
        return apply_report(found, write, chosen, orphans, self.outcomes, self.healths, ())

    def _settled(self, chosen: Plan) -> None:
        """What needs no write has its outcome already."""
        for key in chosen.unchanged:
            self.outcomes[key] = Outcome(key, Action.UNCHANGED)
        for write in chosen.kept:
            self.outcomes[write.key] = Outcome(write.key, Action.KEPT)
        for one in chosen.unverified:
            self.outcomes[one.key] = Outcome(one.key, Action.FAILED, one.message)

    def _to_record(self) -> bool:
        """Whether the inventory has to change although no object does."""
        before, aim = self.found.inventory, self.found.aim
        if self._is_dry():
            return False
        if before is None or aim.commit is None:
            return True
        recorded = (before.repository, before.path, before.revision, before.renderer)
        return recorded != (aim.identity, aim.path, aim.commit.id, self.found.source.renderer) or bool(before.behind)

    def _ask(self, chosen: Plan, orphans: PruneDecision) -> None:
        found, write = self.found, self.write
        cluster = found.session.cluster
        where = f"context {cluster.context} ({cluster.server}), namespace {found.aim.namespace}"
        target = f"target {found.aim.target.name} in " if found.aim.target.name else ""
        what = "dry run on" if write.dry_run == "server" else "writing to"
        self.progress.note(f"{what} {target}{where}: {summary(chosen, orphans)}")
        if self._is_dry() or write.confirm is None:
            return
        risky = listed("prune", (orphan.key for orphan in orphans.prune))
        risky += listed("adopt", (one.key for one in chosen.writes if one.adopt))
        if write.recreate:
            risky += listed("recreate", (one.key for one in found.assessments if one.immutable))
        if write.consent.force_conflicts:
            risky += listed("take over", (one.key for one in chosen.writes if one.force and not one.adopt))
        for line in risky:
            self.progress.note(line)
        if risky and not write.confirm(f"{summary(chosen, orphans)}. Go on?"):
            raise Refused("not confirmed; nothing was written")

    def _is_dry(self) -> bool:
        return self.write.dry_run != "none"

    def _carry_out(self, chosen: Plan, orphans: PruneDecision) -> None:
        found, dry = self.found, self._is_dry()
        jobs = self._jobs(chosen)
        inventory = record.covering(found)
        if not dry:
            inventory = record.store(found.session, inventory, lambda: self._create_namespace(jobs))
        try:
            for outcome in execute(jobs, self._means()):
                self._note(outcome)
            if not self._failed():
                pruned = {orphan.key: orphan for orphan in orphans.prune}
                for outcome in prune(found.session.cluster, pruned, self._resources(pruned), self.concurrency, dry):
                    self._note(outcome)
        except KeyboardInterrupt:
            self.interrupted = True
        for key in jobs:
            if key not in self.outcomes:
                self.outcomes[key] = Outcome(key, Action.FAILED, "not written: interrupted")
        if not dry:
            self._record(inventory, orphans)

    def _record(self, inventory: Inventory, orphans: PruneDecision) -> None:
        """Record the revision at once: a rollout that stays unhealthy was written all the same."""
        found = self.found
        left = [orphan.key for orphan, _ in orphans.kept]
        left += [one.key for one in orphans.prune if not self._is(one.key, Action.PRUNED)]
        shrink = not (found.gaps or self._failed() or self.interrupted)
        inventory = record.after(found, inventory, self.outcomes, left, shrink)
        result = "interrupted" if self.interrupted else "failed" if self._failed() else "applied"
        entry = record.deployment(found, self.write.mode, self.outcomes.values(), result)
        inventory = record.store(found.session, record.with_deployment(inventory, entry), after_writes=True)
        if self.interrupted:
            return
        self._wait()
        if result == "applied" and self.write.wait:
            record.store(found.session, record.with_result(inventory, self._waited_result()), after_writes=True)

    def _waited_result(self) -> str:
        if self.interrupted:
            return "interrupted"
        gone = self._gone()
        good = all(one.status is Status.CURRENT for key, one in self.healths.items() if key not in gone)
        return "healthy" if good else "unhealthy"

    def _wait(self) -> None:
        seen = {one.key: one.health or health(one.live) for one in self.found.assessments if one.live is not None}
        for key, outcome in self.outcomes.items():
            if outcome.action not in (Action.FAILED, Action.PRUNED) and (outcome.body is not None or key in seen):
                self.healths[key] = health(outcome.body) if outcome.body is not None else seen[key]
        if not self.write.wait or self._is_dry():
            return
        gone = self._gone()
        known = dict(self.healths)
        try:
            for key, one in wait_until_healthy(
                self.found.session.cluster,
                self._resources((*known, *gone)),
                known,
                gone,
                self.found.applyset,
                self.write.timeout,
                self.progress,
            ):
                self.healths[key] = one
        except KeyboardInterrupt:
            self.interrupted = True

    def _gone(self) -> frozenset[Key]:
        return frozenset(key for key, outcome in self.outcomes.items() if outcome.action is Action.PRUNED)

    def _jobs(self, chosen: Plan) -> dict[Key, Job]:
        seen: dict[Key, Assessment] = {one.key: one for one in self.found.assessments}
        return {one.key: Job(one, seen[one.key].node, seen[one.key].live) for one in chosen.writes}

    def _means(self) -> Means:
        found, write = self.found, self.write
        deadline = time.monotonic() + write.timeout
        return Means(
            found.session.cluster,
            lambda key: found.session.resource_of(key, found.api_versions[key]),
            lambda names: wait_until_established(found.session, names, deadline),
            self.concurrency,
            write.dry_run == "server",
            write.recreate,
            write.prune_data,
            deadline,
        )

    def _create_namespace(self, jobs: dict[Key, Job]) -> bool:
        """Create the inventory's own namespace ahead of everything else, if the source declares it."""
        key = Key(*NAMESPACE, "", self.found.aim.namespace)
        job = jobs.pop(key, None)
        if job is None:
            return False
        for outcome in execute({key: job}, self._means()):
            self._note(outcome)
            if outcome.action is Action.FAILED:
                raise Failed(f"the namespace {key.name} can't be created: {outcome.message}")
        return True

    def _note(self, outcome: Outcome) -> None:
        self.outcomes[outcome.key] = outcome
        self.progress.written(outcome.key, outcome.action, outcome.message)

    def _failed(self) -> bool:
        return any(outcome.action is Action.FAILED for outcome in self.outcomes.values())

    def _is(self, key: Key, action: Action) -> bool:
        return key in self.outcomes and self.outcomes[key].action is action

    def _resources(self, keys: Iterable[Key]) -> dict[Key, Resource]:
        session, versions = self.found.session, self.found.api_versions
        found: dict[Key, Resource] = {}
        for key in keys:
            resource = (
                session.resources.find(versions[key], key.kind)
                if key in versions
                else session.resources.preferred(key.group, key.kind)
            )
            if resource is not None:
                found[key] = resource
        return found
