import { expect, test } from "vitest";
import { ask, untilAnswers } from "../../rigs/http.ts";
import { freePort, listening } from "../../rigs/ports.ts";
import { alive, gone, look } from "../../rigs/processes.ts";
import { startProgram } from "../../rigs/program.ts";
import { openStage } from "../../rigs/scripted-app.ts";
import { until } from "../../rigs/wait.ts";

test("a scripted app does what it is told, when it is told", async (ctx) => {
  const stage = await openStage(ctx);
  const running = startProgram(stage.command("backend", "--flag"), {
    env: { PATH: process.env.PATH, X: "1" },
    cwd: "/",
  });
  const app = await stage.next("backend");
  expect(app).toMatchObject({ pid: running.pid, argv: ["--flag"], cwd: "/", env: { X: "1" } });
  await app.stdout("out\n");
  await app.stderr("err\n");
  await running.stdout.waitFor(/out/);
  await running.stderr.waitFor(/err/);

  const port = await freePort();
  await app.listen(port);
  expect(await ask(`http://127.0.0.1:${port}`)).toEqual({ status: 200, body: "hello" });
  await app.listen(port, { status: 503, body: "later" });
  await untilAnswers(`http://127.0.0.1:${port}`, (answer) => answer.status === 503);

  await app.catch("SIGTERM");
  running.kill("SIGTERM");
  await until("the signal", () => app.signals.length === 1);

  const held = await freePort();
  const orphan = look(await app.spawn({ orphan: true, session: true, holds: held, bare: true, ignore: ["SIGTERM"] }));
  await until("the orphan to listen", () => listening().includes(held));
  expect(orphan?.parent).not.toBe(app.pid);
  await app.exit(7);
  expect(await running.ended()).toEqual({ code: 7, signal: null });
  await app.closed;
  expect(stage.untaken("backend")).toBe(0);
  if (!orphan) throw new Error("no orphan");
  process.kill(orphan.pid, "SIGTERM");
  expect(alive(orphan)).toBe(true);
  process.kill(orphan.pid, "SIGKILL");
  await gone(orphan);
});
