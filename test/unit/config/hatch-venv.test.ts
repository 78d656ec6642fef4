import path from "node:path";
import { expect, test } from "vitest";
import { findVenv } from "../../../src/config/venv.ts";
import { hatchSteps, pythonSteps } from "../../../src/config/setup-steps.ts";
import { filesOf, outside } from "./outside.ts";

/** What hatch 1.18 itself calls the environment of `Shop_Api` in /srv/shop/api. */
const NAME = "shop-api/TsRP2G8N/shop-api";
const KEPT = "/srv/.local/share/hatch/env/virtual";
const PYPROJECT = '[project]\nname = "Shop_Api"\n[tool.hatch.envs.default]\ndependencies = ["rich"]\n';

/** The environment that an app in /srv/shop/api gets where these files exist (path → text), and what set-up runs. */
async function found(contents: Readonly<Record<string, string>>, shell: Record<string, string> = {}) {
  const { environment } = outside("/srv", shell);
  const all: Record<string, string> = { "/srv/shop/api/pyproject.toml": PYPROJECT, ...contents };
  const venv = await findVenv("/srv/shop/api", "/srv/shop", { files: filesOf(all), environment });
  return { folder: venv?.folder, exists: venv?.exists, steps: pythonSteps(venv).map(({ title }) => title) };
}

const made = (folder: string): Record<string, string> => ({ [path.join(folder, "pyvenv.cfg")]: "" });
const HATCH = ["hatch run python --version"];

test("hatch's environment is where hatch keeps it, made or not", async () => {
  const kept = { folder: `${KEPT}/${NAME}`, steps: HATCH };
  expect(await found({})).toEqual({ ...kept, exists: false });
  expect(await found(made(`${KEPT}/${NAME}`))).toEqual({ ...kept, exists: true });
});

test("a .venv of the project comes first, and pip installs into it", async () => {
  const inProject = await found({ ...made("/srv/shop/api/.venv"), ...made(`${KEPT}/${NAME}`) });
  expect(inProject).toEqual({
    folder: "/srv/shop/api/.venv",
    exists: true,
    steps: ["python3 -m venv .venv", "pip install -e ."],
  });
});

test("unless hatch keeps its own there", async () => {
  const files = { "/srv/shop/api/pyproject.toml": `${PYPROJECT}path = ".venv"\n` };
  expect(await found(files)).toEqual({ folder: "/srv/shop/api/.venv", exists: false, steps: HATCH });
  expect(await found({ ...files, ...made("/srv/shop/api/.venv") })).toMatchObject({ exists: true, steps: HATCH });
});

test("without a project in its files it has the name of the folder", async () => {
  const files = { "/srv/shop/api/pyproject.toml": "[tool.hatch.envs.default]\n" };
  expect((await found(files)).folder).toBe(`${KEPT}/api/TsRP2G8N/api`);
});

const CONFIG = "/srv/.config/hatch/config.toml";
test.each<[string, Record<string, string>, Record<string, string>, string]>([
  ["HATCH_DATA_DIR", { HATCH_DATA_DIR: "/srv/data" }, {}, `/srv/data/env/virtual/${NAME}`],
  ["XDG_DATA_HOME", { XDG_DATA_HOME: "/srv/xdg" }, {}, `/srv/xdg/hatch/env/virtual/${NAME}`],
  ["its variable", { HATCH_ENV_TYPE_VIRTUAL_PATH: "env" }, {}, "/srv/shop/api/env"],
  ["its configuration", {}, { [CONFIG]: '[dirs]\ndata = "~/h"\n' }, `/srv/h/env/virtual/${NAME}`],
  ["a folder of the project", {}, { [CONFIG]: '[dirs.env]\nvirtual = ".hatch"\n' }, "/srv/shop/api/.hatch/shop-api"],
  ["~/.virtualenvs", {}, { [CONFIG]: '[dirs.env]\nvirtual = "~/.virtualenvs"\n' }, "/srv/.virtualenvs/shop-api"],
  ["hatch.toml", {}, { "/srv/shop/api/hatch.toml": '[envs.default]\npath = "../env"\n' }, "/srv/shop/env"],
])("where hatch keeps it: %s", async (_, shell, files, folder) => {
  expect(await found(files, shell)).toEqual({ folder, exists: false, steps: HATCH });
});

test.each([
  ["hatchling alone", '[project]\nname = "x"\n[build-system]\nrequires = ["hatchling"]\n'],
  ["a matrix", '[project]\nname = "x"\n[[tool.hatch.envs.default.matrix]]\npython = ["3.12"]\n'],
  ["a plugin's", '[project]\nname = "x"\n[tool.hatch.envs.default]\ntype = "container"\n'],
])("none of hatch's: %s", async (_, pyproject) => {
  const pip = await found({ "/srv/shop/api/pyproject.toml": pyproject });
  expect(pip.folder).toBe("/srv/shop/api/.venv");
  expect(pip.steps).toContain("pip install -e .");
});

test("what is locked or listed for another tool is installed by it", async () => {
  expect((await found({ "/srv/shop/api/uv.lock": "" })).steps).toEqual(["uv sync"]);
  expect((await found({ "/srv/shop/api/requirements.txt": "" })).steps).toContain("pip install -r requirements.txt");
});

test.each([
  ["hatch run serve", ["hatch run python --version"]],
  ["hatch run dev:serve", ["hatch run dev:python --version"]],
  ["hatch version", []],
  ["uv run serve", []],
])("before `%s` its environment is made", async (line, titles) => {
  const { environment } = outside("/srv");
  const files = filesOf({ "/srv/shop/api/pyproject.toml": PYPROJECT });
  const venv = await findVenv("/srv/shop/api", "/srv/shop", { files, environment });
  const steps = hatchSteps({ argv: line.split(" "), shell: false }, venv);
  expect(steps.map(({ title }) => title)).toEqual(titles);
  expect(steps.every(({ cwd }) => cwd === "/srv/shop/api")).toBe(true);
});
