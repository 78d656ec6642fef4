"""Servers built on `socketserver`: werkzeug (Flask), http.server, wsgiref, Django's runserver.

Told to retire, their loop ends at once instead of at its next poll, requests in flight are waited for, and the
program then runs to its normal end.
"""

import os
import time

from . import agent
from .patches import patch

# request → what it is called in the log
open_requests = {}


@patch("socketserver")
def patch_socketserver(module):
    class Selector(module._ServerSelector):
        """Also waits for the word to retire."""

        server = None

        def register(self, fileobj, events, data=None):
            import selectors

            key = super().register(fileobj, events, data)
            if agent.current and agent.current.mine() and isinstance(fileobj, module.BaseServer):
                self.server = fileobj
                self.waker, self.wake = os.pipe()
                super().register(self.waker, selectors.EVENT_READ)
                begin(self, is_main())
            return key

        def select(self, timeout=None):
            ready = super().select(timeout)
            if self.server is not None and agent.current.finishing:
                self.server._BaseServer__shutdown_request = True
            return [entry for entry in ready if self.server is None or entry[0].fd != self.waker]

    serve_forever = module.BaseServer.serve_forever
    process = module.ThreadingMixIn.process_request_thread

    def serving(self, poll_interval=0.5):
        try:
            return serve_forever(self, poll_interval)
        finally:
            while agent.current and agent.current.finishing and agent.current.mine() and open_requests:
                time.sleep(0.002)

    def process_request_thread(self, request, client_address):
        with counted(request):
            return process(self, request, client_address)

    module._ServerSelector = Selector
    module.BaseServer.serve_forever = serving
    module.ThreadingMixIn.process_request_thread = process_request_thread


def is_main():
    import threading

    return threading.current_thread() is threading.main_thread()


def begin(selector, is_main):
    worker = agent.current
    address = selector.server.server_address
    is_primary = address[1] == worker.port if worker.port and isinstance(address, tuple) else is_main

    def finish():
        selector.server._BaseServer__shutdown_request = True
        try:
            os.write(selector.wake, b"!")
        except OSError:
            return False
        return is_main

    worker.finishers.append(finish)
    if is_primary:
        if cut not in worker.cutters:
            worker.cutters.append(cut)
        worker.serves()


class counted:
    """One connection that is being answered."""

    def __init__(self, request):
        self.request = request

    def __enter__(self):
        open_requests[self.request] = None

    def __exit__(self, *_):
        open_requests.pop(self.request, None)


def cut(everything):
    """Event streams first, what remains at the end of the grace."""
    names = []
    for request, handler in list(open_requests.items()):
        is_stream = "text/event-stream" in str(getattr(handler, "devpm_type", ""))
        if is_stream or everything:
            names.append(describe(handler))
            open_requests.pop(request, None)
            try:
                request.shutdown(2)
            except OSError:
                pass
    return names


def describe(handler):
    if handler is None:
        return "a connection"
    return "%s %s" % (getattr(handler, "command", "?"), getattr(handler, "path", "?"))


@patch("werkzeug.serving")
def patch_werkzeug(module):
    handler_type = module.WSGIRequestHandler
    run_wsgi, send_header = handler_type.run_wsgi, handler_type.send_header

    def noted_run_wsgi(self):
        if self.connection in open_requests:
            open_requests[self.connection] = self
        worker = agent.current
        if worker is None or worker.answered or not worker.mine():
            return run_wsgi(self)
        worker.is_asked()
        run_wsgi(self)
        worker.answers()

    def noted_send_header(self, keyword, value):
        if keyword.lower() == "content-type":
            self.devpm_type = value
        return send_header(self, keyword, value)

    handler_type.run_wsgi = noted_run_wsgi
    handler_type.send_header = noted_send_header


