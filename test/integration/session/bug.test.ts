import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { alive, look } from "../../rigs/processes.ts";
import { until } from "../../rigs/wait.ts";

test("a bug of ours in a detached session is kept, and the next command shows it once", async (ctx) => {
  const project = await openProject(ctx, {
    files: {
      "app.cjs": "require('node:http').createServer((_, a) => a.end()).listen(Number(process.env.PORT));",
      "ecosystem.config.json": JSON.stringify({ apps: { web: { command: "node app.cjs", port: await freePort() } } }),
    },
    env: { NODE_OPTIONS: `--import=${REPOSITORY}/test/faults/throw.mjs` },
  });
  for (const [command, code] of [
    [["status"], 0],
    [["wait", "--timeout", "1"], 70],
  ] as const) {
    expect(await project.devpm(["dev", "--detach"])).toMatchObject({ code: 0 });
    const { session } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
    const engine = look(session!.pid)!;
    process.kill(session!.pid, "SIGUSR2");
    await until("the engine to end", () => !alive(engine));
    const instance = readdirSync(project.devpmHome).find((name) => name.startsWith("project-"))!;
    expect(readFileSync(path.join(project.devpmHome, instance, "engine.log"), "utf8")).toContain(
      "thrown by the fault table",
    );
    const told = await project.devpm(command);
    expect(told, told.output).toMatchObject({ code });
    expect(told.output).toMatch(/DEVPM_BUG[^]*thrown by the fault table/);
    expect((await project.devpm(["status"])).output).not.toContain("DEVPM_BUG");
  }
});
