import { expect, test } from "vitest";
import { pinnedPython, pythonRange, requiredPython } from "../../../src/preflight/python/requires.ts";

const reader = (files: Readonly<Record<string, string>>) => ({
  read: (file: string) => Promise.resolve(files[file] ?? null),
});

test.each([
  [">=3.12", ["3.12.0", "3.13.1"], ["3.11.9"]],
  [">=3.9,<3.14", ["3.9.0", "3.13.9"], ["3.8.18", "3.14.0"]],
  ["==3.12.*", ["3.12.7"], ["3.13.0", "3.11.0"]],
  ["~=3.11", ["3.11.0", "3.14.1"], ["3.10.9"]],
  ["~=3.11.2", ["3.11.2", "3.11.9"], ["3.11.1", "3.12.0"]],
  [">3.11", ["3.11.1"], ["3.11.0"]],
  ["<=3.12", ["3.12.0"], ["3.12.1"]],
  [">=3.10,!=3.12.*", ["3.11.0", "3.13.0"], ["3.12.4"]],
  [">=3.10, !=3.12.4", ["3.12.3"], ["3.12.4"]],
  ["^3.11", ["3.11.0", "3.13.2"], ["3.10.1", "4.0.0"]],
  ["~3.11", ["3.11.8"], ["3.12.0"]],
  ["3.12", ["3.12.4"], ["3.13.0"]],
  ["3.12.4", ["3.12.4"], ["3.12.5"]],
  ["~3.9 || ^3.12", ["3.9.1", "3.13.0"], ["3.10.0"]],
  ["*", ["3.6.0"], []],
])("%s", async (text, fitting, unfit) => {
  const fits = await pythonRange(text);
  expect(fitting.filter((version) => !fits?.(version))).toEqual([]);
  expect(unfit.filter((version) => fits?.(version))).toEqual([]);
});

test.each(["", "python3", ">=3.12; os_name", ">=x"])("%j is left to the tool that reads it", async (text) => {
  expect(await pythonRange(text)).toBeNull();
});

test.each<[string, Readonly<Record<string, string>>, string, string]>([
  ["a project", { "/p/pyproject.toml": '[project]\nrequires-python = ">=3.12"\n' }, ">=3.12", "requires-python"],
  ["poetry", { "/p/pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11"\n' }, "^3.11", "python"],
  ["pipenv", { "/p/Pipfile": '[requires]\npython_version = "3.12"\n' }, "3.12", "python_version"],
])("%s names it", async (_, files, text, key) => {
  expect(await requiredPython("/p", reader(files))).toMatchObject({ text, key, file: Object.keys(files)[0] });
});

test("what names none, or is no TOML, asks for nothing", async () => {
  expect(await requiredPython("/p", reader({ "/p/pyproject.toml": "[tool.ruff]\n" }))).toBeNull();
  expect(await requiredPython("/p", reader({ "/p/pyproject.toml": "[[[", "/p/Pipfile": "= = =" }))).toBeNull();
});

test(".python-version counts by its minor version, the nearest first", async () => {
  const files = reader({ "/p/api/.python-version": "# ours\n3.12.4\n", "/p/.python-version": "3.9\n" });
  const pinned = await pinnedPython(["/p/api", "/p"], files);
  expect(pinned).toMatchObject({ text: "3.12.4", file: "/p/api/.python-version" });
  expect(pinned?.fits("3.12.1")).toBe(true);
  expect(pinned?.fits("3.1.2")).toBe(false);
  expect(await pinnedPython(["/p"], reader({ "/p/.python-version": "system\n" }))).toBeNull();
});
