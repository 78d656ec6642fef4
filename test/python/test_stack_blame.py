import os
import tempfile
import unittest

from _devpm_prefork.supervisor.stack_blame import blamed, innermost

SITE = "/venv/lib/python3.12/site-packages"


def stacks(*threads):
    """As faulthandler writes them, the innermost frame first."""
    return "\n".join(
        "\n".join(
            [f"Thread 0x{index:016x} (most recent call first):", *(f'  File "{path}", line 7 in f' for path in one)]
        )
        for index, one in enumerate(threads)
    )


class BlameTest(unittest.TestCase):
    def blame(self, text, modules=("grpc", "numpy"), inside_project=False):
        with tempfile.TemporaryFile() as file:
            file.write(text.encode())
            file.flush()
            return blamed(file.fileno(), modules, inside_project)

    def test_the_library_in_which_it_hangs(self):
        self.assertEqual(self.blame(stacks([f"{SITE}/grpc/_channel.py", "/app/web.py"])), "grpc")

    def test_also_behind_pythons_own_code(self):
        threading = os.path.join(os.path.dirname(os.__file__), "threading.py")
        self.assertEqual(self.blame(stacks([threading, f"{SITE}/numpy/core/x.py", "/app/web.py"])), "numpy")

    def test_not_one_that_the_template_had_not_loaded(self):
        self.assertIsNone(self.blame(stacks([f"{SITE}/other/x.py", f"{SITE}/grpc/y.py"])))

    def test_not_where_the_projects_own_code_is_innermost(self):
        self.assertIsNone(self.blame(stacks(["/app/slow.py", f"{SITE}/grpc/x.py"])))

    def test_not_what_waits_for_the_outside(self):
        for name in ("socket.py", "ssl.py", "selectors.py", "subprocess.py", "http/client.py"):
            waiting = os.path.join(os.path.dirname(os.__file__), name)
            self.assertIsNone(self.blame(stacks([waiting, f"{SITE}/grpc/x.py", "/app/web.py"])), name)

    def test_the_first_thread_that_shows_one(self):
        text = stacks(["/app/web.py"], [f"{SITE}/grpc/x.py", "/app/a.py"], [f"{SITE}/numpy/y.py"])
        self.assertEqual(self.blame(text), "grpc")

    def test_only_below_the_project_where_that_is_asked_for(self):
        alone = stacks([f"{SITE}/grpc/x.py", f"{SITE}/grpc/y.py"])
        self.assertEqual(self.blame(alone), "grpc")
        self.assertIsNone(self.blame(alone, inside_project=True))
        self.assertEqual(self.blame(stacks([f"{SITE}/grpc/x.py", "/app/web.py"]), inside_project=True), "grpc")

    def test_a_single_module_and_a_compiled_one_are_packages_too(self):
        self.assertEqual(innermost([f"{SITE}/grpc.py"], {"grpc"}), "grpc")
        self.assertEqual(innermost([f"{SITE}/grpc.cpython-312-x86_64-linux-gnu.so"], {"grpc"}), "grpc")

    def test_nothing_that_can_be_read_blames_nothing(self):
        for text in ("", "garbage", "Thread 0x1 (most recent call first):\n  <no Python frame>"):
            self.assertIsNone(self.blame(text))
