import { expect, test } from "vitest";
import { noNamespace, openNamespace } from "../../rigs/namespace.ts";
import { until } from "../../rigs/wait.ts";

const env = { PATH: process.env.PATH };
const unable = noNamespace();

test("what a command leaves behind is seen, and what ends is not", async (ctx) => {
  ctx.skip(unable !== null, unable ?? "");
  const namespace = await openNamespace();
  const innocent = await namespace.innocent(["sleep", "1000"]);
  expect(namespace.left()).toEqual([]);
  const done = await namespace.run(["bash", "-c", "setsid sleep 2000 >/dev/null 2>&1 & echo started; exit 3"], { env });
  expect(done).toEqual({ code: 3, signal: null, output: "started\n" });
  const left = await until("the orphan", () => {
    const seen = namespace.left();
    return seen.length === 1 && seen[0]?.command === "sleep 2000" ? seen : null;
  });
  expect(left[0]?.parent).toBe(1);
  expect((await namespace.run(["pwd"], { env, cwd: import.meta.dirname })).output.trim()).toBe(import.meta.dirname);
  namespace.kill(left[0]?.pid ?? 0, "SIGKILL");
  await until("the orphan's end", () => namespace.left().length === 0);
  expect(namespace.harmed()).toEqual([]);
  namespace.kill(innocent.pid, "SIGKILL");
  await until("the harm to be seen", () => namespace.harmed().length === 1);
  await namespace.close();
});

test("ports are its own", async (ctx) => {
  ctx.skip(unable !== null, unable ?? "");
  const namespace = await openNamespace();
  const server = namespace.spawn(
    [process.execPath, "-e", `require("net").createServer().listen(5050, "127.0.0.1", () => console.log("up"))`],
    { env },
  );
  await server.waitFor(/up/);
  expect(namespace.listening()).toEqual([5050]);
  expect(namespace.left().map((seen) => seen.pid)).toEqual([server.pid]);
  await namespace.close();
  await server.ended();
});
