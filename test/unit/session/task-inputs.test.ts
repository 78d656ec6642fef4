import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readInputs } from "../../../src/session/tasks/inputs.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";

const CONTENTS = {
  "migrations/one.py": "1",
  "migrations/deep/two.sql": "2",
  "migrations/__pycache__/one.pyc": "x",
  "blog/migrations/0001.py": "b",
  "blog/models.py": "m",
  "alembic.ini": "i",
};

const digest = async (root: string, ...inputs: string[]): Promise<string> =>
  (await readInputs(files, { inputs: inputs.map((input) => path.join(root, input)) })).digest;

test("a folder is all that is in it, but for what programs write", async () => {
  const root = folderWith(CONTENTS);
  const before = await digest(root, "migrations");
  writeFileSync(path.join(root, "migrations/__pycache__/one.pyc"), "y");
  writeFileSync(path.join(root, "migrations/app.db"), "y");
  writeFileSync(path.join(root, "alembic.ini"), "other");
  expect(await digest(root, "migrations")).toBe(before);
  writeFileSync(path.join(root, "migrations/deep/two.sql"), "3");
  const changed = await digest(root, "migrations");
  expect(changed).not.toBe(before);
  rmSync(path.join(root, "migrations/deep/two.sql"));
  expect(await digest(root, "migrations")).not.toBe(changed);
});

test("a file that is not there counts as such, and is watched for", async () => {
  const root = folderWith({ x: "" });
  const before = await readInputs(files, { inputs: [path.join(root, "alembic.ini")] });
  expect(before.folders).toEqual([root]);
  writeFileSync(path.join(root, "alembic.ini"), "");
  expect(await digest(root, "alembic.ini")).not.toBe(before.digest);
});

test("a glob is what it matches, wherever it is", async () => {
  const root = folderWith(CONTENTS);
  const before = await digest(root, "**/migrations/*.py");
  writeFileSync(path.join(root, "blog/models.py"), "other");
  writeFileSync(path.join(root, "migrations/deep/two.sql"), "other");
  expect(await digest(root, "**/migrations/*.py")).toBe(before);
  writeFileSync(path.join(root, "blog/migrations/0002.py"), "");
  expect(await digest(root, "**/migrations/*.py")).not.toBe(before);
  const { folders } = await readInputs(files, { inputs: [path.join(root, "**/migrations/*.py")] });
  expect(folders.map((folder) => path.relative(root, folder)).toSorted()).toEqual([
    "",
    "blog/migrations",
    "migrations",
  ]);
});
