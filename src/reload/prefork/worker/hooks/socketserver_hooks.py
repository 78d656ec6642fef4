"""Servers built on `socketserver`: werkzeug (Flask), http.server, wsgiref, Django's runserver.

Retired, their loop ends at once instead of at its next poll, requests in flight are waited for, and the program then
runs to its normal end.
"""

import os
import select
import time

from .. import lifecycle
from ..import_hook import patch
from ..threads import is_main
from . import request_hooks

# request → what it is called in the log
open_requests = {}
# handler → since when its connection waits for a request; 0 after an answer
waiting = {}
# A browser opens connections ahead; a client that has just connected is about to send.
UNUSED_SECONDS = 0.5


@patch("socketserver")
def patch_socketserver(module):
    module._ServerSelector = retiring_selector(module._ServerSelector)
    patch_serve_forever(module.BaseServer)
    patch_threads(module.ThreadingMixIn)
    patch_handler(module.StreamRequestHandler)


def retiring_selector(plain):
    """`serve_forever` makes one for all requests, and looks at its shutdown flag right after `select`."""

    class Selector(plain):
        """Of a server that serves until it is retired: also wakes when it is to end."""

        server = None

        def register(self, fileobj, events, data=None):
            import selectors

            key = super().register(fileobj, events, data)
            if getattr(fileobj, "devpm_serves", False):
                self.server = fileobj
                self.waker, self.wake = os.pipe()
                super().register(self.waker, selectors.EVENT_READ)
                begin(self, is_main())
            return key

        def select(self, timeout=None):
            ready = super().select(timeout)
            if self.server is not None and lifecycle.current.is_finishing:
                self.server._BaseServer__shutdown_request = True
            return [entry for entry in ready if self.server is None or entry[0].fd != self.waker]

        def close(self):
            super().close()
            if self.server is not None:
                self.server = None
                lifecycle.current.shutdown.finish.remove(self.finish)
                os.close(self.waker)
                os.close(self.wake)

    return Selector


def patch_serve_forever(server_type):
    """Its requests may run in threads that would die with the interpreter: they are waited for."""
    plain = server_type.serve_forever

    def serve_forever(self, poll_interval=0.5):
        self.devpm_serves = lifecycle.own_worker() is not None
        try:
            return plain(self, poll_interval)
        finally:
            self.devpm_serves = False
            worker = lifecycle.own_worker()
            while worker is not None and worker.is_finishing and open_requests:
                time.sleep(0.002)

    server_type.serve_forever = serve_forever


def patch_threads(mixin):
    start, process = mixin.process_request, mixin.process_request_thread

    def process_request(self, request, client_address):
        """Counted before its thread runs: it may be kept waiting."""
        open_requests[request] = None
        try:
            return start(self, request, client_address)
        except BaseException:
            open_requests.pop(request, None)
            raise

    def process_request_thread(self, request, client_address):
        try:
            return process(self, request, client_address)
        finally:
            open_requests.pop(request, None)

    mixin.process_request = process_request
    mixin.process_request_thread = process_request_thread


def patch_handler(handler_type):
    plain = handler_type.setup

    def setup(self):
        plain(self)
        if hasattr(self, "handle_one_request") and lifecycle.own_worker():
            note_requests(self)

    handler_type.setup = setup


def note_requests(handler):
    """Of a connection that is kept it is known whether a request is under way; with the worker it ends."""
    handle, parse = handler.handle_one_request, handler.parse_request
    began = [time.monotonic()]

    def handle_one_request():
        is_ours = handler.request not in open_requests
        open_requests[handler.request] = handler
        waiting[handler] = began[0]
        try:
            return handle()
        finally:
            began[0] = 0
            waiting.pop(handler, None)
            if is_ours:
                open_requests.pop(handler.request, None)
            if lifecycle.current.is_retiring:
                handler.close_connection = True

    def parse_request():
        waiting.pop(handler, None)
        return parse()

    handler.handle_one_request, handler.parse_request = handle_one_request, parse_request
    request_hooks.watch(handler)


def release():
    """A kept connection would be answered by the old code. Where nothing comes, nothing is lost."""
    latest = time.monotonic() - UNUSED_SECONDS
    for request, handler in list(open_requests.items()):
        if waiting.get(handler, latest) < latest and not is_readable(request):
            try:
                request.shutdown(0)
            except OSError:
                pass


def is_readable(request):
    arrived = select.poll()
    arrived.register(request, select.POLLIN)
    return bool(arrived.poll(0))


def begin(selector, is_main):
    worker = lifecycle.current
    address = selector.server.server_address
    is_primary = address[1] == worker.port if worker.port and isinstance(address, tuple) else is_main
    server, wake = selector.server, selector.wake

    def finish():
        server._BaseServer__shutdown_request = True
        try:
            os.write(wake, b"!")
        except OSError:
            return False
        return is_main

    selector.finish = finish
    worker.shutdown.finish.append(finish)
    worker.when_retired(release)
    if is_primary:
        if cut not in worker.shutdown.cut:
            worker.shutdown.cut.append(cut)
        worker.serves()


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
    return f"{getattr(handler, 'command', '?')} {getattr(handler, 'path', '?')}"


@patch("werkzeug.serving")
def patch_werkzeug(module):
    handler_type = module.WSGIRequestHandler
    run_wsgi, send_header = handler_type.run_wsgi, handler_type.send_header

    def noted_run_wsgi(self):
        worker = lifecycle.own_worker()
        if worker is None or worker.response_seen:
            return run_wsgi(self)
        worker.sees_request()
        run_wsgi(self)
        worker.sees_response()

    def noted_send_header(self, keyword, value):
        if keyword.lower() == "content-type":
            self.devpm_type = value
        return send_header(self, keyword, value)

    handler_type.run_wsgi = noted_run_wsgi
    handler_type.send_header = noted_send_header
