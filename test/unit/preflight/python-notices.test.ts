import { expect, test } from "vitest";
import { pythonNotices } from "../../../src/preflight/python/unfit.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";

const PYPROJECT = '[project]\nrequires-python = ">=3.12"\n';

function notices(files: Readonly<Record<string, string>>): Promise<string[]> {
  const app = (name: string) => sampleApp({ name, cwd: "/p/api", venv: "/p/api/.venv" });
  const project = { ...sampleProject([app("api"), app("api")]), root: "/p" };
  const read = (file: string) => Promise.resolve(files[file] ?? null);
  return pythonNotices({ files: { read } } as Parameters<typeof pythonNotices>[0], project);
}

test.each([
  ["venv writes", "home = /usr/bin\nversion = 3.11.7\n"],
  ["uv and virtualenv write", "uv = 0.13.9\nversion_info = 3.11.7\n"],
])("an environment of another Python than its project asks for, by what %s", async (_, text) => {
  const files = { "/p/api/.venv/pyvenv.cfg": text, "/p/api/pyproject.toml": PYPROJECT };
  expect(await notices(files)).toEqual(["api: api/.venv has Python 3.11.7, and api/pyproject.toml asks for >=3.12"]);
});

test.each([
  ["that fits", { "/p/api/.venv/pyvenv.cfg": "version = 3.12.1\n", "/p/api/pyproject.toml": PYPROJECT }],
  ["of a project that asks for none", { "/p/api/.venv/pyvenv.cfg": "version = 3.8.1\n" }],
  ["that is not there yet", { "/p/api/pyproject.toml": PYPROJECT }],
])("nothing is said of one %s", async (_, files) => expect(await notices(files)).toEqual([]));
