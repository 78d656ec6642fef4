import { execFileSync } from "node:child_process";
import { mkdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readRepository } from "../../../../src/detect/repository/read.ts";
import { namesIn } from "../../../../src/detect/repository/tracked.ts";
import { files } from "../../../../src/system/files/files.ts";
import { folderWith } from "../../config/outside.ts";

const clock = { monotonic: () => 0, cpu: () => 0, waited: () => 0 };
const read = async (root: string): Promise<readonly string[]> => (await readRepository(root, { files, clock })).files;

const git = (root: string, ...args: string[]): void => {
  const identity = ["-c", "user.name=ana", "-c", "user.email=ana@example.org"];
  execFileSync("git", ["-C", root, ...identity, ...args], { stdio: "ignore" });
};

const SHOP = {
  ".gitignore": "api\nmade\n",
  "api/main.py": "",
  "api/shop/a_rather_long_name_for_a_module_of_the_shop.py": "",
  "api/shop/a_rather_long_name_for_another_module.py": "",
  "made/out.py": "",
  "web/app.ts": "",
};
const COMMITTED = Object.keys(SHOP).filter((name) => !name.startsWith("made"));

test.for(["2", "4"])("an ignored folder that is committed all the same is read (index %s)", async (version) => {
  const root = folderWith(SHOP);
  git(root, "init", "-q");
  expect(await read(root)).toEqual([".gitignore", "web/app.ts"]);
  git(root, "add", ".gitignore", "web");
  git(root, "add", "-f", "api");
  git(root, "update-index", "--index-version", version);
  expect(await read(root)).toEqual(COMMITTED);
});

test("also below the repository's top, and in a worktree", async () => {
  const top = folderWith(Object.fromEntries(Object.entries(SHOP).map(([name, text]) => [`shop/${name}`, text])));
  git(top, "init", "-q");
  git(top, "add", "-f", "shop/api", "shop/web", "shop/.gitignore");
  expect(await read(path.join(top, "shop"))).toEqual(COMMITTED);
  git(top, "commit", "-q", "-m", "x");
  const beside = path.join(realpathSync(folderWith({})), "beside");
  git(top, "worktree", "add", "-q", beside);
  mkdirSync(path.join(beside, "shop/made"));
  expect(await read(path.join(beside, "shop"))).toEqual(COMMITTED);
});

test.for(["2", "4"])("and one whose name is not English (index %s)", async (version) => {
  const names = { ".gitignore": "bücher\nläden\n", "bücher/größe/a.py": "", "bücher/größer/b.py": "" };
  const root = folderWith({ ...names, "läden/c.py": "" });
  git(root, "init", "-q");
  git(root, "add", "-f", ...Object.keys(names));
  git(root, "update-index", "--index-version", version);
  expect(await read(root)).toEqual(Object.keys(names));
});

test("a project in a folder that is an environment as well", async () => {
  const root = folderWith({
    "pyvenv.cfg": "",
    "Lib/site-packages/pip/main.py": "",
    "api/Scripts/activate.bat": "",
    "lib64/x.py": "",
    "scripts/dev.sh": "",
    "api/pyvenv.cfg": "",
    "api/manage.py": "",
    "api/bin/activate.py": "",
    "env/pyvenv.cfg": "",
    "env/main.py": "",
    "stock/pyvenv.cfg": "",
    "stock/main.py": "",
    "stock/bin/activate.py": "",
    "python3.12/pyvenv.cfg": "",
    "python3.12/lib/python3.12/site-packages/six.py": "",
    "web/app.ts": "",
  });
  expect(await read(root)).toEqual([
    "api/manage.py",
    "api/pyvenv.cfg",
    "pyvenv.cfg",
    "scripts/dev.sh",
    "stock/main.py",
    "stock/pyvenv.cfg",
    "web/app.ts",
  ]);
});

test("an index that is broken off gives what is whole, and another file nothing", () => {
  expect(namesIn(Buffer.from("no index at all"))).toEqual([]);
  const header = Buffer.from("DIRC\0\0\0\x02\0\0\0\x02", "latin1");
  const entry = (name: string): Buffer => Buffer.concat([Buffer.alloc(62), Buffer.from(`${name}\0`), Buffer.alloc(8)]);
  const one = entry("api/main.py").subarray(0, 80);
  expect(namesIn(Buffer.concat([header, one, Buffer.alloc(62), Buffer.from("api/broken")]))).toEqual(["api/main.py"]);
});
