"""Servers built on `socketserver`: werkzeug (Flask), http.server, wsgiref, Django's runserver.

Told to retire, their loop ends at once instead of at its next poll, requests in flight are waited for, and the
program then runs to its normal end.
"""

import os
import select
import time

from .. import link
from ..import_hook import patch

# request → what it is called in the log
open_requests = {}
# handler → since when its connection waits for a request; 0 after an answer
waiting = {}
# A browser opens connections ahead; a client that has just connected is about to send.
UNUSED_SECONDS = 0.5


@patch("socketserver")
def patch_socketserver(module):
    class Selector(module._ServerSelector):
        """Of a server that serves until it is told to end: also waits for the word to retire."""

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
            if self.server is not None and link.current.finishing:
                self.server._BaseServer__shutdown_request = True
            return [entry for entry in ready if self.server is None or entry[0].fd != self.waker]

        def close(self):
            super().close()
            if self.server is not None:
                self.server = None
                link.current.finishers.remove(self.finish)
                os.close(self.waker)
                os.close(self.wake)

    serve_forever = module.BaseServer.serve_forever
    start, process = module.ThreadingMixIn.process_request, module.ThreadingMixIn.process_request_thread
    setup = module.StreamRequestHandler.setup

    def serving(self, poll_interval=0.5):
        self.devpm_serves = link.current is not None and link.current.mine()
        try:
            return serve_forever(self, poll_interval)
        finally:
            self.devpm_serves = False
            while link.current and link.current.finishing and link.current.mine() and open_requests:
                time.sleep(0.002)

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

    def noted_setup(self):
        setup(self)
        if hasattr(self, "handle_one_request") and link.current and link.current.mine():
            note_requests(self)

    module._ServerSelector = Selector
    module.BaseServer.serve_forever = serving
    module.ThreadingMixIn.process_request = process_request
    module.ThreadingMixIn.process_request_thread = process_request_thread
    module.StreamRequestHandler.setup = noted_setup


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
            if link.current.retiring:
                handler.close_connection = True

    def parse_request():
        waiting.pop(handler, None)
        return parse()

    handler.handle_one_request, handler.parse_request = handle_one_request, parse_request


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


def is_main():
    import threading

    return threading.current_thread() is threading.main_thread()


def begin(selector, is_main):
    worker = link.current
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
    worker.finishers.append(finish)
    worker.on_retire(release)
    if is_primary:
        if cut not in worker.cutters:
            worker.cutters.append(cut)
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
        worker = link.current
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
