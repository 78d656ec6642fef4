import json
import socket
import unittest

from _devpm_prefork.supervisor import json_text
from _devpm_prefork.supervisor.error_response import MOST_HEAD, PageConnection, Returning, response


class Crash:
    title = "backend stopped: its code does not import"
    excerpt = ["Traceback:", "  <script>alert('x')</script> & more"]
    advice = "It reloads on your next save."
    file = "web/routes.py"


def parts(data):
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


BROWSER = b"GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*\r\n\r\n"
PROGRAM = b"GET /api HTTP/1.1\r\nAccept: application/json\r\n\r\n"


class ResponseTest(unittest.TestCase):
    def test_a_program_gets_json(self):
        status, headers, body = parts(response(Crash, PROGRAM))
        self.assertEqual(status, "HTTP/1.1 503 Service Unavailable")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(
            json.loads(body),
            {"error": Crash.title, "traceback": Crash.excerpt, "advice": Crash.advice, "file": Crash.file},
        )

    def test_a_browser_gets_a_page_in_which_nothing_of_the_app_is_markup(self):
        _, headers, body = parts(response(Crash, BROWSER))
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        self.assertNotIn(b"<script>", body)
        self.assertIn(b"&lt;script&gt;alert('x')&lt;/script&gt; &amp; more", body)

    def test_a_name_that_is_not_this_machines_learns_nothing(self):
        hosts = ["evil.example", "127.0.0.1.evil.example:5050", "localhost.evil.example", "evil.example.", "", "a.b@c"]
        for host in hosts:
            for accept in (b"text/html", b"application/json"):
                head = b"GET / HTTP/1.1\r\nHOST: " + host.encode() + b"\r\nAccept: " + accept + b"\r\n\r\n"
                status, _, body = parts(response(Crash, head))
                self.assertEqual(status, "HTTP/1.1 503 Service Unavailable")
                for secret in (b"Traceback", b"routes.py", b"import"):
                    self.assertNotIn(secret, body, host)

    def test_by_whatever_name_an_app_that_comes_back_is_one_that_reloads(self):
        _, _, body = parts(response(Returning, b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
        self.assertIn(b"The app is reloading", body)

    def test_two_hosts_are_none(self):
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n\r\n"
        self.assertNotIn(b"Traceback", response(Crash, head))

    def test_this_machine_is_told_by_whatever_name(self):
        hosts = "localhost:5050 127.0.0.1:5050 192.168.1.7 [::1]:5050 [::1] backend web-1:80 LocalHost."
        names = ["localhost", "web_api:80", "shop.tree.localhost:5050", "host.docker.internal:5050"]
        for host in [*hosts.split(), *names]:
            head = b"GET / HTTP/1.1\r\nHost:  " + host.encode() + b" \r\n\r\n"
            self.assertIn(b"Traceback", response(Crash, head), host)

    def test_what_is_accepted_is_read_whatever_its_case(self):
        for header in (b"ACCEPT: TEXT/HTML", b"accept:text/html;q=0.9"):
            data = b"GET / HTTP/1.1\r\n" + header + b"\r\n\r\n"
            self.assertIn(b"Content-Type: text/html", response(Crash, data))
        self.assertIn(b"application/json", response(Crash, b"GET /text/html HTTP/1.1\r\n\r\n"))

    def test_the_length_is_that_of_the_body_in_bytes(self):
        class Umlaut(Crash):
            title = "Köln 東京"

        for head in (BROWSER, PROGRAM):
            _, headers, body = parts(response(Umlaut, head))
            self.assertEqual(int(headers["Content-Length"]), len(body))

    def test_head_has_the_length_and_no_body(self):
        _, headers, body = parts(response(Crash, BROWSER.replace(b"GET", b"HEAD")))
        self.assertEqual(body, b"")
        self.assertGreater(int(headers["Content-Length"]), 0)

    def test_it_is_never_cached_and_known_as_devpms(self):
        _, headers, _ = parts(response(Crash, PROGRAM))
        self.assertEqual((headers["Cache-Control"], headers["X-Devpm"]), ("no-store", "crashed"))


class ConnectionTest(unittest.TestCase):
    def setUp(self):
        ours, self.client = socket.socketpair()
        self.page = PageConnection(ours, is_kept=False)
        for end in (ours, self.client):
            self.addCleanup(end.close)

    def test_half_a_request_is_waited_for(self):
        self.client.send(PROGRAM[:10])
        self.assertFalse(self.page.read(Crash))
        self.client.send(PROGRAM[10:])
        self.assertTrue(self.page.read(Crash))
        self.assertTrue(self.page.write())
        self.assertIn(b"503", self.client.recv(65536))

    def test_nothing_yet_is_no_end(self):
        self.assertFalse(self.page.read(Crash))
        self.assertFalse(self.page.gone)

    def test_a_client_that_goes_away_is_gone(self):
        self.client.close()
        self.assertTrue(self.page.read(Crash))
        self.assertTrue(self.page.gone)

    def test_an_endless_head_is_answered(self):
        self.client.setblocking(False)
        sent, answered = 0, False
        while not answered and sent < 4 * MOST_HEAD:
            sent += self.client.send(b"x" * 8192)
            answered = self.page.read(Crash)
        self.assertTrue(answered)

    def test_an_answer_that_the_client_does_not_read_is_written_in_pieces(self):
        class Long(Crash):
            excerpt = ("x" * 4_000_000,)

        self.client.send(PROGRAM)
        self.assertTrue(self.page.read(Long))
        self.assertFalse(self.page.write())
        data = b""
        while not self.page.write():
            data += self.client.recv(1 << 20)
        self.page.finish()
        while True:
            piece = self.client.recv(1 << 20)
            if not piece:
                break
            data += piece
        self.assertEqual(int(parts(data)[1]["Content-Length"]), len(parts(data)[2]))

    def test_the_app_that_is_back_lets_the_client_ask_again(self):
        self.client.send(PROGRAM)
        self.page.read(None)
        self.page.write()
        self.assertIn(b"The app is reloading", self.client.recv(65536))


class JsonTextTest(unittest.TestCase):
    VALUES = (
        None, True, False, 0, -1, 1.5, 1e300, "", 'a "quoted" \\ word', "ü\n\u2028 \ud800", [], {}, [1, [2, ()]],
        {"a": {"b": [None, True]}, "ü": "x"},
    )  # fmt: skip

    def test_it_reads_back_as_it_was(self):
        for value in self.VALUES:
            expected = json.loads(json.dumps(value))
            self.assertEqual(json.loads(json_text.encode(value)), expected, repr(value))

    def test_it_is_one_line_of_ascii(self):
        data = json_text.encode({"text": "two\nlines \u2028 ü"})
        self.assertNotIn(b"\n", data)
        self.assertEqual(data, data.decode("ascii").encode())
