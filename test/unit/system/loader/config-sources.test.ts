import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { recordSources } from "../../../../src/system/loader/config-sources.ts";
import { files } from "../../../../src/system/files/files.ts";
import { folderWith } from "../../config/outside.ts";

test("a file in a folder with ? in its name is itself, as a path and as an address of tsx's", () => {
  const { sources, add } = recordSources("/srv/a?b/ecosystem.config.cjs");
  add("/srv/a?b/own.ts?namespace=devpm-config");
  add("file:///srv/a%3Fb/more.ts?tsx-namespace=1");
  expect([...sources.keys()]).toEqual(["/srv/a?b/ecosystem.config.cjs", "/srv/a?b/own.ts", "/srv/a?b/more.ts"]);
});

test("a file has the text that its save is compared with, in UTF-16 too", async () => {
  const file = path.join(folderWith({}), "words.json");
  writeFileSync(file, "\uFEFF{}", "utf16le");
  expect(recordSources(file).sources.get(file)).toBe(await files.read(file));
});
