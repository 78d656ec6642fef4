import { expect, test } from "vitest";
import { FASTAPI, VITE, found } from "../layout.ts";

const stack = (name: string): string => `services:\n  ${name}:\n    image: postgres:17\n    ports: ['5432:5432']\n`;

const api = (folder: string): Record<string, string> => ({
  [`${folder}/main.py`]: FASTAPI,
  [`${folder}/requirements.txt`]: "fastapi\n",
});

const said = (files: Record<string, string>): string[] =>
  found(files).notes.filter((note) => note.includes("is not used"));

test("the compose file of a second project in the repository is named, with its apps and where it is taken", () => {
  const second = { ...api("lab/api"), "lab/web/package.json": VITE, "lab/compose.yml": stack("measures") };
  expect(said({ ...api("shop"), "compose.yml": stack("db"), ...second })).toEqual([
    "lab/compose.yml (measures) is not used, but api and web may need it: `devpm init` in lab uses it",
  ]);
});

test("so is that of the other version beside the one that is taken, whatever its services are called", () => {
  const versions = ["blue", "green"].flatMap((one) =>
    Object.entries({ ...api(`${one}/api`), [`${one}/compose.yml`]: stack("db") }),
  );
  expect(said(Object.fromEntries(versions))).toHaveLength(1);
});

test.each([
  [
    "of one service that repeats what the root's has",
    { ...api("mail"), "compose.yml": stack("db"), "mail/compose.yml": stack("db") },
  ],
  ["for production", { "compose.yml": stack("db"), "shop/compose.prod.yml": stack("replica") }],
  ["of a folder without an app", { "compose.yml": stack("db"), "docs/compose.yml": stack("search") }],
  ["of the same folder, for another purpose", { "compose.yml": stack("db"), "compose.dev.yml": stack("cache") }],
  [
    "without services that apps need",
    { ...api("mail"), "compose.yml": stack("db"), "mail/compose.yml": "services:\n  api: { build: . }\n" },
  ],
])("not one %s", (_, files) => {
  expect(said({ ...api("shop"), ...files })).toEqual([]);
});

test("not where all apps are in its folder, or it is the only one", () => {
  expect(
    said({ ...api("shop/api"), "shop/compose.yml": stack("db"), "shop/more/compose.yml": stack("other") }),
  ).toEqual([]);
  expect(said({ ...api("shop"), ...api("lab"), "lab/compose.yml": stack("db") })).toEqual([]);
});
