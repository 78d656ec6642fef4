"""Runs the unit tests of the Python: `python3 -B test/python/run.py [--json] [NAME…]`.

NAME is unittest's own: test_reload_policy.SaveTest. With `--json` a line is printed for each test: {"test": its name,
"failure": null or its story}.
"""

import importlib.util
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PREFORK = HERE.parents[1] / "src/reload/prefork"


def mount_package():
    """As the app's interpreter has it."""
    spec = importlib.util.spec_from_file_location("devpm_prefork_main", PREFORK / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.mount()


class JsonResult(unittest.TestResult):
    def stopTest(self, test):
        stories = [story for failed, story in [*self.failures, *self.errors] if failed is test]
        print(json.dumps({"test": test.id(), "failure": "\n".join(stories) or None}))
        super().stopTest(test)


def main(arguments):
    mount_package()
    sys.path.insert(0, str(HERE))
    loader = unittest.defaultTestLoader
    names = [argument for argument in arguments if argument != "--json"]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE))
    if "--json" not in arguments:
        return not unittest.TextTestRunner().run(suite).wasSuccessful()
    suite.run(JsonResult())
    return 0


sys.exit(main(sys.argv[1:]))
