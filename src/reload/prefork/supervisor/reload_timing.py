"""The timeline of each reload: save → noticed → forked → imported → answering; and which import grew."""

from ..shared.paths import display_path
from .actions import Action


class ReloadTiming:
    def __init__(self):
        self.totals = []
        # module → ms of its import, last time
        self.spent = {}
        self.is_under_way = False

    def begins(self, cause):
        """True where this is to be reported: what only prolongs a reload is not."""
        begins = not self.is_under_way and cause is not None
        self.is_under_way = self.is_under_way or begins
        return begins

    def serving(self, worker, times, seconds):
        """The report of a worker that serves: it answers a save, or is a start, or one after a crash."""
        self.is_under_way = False
        if worker.cause is None:
            ports = sorted(key[2] for key in worker.claimed)
            fields = {"pid": worker.pid, "port": ports[0] if ports else None, "ms": seconds * 1000}
            action = Action.report(what="ready", fields=fields)
        else:
            action = Action.report_after_response(what="reloaded", fields=self.reloaded(worker, times))
        self.spent.update(times["spent"])
        return action

    def reloaded(self, worker, times):
        cause = worker.cause
        forked, imported, answering = (
            times[step] * 1000 - cause.waited for step in ("forked", "imported", "answering")
        )
        total = max(0.0, answering - cause.saved)
        statistics = self.statistics(total, times["spent"])
        return {
            "file": display_path(cause.file),
            "savedAt": cause.saved,
            "noticedAt": cause.noticed,
            "forkedAt": forked,
            "importedAt": imported,
            "answeringAt": answering,
            "pid": worker.pid,
            "warm": worker.template is not None,
            **statistics,
        }

    def statistics(self, total, spent):
        every = [*self.totals, total]
        fields = {"p50": percentile(every, 0.5), "p95": percentile(every, 0.95)}
        if len(self.totals) >= 3 and total > 2 * percentile(self.totals, 0.5):
            grown = self.grown(spent)
            if grown:
                fields["grown"] = grown
        self.totals = every[-500:]
        return fields

    def grown(self, spent):
        """The import that took the most longer than it did before."""
        more = {name: ms - self.spent.get(name, 0.0) for name, ms in spent.items()}
        name = max(more, key=more.get, default=None)
        return {"module": name, "ms": round(more[name], 1)} if name and more[name] > 1 else None

    def failed(self, crash):
        """Fields of the report `crashed`."""
        self.is_under_way = False
        return {
            "file": crash.file,
            "savedAt": crash.cause.saved if crash.cause else None,
            "excerpt": crash.said,
            "during": crash.during,
            "exitCode": crash.code,
            "signal": crash.signal,
        }


def percentile(values, share):
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
