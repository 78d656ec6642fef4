import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sessionRecord } from "../../rigs/control.ts";
import { alive, look } from "../../rigs/processes.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const LINES = 300_000;

/** Prints that many lines, many times what is kept for a terminal, once a file is there; then goes on living. */
const BURST = `
import os, time
print("waiting", flush=True)
while not os.path.exists("go"):
    time.sleep(0.01)
for n in range(0, ${LINES}, 2000):
    print("\\n".join(f"line {at} xxxxxxxxxxxxxxxxxxxx" for at in range(n, n + 2000)), flush=True)
print("counted", flush=True)
while not os.path.exists("again"):
    time.sleep(0.01)
print("again", flush=True)
time.sleep(1000000)
`;

it("Ctrl+S stops the screen and nothing else; Ctrl+Q shows how much it missed; it holds up no end", async (ctx) => {
  const project = await openProject(ctx, {
    files: {
      "burst.py": BURST,
      "ecosystem.config.json": JSON.stringify({ apps: { burst: { command: "python3 burst.py" } } }),
    },
  });
  const dev = await project.terminal(["dev", "--plain"]);
  await dev.waitFor(/burst \| waiting/);
  dev.write("\u0013");
  project.write("go", "");
  const newest = async (): Promise<string> => (await project.devpm(["logs", "burst", "-n", "1", "--no-follow"])).stdout;
  await until("the last line in the history", async () => (await newest()).includes("counted"), {
    everyMs: 300,
    deadlineMs: 120_000,
  });
  const { engine } = sessionRecord(project);
  const most = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${engine.pid}/status`, "utf8"))?.[1]) / 1024;
  expect(most).toBeLessThan(280);
  expect((await project.devpm(["status"])).stdout).toMatch(/burst +(?:ready|running)/);
  // the kernel kept what it had been given before it was stopped
  expect(dev.output()).not.toContain(`line ${LINES / 2} `);
  dev.write("\u0011");
  const [, missed = ""] = await dev.waitFor(/([\d ]+) lines were not shown/);
  expect(Number(missed.replaceAll(" ", ""))).toBeGreaterThan(LINES / 3);
  // it is told when all that waited for it is taken: what comes now is shown
  project.write("again", "");
  await dev.waitFor(/burst \| again/);

  const before = look(engine.pid);
  dev.write("\u0013");
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  await until("the end of devpm, whose terminal still takes nothing", () => before && !alive(before));
  dev.write("\u0011");
  await dev.ended();
  await project.nothingLeft();
});
