"""The timeline of each reload, reported: save → noticed → forked → imported → answering; and which import grew."""

from ..shared.paths import display_path


class ReloadTiming:
    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.totals = []
        self.spent = {}
        self.under_way = False

    def started(self, cause):
        if not self.under_way and cause is not None:
            self.under_way = True
            self.supervisor.report.send("reloading", file=display_path(cause.file), savedAt=cause.saved)

    def served(self, worker, times):
        self.under_way = False
        cause, answering = worker.cause, times["answering"] * 1000
        if cause is None:
            ports = sorted(key[2] for key in worker.claimed)
            spent = (self.supervisor.clock() - worker.forked_at) * 1000
            self.supervisor.report.send("ready", pid=worker.pid, port=ports[0] if ports else None, ms=spent)
        else:
            self.reloaded(worker, cause, times, answering)
        self.spent.update(times["spent"])

    def reloaded(self, worker, cause, times, answering):
        total = max(0.0, answering - cause.saved)
        fields = {"p50": percentile([*self.totals, total], 0.5), "p95": percentile([*self.totals, total], 0.95)}
        if len(self.totals) >= 3 and total > 2 * percentile(self.totals, 0.5):
            grown = self.grown(times["spent"])
            if grown:
                fields["grown"] = grown
        self.totals.append(total)
        del self.totals[:-500]
        self.supervisor.report.send(
            "reloaded",
            file=display_path(cause.file),
            savedAt=cause.saved,
            noticedAt=cause.noticed,
            forkedAt=times["forked"] * 1000,
            importedAt=times["imported"] * 1000,
            answeringAt=answering,
            pid=worker.pid,
            warm=worker.template is not None,
            **fields,
        )

    def grown(self, spent):
        """The import that took the most longer than it did before."""
        more = {name: ms - self.spent.get(name, 0.0) for name, ms in spent.items()}
        name = max(more, key=more.get, default=None)
        return {"module": name, "ms": round(more[name], 1)} if name and more[name] > 1 else None

    def failed(self, worker, crash, code, signal_name):
        self.under_way = False
        cause = worker.cause
        self.supervisor.report.send(
            "crashed",
            file=display_path(cause.file) if cause else None,
            savedAt=cause.saved if cause else None,
            excerpt=crash["excerpt"],
            during=crash["during"],
            exitCode=code,
            signal=signal_name,
        )


def percentile(values, share):
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
