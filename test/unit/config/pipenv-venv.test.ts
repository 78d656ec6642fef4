import path from "node:path";
import { expect, test } from "vitest";
import { findVenv } from "../../../src/config/venv.ts";
import { pythonSteps } from "../../../src/config/setup-steps.ts";
import { filesOf, outside } from "./outside.ts";

/** What pipenv 2026 itself calls the environment of /srv/shop/api. */
const NAME = "api-JEDBkkNg";
const KEPT = "/srv/.local/share/virtualenvs";

/** The environment that an app in /srv/shop/api gets where these files exist (path → text), and how set-up makes it. */
async function found(contents: Readonly<Record<string, string>>, shell: Record<string, string> = {}) {
  const { environment } = outside("/srv", shell);
  const all: Record<string, string> = { "/srv/shop/api/Pipfile": "", ...contents };
  const venv = await findVenv("/srv/shop/api", "/srv/shop", { files: filesOf(all), environment });
  return { folder: venv?.folder, exists: venv?.exists, env: pythonSteps(venv)[0]?.env };
}

const made = (folder: string): Record<string, string> => ({ [path.join(folder, "pyvenv.cfg")]: "" });

test("the environment that pipenv keeps outside the project, and set-up leaves it there", async () => {
  const one = await found({ ...made(`${KEPT}/${NAME}`), ...made(`${KEPT}/api-AAAAAAAA`) });
  expect(one).toEqual({
    folder: `${KEPT}/${NAME}`,
    exists: true,
    env: { PIPENV_IGNORE_VIRTUALENVS: "1", PIPENV_NOSPIN: "1" },
  });
});

test("without one it is made in the project; one that is there comes first", async () => {
  const inProject = { folder: "/srv/shop/api/.venv", env: { PIPENV_VENV_IN_PROJECT: "1" } };
  expect(await found(made(`${KEPT}/api-AAAAAAAA`))).toMatchObject({ ...inProject, exists: false });
  expect(await found({ ...made("/srv/shop/api/.venv"), ...made(`${KEPT}/${NAME}`) })).toMatchObject({
    ...inProject,
    exists: true,
  });
});

test.each<[string, Record<string, string>, Record<string, string>, string]>([
  ["WORKON_HOME", { WORKON_HOME: "~/envs" }, {}, `/srv/envs/${NAME}`],
  ["XDG_DATA_HOME", { XDG_DATA_HOME: "/srv/data" }, {}, `/srv/data/virtualenvs/${NAME}`],
  ["a name of its own", { PIPENV_CUSTOM_VENV_NAME: "shop" }, {}, `${KEPT}/shop`],
  ["an interpreter of its own", { PIPENV_PYTHON: "/usr/bin/python3.12" }, {}, `${KEPT}/${NAME}-python3.12`],
  ["a `.venv` that names it", {}, { "/srv/shop/api/.venv": "shop\n" }, `${KEPT}/shop`],
  ["a `.venv` that locates it", {}, { "/srv/shop/api/.venv": "../env\n" }, "/srv/shop/env"],
])("where pipenv keeps it: %s", async (_, shell, files, folder) => {
  expect((await found({ ...made(folder), ...files }, shell)).folder).toBe(folder);
});
