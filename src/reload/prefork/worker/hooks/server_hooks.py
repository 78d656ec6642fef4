"""Which requests waitress and Daphne answer: the first prints none of them, the second not how long they took.

As in request_hooks: the application is called by none of these functions.
"""

from time import time

from ..import_hook import patch
from ..lifecycle import own_worker
from .request_hooks import Request, current, note, number


@patch("waitress.task")
def patch_waitress(module):
    task = module.Task
    start, finish = task.start, task.finish

    def noted_start(self):
        # the answer to an exception or to garbage has no request of its own: it is for the last on its connection
        if getattr(self.request, "request_uri", None):
            request = Request()
            request.begin()
            current.set(request)
            self.channel.devpm_request = request, self.request.command, self.request.request_uri
        start(self)

    def noted_finish(self):
        finish(self)
        begun = getattr(self.channel, "devpm_request", None)
        if begun is not None:
            request, method, path = begun
            request.status = number(str(self.status)[:3])
            note(request, method, path, request.route)

    task.start, task.finish = noted_start, noted_finish


@patch("daphne.server")
def patch_daphne(module):
    plain = module.Server.log_action

    def log_action(self, protocol, action, details):
        worker = own_worker()
        if worker is not None and (protocol, action) == ("http", "complete"):
            seconds = details["time_taken"]
            worker.answered.note(
                details["method"], details["path"], None, number(details["status"]), time() - seconds, seconds
            )
        return plain(self, protocol, action, details)

    module.Server.log_action = log_action
