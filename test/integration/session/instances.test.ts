import { expect, it } from "vitest";
import { openProject } from "../../rigs/project.ts";

/** What each process of the app has said of itself: its number, the counted variable, its pid. */
const said = (text: string): string[][] => [...text.matchAll(/I am (\d+) (\d+) (\d+)/g)].map(([, ...words]) => words);

it("several processes of a PM2 file in fork mode are numbered as PM2 numbers them, and restart together", async (ctx) => {
  const app = {
    name: "worker",
    script: "worker.cjs",
    exec_mode: "fork",
    instances: 3,
    increment_var: "WORKER",
    env: { WORKER: 5, OTHER: "of the file" },
  };
  const project = await openProject(ctx, {
    files: {
      "worker.cjs": `
const { NODE_APP_INSTANCE, WORKER, OTHER, DEVPM_COUNTED } = process.env;
if (OTHER !== "of the file" || DEVPM_COUNTED !== undefined) throw new Error(JSON.stringify(process.env));
console.log("I am", NODE_APP_INSTANCE, WORKER, process.pid);
setInterval(() => {}, 1e6);`,
      "ecosystem.config.json": JSON.stringify({ apps: [app] }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/(?:I am \d+ \d+ \d+\n[^]*){3}/);
  const first = said(dev.stdout.text());
  expect(new Set(first.map(([number, counted]) => `${number} ${counted}`))).toEqual(new Set(["0 5", "1 6", "2 7"]));
  const restarted = await project.devpm(["restart", "worker"]);
  expect(restarted.code, restarted.output).toBe(0);
  await dev.waitFor(/(?:I am \d+ \d+ \d+\n[^]*){6}/);
  const all = said(dev.stdout.text());
  expect(new Set(all.map(([, , pid]) => pid)).size).toBe(6);
  expect(new Set(all.slice(3).map(([number]) => number))).toEqual(new Set(["0", "1", "2"]));
  dev.kill("SIGINT");
  await dev.ended();
});
