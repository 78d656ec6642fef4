import { symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { missingPackages } from "../../../src/preflight/setup/missing.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";

const SITE = ".venv/lib/python3.12/site-packages";
const VENV = {
  [`${SITE}/Flask-3.0.1.dist-info/METADATA`]: "",
  [`${SITE}/python_slugify-8.0.0.dist-info/METADATA`]: "",
};

const inVenv = (contents: Readonly<Record<string, string | Buffer>>, names = Object.keys(contents)) => {
  const root = folderWith({ ...VENV, ...contents });
  const declares = { files: names.map((name) => path.join(root, name)), installedIn: path.join(root, ".venv") };
  return missingPackages({ declares }, files);
};

test.each([
  ["flask\npython-slugify[x]>=8 # text\n", []],
  ["Flask==3.0.1\n--index-url https://example.org\n", []],
  ["flask==3.0.1.0\n", []],
  ["flask==3.0.2\n", ["flask==3.0.2"]],
  ["flask\nredis\nredis>=5\n", ["redis"]],
  ['flask\ncolorama; sys_platform == "win32"\n', []],
  ["flask \\\n  --hash=sha256:00\n", []],
  // what is installed from a folder or an address cannot be compared by its name
  ["-e .\n", null],
  ["./lib\n", null],
  ["git+https://example.org/x.git\n", null],
])("requirements %j: %j are missing", async (text, missing) => {
  expect(await inVenv({ "requirements.txt": text })).toEqual(missing);
});

test("requirements that PowerShell wrote, in UTF-16", async () => {
  const text = Buffer.from("\uFEFFflask==3.0.1\r\nredis==5.0\r\n", "utf16le");
  expect(await inVenv({ "requirements.txt": text })).toEqual(["redis"]);
});

test("of an environment whose Python is gone that is missing, whatever is asked for", async () => {
  const root = folderWith({ ...VENV, ".venv/bin/activate": "", "requirements.txt": "-e .\n" });
  symlinkSync("/opt/removed/bin/python3", path.join(root, ".venv/bin/python"));
  const declares = { files: [path.join(root, "requirements.txt")], installedIn: path.join(root, ".venv") };
  expect(await missingPackages({ declares }, files)).toEqual(["python"]);
});

test("requirements of requirements, in a circle too", async () => {
  const contents = { "requirements.txt": "-r more/a.txt\nflask\n", "more/a.txt": "-r ../requirements.txt\nredis\n" };
  expect(await inVenv(contents, ["requirements.txt"])).toEqual(["redis"]);
  expect(await inVenv({ "requirements.txt": "-r gone.txt\n" })).toBeNull();
});

test.each([
  [
    "pyproject.toml",
    '[project]\ndependencies = ["flask", "redis"]\n[dependency-groups]\ndev = ["pytest"]\n',
    ["redis", "pytest"],
  ],
  [
    "pyproject.toml",
    '[tool.poetry.dependencies]\npython = "^3.9"\nflask = "*"\nredis = "*"\nx = { version = "*", optional = true }\n',
    ["redis"],
  ],
  ["Pipfile", '[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\n', ["pytest"]],
])("%s: %s", async (name, text, missing) => {
  expect(await inVenv({ [name]: text })).toEqual(missing);
});

test("a lock file alone says nothing that can be compared", async () => {
  expect(await inVenv({ "uv.lock": "" })).toBeNull();
});

test("node_modules: of the member, and of the workspace above it", async () => {
  const root = folderWith({
    "ui/package.json":
      '{ "dependencies": { "react": "*", "@scope/lib": "*" }, "devDependencies": { "vite": "*", "ts": "*" } }',
    "ui/node_modules/react/package.json": "",
    "node_modules/vite/package.json": "",
    "node_modules/@scope/lib/package.json": "",
  });
  const declares = { files: [path.join(root, "ui/package.json")], installedIn: path.join(root, "node_modules") };
  expect(await missingPackages({ declares }, files)).toEqual(["ts"]);
});
