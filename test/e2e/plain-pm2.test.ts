import { expect, test } from "vitest";
import { parseJson, statusShape } from "../rigs/contract.ts";
import { untilAnswers } from "../rigs/http.ts";
import { freePorts } from "../rigs/ports.ts";
import { openProject } from "../rigs/project.ts";

const APP = `require("node:http")
  .createServer((_, answer) => answer.end([process.env.GREETING, process.argv[2], process.cwd()].join("|")))
  .listen(process.env.WHERE, "127.0.0.1");`;

/** As people have them: no key of devpm's, two apps, one of them in a folder of its own. */
const apps = (first: number, second: number): object[] => [
  { name: "api", script: "./api.js", args: "--one", env: { GREETING: "hello", WHERE: first }, watch: ["api.js"] },
  { name: "worker", script: "api.js", cwd: "./jobs", args: ["--two"], env: { GREETING: "servus", WHERE: second } },
];

test.for<[string, (list: object[]) => string]>([
  ["ecosystem.config.js", (list) => `module.exports = { apps: ${JSON.stringify(list)} };`],
  ["ecosystem.config.cjs", (list) => `module.exports = { apps: ${JSON.stringify(list)}.map((app) => ({ ...app })) };`],
  ["ecosystem.config.json", (list) => JSON.stringify({ apps: list })],
  ["ecosystem.config.mjs", (list) => `export const apps = ${JSON.stringify(list)};`],
])("a plain PM2 %s runs unchanged", async ([name, write], ctx) => {
  const [first, second] = (await freePorts(2)) as [number, number];
  const project = await openProject(ctx, {
    files: { "api.js": APP, "jobs/api.js": APP, [name]: write(apps(first, second)) },
  });
  const started = await project.devpm(["dev", "--detach"]);
  expect(started, started.output).toMatchObject({ code: 0 });
  const asked = async (port: number, wanted: string): Promise<void> =>
    void (await untilAnswers(`http://127.0.0.1:${port}/`, ({ body }) => body === wanted));
  await asked(first, `hello|--one|${project.root}`);
  await asked(second, `servus|--two|${project.path("jobs")}`);

  // watch keeps PM2's meaning
  project.edit("api.js", `join("|")`, `join("/")`);
  await untilAnswers(`http://127.0.0.1:${first}/`, ({ body }) => body.startsWith("hello/--one/"));
  const status = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  expect(status.apps.map((app) => app.name)).toEqual(["api", "worker"]);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  await project.nothingLeft({ ports: [first, second] });
});
