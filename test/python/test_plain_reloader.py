import os
import tempfile
import unittest
from unittest import mock

from _devpm_prefork.worker import plain_reloader

DEBUG = ["-m", "flask", "--app", "web", "run", "--debug"]


class GuessTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def guess(self, *program, **environment):
        with mock.patch.dict(os.environ, environment, clear=True):
            return plain_reloader.guess(list(program))

    def script(self, text):
        with open("server.py", "w", encoding="utf-8") as file:
            file.write(text)
        return self.guess("server.py", "5050")

    def test_flask_reloads_where_it_debugs(self):
        self.assertEqual(self.guess(*DEBUG), "werkzeug")
        self.assertEqual(self.guess("/app/.venv/bin/flask", "--debug", "run"), "werkzeug")
        self.assertEqual(self.guess("-m", "flask", "run"), "")
        self.assertEqual(self.guess("-m", "flask", "run", FLASK_DEBUG="1"), "werkzeug")
        self.assertEqual(self.guess("-m", "flask", "run", FLASK_DEBUG="false"), "")
        self.assertEqual(self.guess("-m", "flask", "run", FLASK_ENV="development"), "werkzeug")

    def test_the_program_behind_debugpy_counts(self):
        self.assertEqual(self.guess("-m", "debugpy", "--listen", "127.0.0.1:5678", *DEBUG), "werkzeug")
        waiting = ("-m", "debugpy", "--wait-for-client", "--listen", "1")
        self.assertEqual(self.guess(*waiting, "manage.py", "runserver"), "django")
        self.assertEqual(self.guess("-m", "debugpy", "--listen", "5678", "-m", "flask", "run"), "")
        self.assertEqual(self.guess("-m", "debugpy"), "")

    def test_an_option_is_stronger_than_a_variable_and_the_last_one_wins(self):
        self.assertEqual(self.guess(*DEBUG, "--no-reload"), "")
        self.assertEqual(self.guess(*DEBUG, "--no-debug"), "")
        self.assertEqual(self.guess("-m", "flask", "run", "--no-reload", "--reload"), "werkzeug")
        self.assertEqual(self.guess("-m", "flask", "run", "--no-debug", FLASK_DEBUG="1"), "")

    def test_other_commands_of_flask_have_none(self):
        self.assertEqual(self.guess("-m", "flask", "--debug", "shell"), "")

    def test_flaskenv_counts_where_the_shell_says_nothing(self):
        with open(".flaskenv", "w", encoding="utf-8") as file:
            file.write("# of the project\nFLASK_APP=web\nFLASK_DEBUG='1'\n")
        self.assertEqual(self.guess("-m", "flask", "run"), "werkzeug")
        self.assertEqual(self.guess("-m", "flask", "run", FLASK_DEBUG="0"), "")

    def test_django(self):
        self.assertEqual(self.guess("manage.py", "runserver", "8000"), "django")
        self.assertEqual(self.guess("-m", "django", "runserver", "--noreload"), "")
        self.assertEqual(self.guess("manage.py", "runserver_plus"), "werkzeug")
        self.assertEqual(self.guess("manage.py", "runserver_plus", "--noreload"), "")
        self.assertEqual(self.guess("manage.py", "migrate"), "")

    def test_a_script_by_what_it_says(self):
        self.assertEqual(self.script("app.run(debug=True)\n"), "werkzeug")
        self.assertEqual(self.script("app.run(debug=True, use_reloader=False)\n"), "")
        self.assertEqual(self.script("run(reloader=True)  # of bottle\n"), "bottle")
        self.assertEqual(self.script("uvicorn.run(FastAPI(debug=True))\n"), "")
        self.assertEqual(self.guess("-c", "import web; web.app.run(debug=True)"), "werkzeug")
        self.assertEqual(self.guess("no-such.py"), "")


class BeginTest(unittest.TestCase):
    def begin(self, program, known):
        plain_reloader.begin(program, known)
        return {name for name in plain_reloader.VARIABLES.values() if os.environ.get(name) == "true"}

    def test_only_the_variable_of_its_own_reloader_is_set(self):
        with mock.patch.dict(os.environ, {"RUN_MAIN": "true"}, clear=True):
            self.assertEqual(self.begin(DEBUG, None), {"WERKZEUG_RUN_MAIN"})

    def test_what_the_program_has_asked_for_is_stronger_than_the_guess(self):
        with mock.patch.dict(os.environ, clear=True):
            self.assertEqual(self.begin(DEBUG, ""), set())
            self.assertEqual(self.begin(["-m", "shop"], "bottle"), {"BOTTLE_CHILD"})


if __name__ == "__main__":
    unittest.main()
