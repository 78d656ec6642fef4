import { expect, it } from "vitest";
import { freePorts } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";

/** Listens after so many ms. */
const server = (ms: number): string => `
setTimeout(() => require("node:http").createServer((_, answer) => answer.end()).listen(process.env.PORT), ${ms});`;

/** The apps of one kind of event, in its order. */
const appsOf = (text: string, kind: string): string[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`{"event":"${kind}"`))
    .map((line) => (JSON.parse(line) as { app: string }).app);

it("of apps that start at once PM2 gets the one first that took longest in the last session, and they are shown as ever", async (ctx) => {
  const [quick = 0, slow = 0] = await freePorts(2);
  const project = await openProject(ctx, {
    files: {
      "quick.cjs": server(0),
      "slow.cjs": server(1_000),
      "ecosystem.config.json": JSON.stringify({
        apps: {
          quick: { command: "node quick.cjs", port: quick },
          slow: { command: "node slow.cjs", port: slow },
        },
      }),
    },
  });
  const session = async (): Promise<string> => {
    const dev = project.start(["dev", "--json"]);
    await dev.waitFor(/"event":"session.ready"/);
    dev.kill("SIGINT");
    await dev.ended();
    return dev.stdout.text();
  };
  const first = await session();
  expect([appsOf(first, "app.starting"), appsOf(first, "app.running")]).toEqual([
    ["quick", "slow"],
    ["quick", "slow"],
  ]);
  const second = await session();
  expect([appsOf(second, "app.starting"), appsOf(second, "app.running")]).toEqual([
    ["quick", "slow"],
    ["slow", "quick"],
  ]);
});
