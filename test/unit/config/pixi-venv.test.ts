import { expect, test } from "vitest";
import { findVenv } from "../../../src/config/venv.ts";
import { pythonSteps } from "../../../src/config/setup-steps.ts";
import { filesOf, outside } from "./outside.ts";

const KEPT = "/srv/shop/.pixi/envs/default";

/** The environment that an app in /srv/shop/api gets where these files exist (name in /srv/shop → text), and what set-up runs. */
async function found(contents: Readonly<Record<string, string>>) {
  const all = Object.fromEntries(Object.entries(contents).map(([name, text]) => [`/srv/shop/${name}`, text]));
  const { environment } = outside("/srv");
  const venv = await findVenv("/srv/shop/api", "/srv/shop", { files: filesOf(all), environment });
  return { folder: venv?.folder, exists: venv?.exists, steps: pythonSteps(venv).map(({ title }) => title) };
}

test("pixi's environment is in the project, made or not", async () => {
  const kept = { folder: KEPT, steps: ["pixi install"] };
  expect(await found({ "pixi.toml": "" })).toEqual({ ...kept, exists: false });
  const complete = { ".pixi/envs/default/conda-meta/history": "" };
  expect(await found({ "pixi.toml": "", ...complete })).toEqual({ ...kept, exists: true });
  const pyproject = '[project]\nname = "x"\n[tool.pixi.workspace]\nchannels = []\n';
  expect(await found({ "pyproject.toml": pyproject, ...complete })).toEqual({ ...kept, exists: true });
});

test("what is listed for another tool decides", async () => {
  const files = { "pixi.toml": "", "pixi.lock": "" };
  expect((await found({ ...files, "requirements.txt": "" })).folder).toBe("/srv/shop/.venv");
  expect((await found({ ...files, "uv.lock": "" })).steps).toEqual(["uv sync"]);
});

test("a .venv of the project comes first, with what is listed for it", async () => {
  const files = { "pixi.toml": "", ".venv/pyvenv.cfg": "" };
  expect(await found(files)).toEqual({ folder: "/srv/shop/.venv", exists: true, steps: [] });
  const project = await found({ ...files, "pyproject.toml": '[project]\nname = "x"\n' });
  expect(project).toMatchObject({ folder: "/srv/shop/.venv", exists: true });
  expect(project.steps).toContain("pip install -e .");
});
