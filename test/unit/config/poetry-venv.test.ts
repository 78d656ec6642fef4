import path from "node:path";
import { expect, test } from "vitest";
import { findVenv } from "../../../src/config/venv.ts";
import { filesOf, outside } from "./outside.ts";

/** What poetry 2.5 itself calls the environment of `shop-api` in /srv/shop/api. */
const NAME = "shop-api-TsRP2G8N";
const CACHE = "/srv/.cache/pypoetry/virtualenvs";

/** The environment that an app in /srv/shop/api gets where these files exist (path → text). */
async function found(contents: Readonly<Record<string, string>>, shell: Record<string, string> = {}) {
  const { environment } = outside("/srv", shell);
  const all: Record<string, string> = {
    "/srv/shop/api/poetry.lock": "",
    "/srv/shop/api/pyproject.toml": "",
    ...contents,
  };
  const venv = await findVenv("/srv/shop/api", "/srv/shop", { files: filesOf(all), environment });
  return venv && { folder: venv.folder, exists: venv.exists, kind: venv.make?.kind };
}

const made = (folder: string, python: string) => ({ [path.join(folder, `${NAME}-py${python}`, "pyvenv.cfg")]: "" });

test("the environment that poetry keeps in its cache, before the activated one", async () => {
  const other = { [`${CACHE}/shop-api-AAAAAAAA-py3.12/pyvenv.cfg`]: "", "/srv/active/bin/python": "" };
  const kept = { folder: `${CACHE}/${NAME}-py3.12`, exists: true, kind: "poetry" };
  expect(await found({ ...made(CACHE, "3.12"), ...other }, { VIRTUAL_ENV: "/srv/active" })).toEqual(kept);
  expect(await found(other)).toEqual({ folder: "/srv/shop/api/.venv", exists: false, kind: "poetry" });
});

test("poetry takes a .venv of the project first", async () => {
  expect((await found({ ...made(CACHE, "3.12"), "/srv/shop/api/.venv/pyvenv.cfg": "" }))?.folder).toBe(
    "/srv/shop/api/.venv",
  );
});

test("of several it is the one that `poetry env use` chose", async () => {
  const two = { ...made(CACHE, "3.11"), ...made(CACHE, "3.12") };
  const choice = { [`${CACHE}/envs.toml`]: `["${NAME}"]\nminor = "3.11"\npatch = "3.11.7"\n` };
  expect((await found({ ...two, ...choice }))?.folder).toBe(`${CACHE}/${NAME}-py3.11`);
});

test.each([
  [{ POETRY_VIRTUALENVS_PATH: "/srv/envs" }, "/srv/envs"],
  [{ POETRY_CACHE_DIR: "/srv/poetry" }, "/srv/poetry/virtualenvs"],
  [{ XDG_CACHE_HOME: "/srv/xdg" }, "/srv/xdg/pypoetry/virtualenvs"],
])("poetry's cache is where %o puts it", async (shell, folder) => {
  expect((await found(made(folder, "3.12"), shell))?.folder).toBe(path.join(folder, `${NAME}-py3.12`));
});
