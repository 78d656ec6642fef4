"""What a program prints about its imports names its own files, and those of its libraries."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

# as run.py mounts it, without the tests that importing run.py would run
START = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("devpm_prefork_main", {prefork!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.mount()
from _devpm_prefork.shared import project_sources
project_sources.install()
sys.path.insert(0, {folder!r})
import main
"""
PREFORK = pathlib.Path(__file__).resolve().parents[2] / "src/reload/prefork/__main__.py"


class ImportFramesTest(unittest.TestCase):
    def printed(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                pathlib.Path(folder, name).write_text(text)
            start = START.format(prefork=str(PREFORK), folder=folder)
            ran = subprocess.run([sys.executable, "-B", "-c", start], capture_output=True, text=True, timeout=60)
            return ran.stdout + ran.stderr

    def test_a_traceback_has_no_frame_of_ours(self):
        main = "import traceback\ntry:\n    import shop\nexcept Exception:\n    print(traceback.format_exc())\n"
        for cause in ("from os import nothing\n", "1 / 0\n"):
            printed = self.printed({"main.py": main, "shop.py": cause})
            self.assertIn("shop.py", printed)
            self.assertNotIn("project_sources", printed)
            self.assertNotIn("importlib", printed)

    def test_a_warning_is_its_importers(self):
        warns = "import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\n"
        always = "import warnings\nwarnings.simplefilter('always')\nimport shop\n"
        printed = self.printed({"main.py": always, "shop.py": warns})
        self.assertRegex(printed, r"main\.py:3: DeprecationWarning: old")
