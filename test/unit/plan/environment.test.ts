import path from "node:path";
import { expect, test } from "vitest";
import { appEnvironment } from "../../../src/plan/environment.ts";
import { folderWith, outside } from "../config/outside.ts";
import { sampleApp } from "./sample.ts";

test("files are read anew at each start, a later one wins; absent and undefined variables are left as they are", async () => {
  const root = folderWith({ ".env": "A=1\nB='two words' # said\n", "more.env": "A=2\n" });
  const system = outside(root, { FALLBACK: "shell", ALSO: "shell" });
  const app = sampleApp({
    envFiles: [path.join(root, ".env"), path.join(root, "more.env"), path.join(root, "gone.env")],
    dependsOn: { apps: ["api"], services: [], tasks: [] },
    env: ({ services }) => ({ FALLBACK: `x${services.db?.host}`, ALSO: undefined, MINE: "m" }),
  });
  const references = {
    apps: { api: { port: 5050, url: "http://localhost:5050" } },
    services: { db: { host: "\u0000absent\u0000", port: () => 0, env: () => "" } },
  };
  const built = await appEnvironment(system, app, { session: "s", references });
  expect(built).toMatchObject({
    A: "2",
    B: "two words",
    FALLBACK: "shell",
    ALSO: "shell",
    MINE: "m",
    DEVPM_URL_API: "http://localhost:5050",
  });
  await system.files.write(path.join(root, "more.env"), "A=3\n");
  expect(await appEnvironment(system, app, { session: "s", references })).toMatchObject({ A: "3" });
});
