"""Performs what concerns the listeners, idle connections and the page that answers while no worker can."""

from ..shared.messages import FromSupervisorToWorker
from .listeners import accept


class ListenerActions:
    def __init__(self, listeners, page, workers, options, crash, loop):
        self.listeners = listeners
        self.page = page
        self.workers = workers
        self.options = options
        # the crash policy
        self.crash = crash
        self.loop = loop

    def do_grant_listeners(self):
        self.open_page(self.listeners.grant(self.workers.running))

    def do_drop_unclaimed(self, worker):
        if worker is self.workers.current and worker.claimed:
            self.listeners.drop_unclaimed(worker)
        elif worker is self.workers.current:
            self.listeners.is_bypassed = not self.listeners.kept
        worker.channel.send(FromSupervisorToWorker.release_unclaimed())

    def do_keep_idle(self, fds):
        self.listeners.idle.extend(fds)
        self.do_give_idle()

    def do_give_idle(self):
        """To the worker that serves, or to the page where none can."""
        current = self.workers.current
        if current is not None and current.is_serving:
            self.listeners.idle += self.page.take_unasked()
            self.listeners.give_idle(current)
        elif self.crash.crash is not None:
            idle, self.listeners.idle = self.listeners.idle, []
            self.open_page(idle, is_kept=True)

    def do_show_page(self):
        self.listeners.show_page(self.options)
        self.do_give_idle()

    def do_hide_page(self):
        self.crash.crash = None

    def do_bypass(self):
        self.listeners.is_bypassed = True
        self.make_room()

    def make_room(self):
        self.open_page(self.listeners.make_room())

    def do_admit(self, listener):
        self.open_page([fd for fd in [accept(listener)] if fd is not None])

    def open_page(self, fds, is_kept=False):
        if fds:
            seconds = self.page.open(fds, is_kept)
            self.loop.after(seconds, lambda: self.page.sweep(self.loop.clock()))
