import { expect, it, type TestContext } from "vitest";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";

const SERVER = `require("http").createServer((_, answer) => answer.end("up")).listen(Number(process.env.PORT), "127.0.0.1");`;

const opened = async (ctx: TestContext, devpmHome?: string): Promise<Project & { port: number }> => {
  const port = await freePort();
  const project = await openProject(ctx, {
    ...(devpmHome === undefined ? {} : { env: { DEVPM_HOME: devpmHome } }),
    files: {
      "server.cjs": SERVER,
      "ecosystem.config.json": JSON.stringify({ apps: { api: { command: "node server.cjs", port } } }),
    },
  });
  return Object.assign(project, { port });
};

it("ends every session of the user from any folder, also one whose engine was killed", async (ctx) => {
  const one = await opened(ctx);
  const other = await opened(ctx, one.devpmHome);
  const dead = await opened(ctx, one.devpmHome);
  for (const project of [one, other, dead])
    expect((await project.devpm(["dev", "--detach"])).code, project.story()).toBe(0);
  const { session } = JSON.parse((await dead.devpm(["status", "--json"])).stdout) as { session: { pid: number } };
  process.kill(session.pid, "SIGKILL");
  await dead.nothingLeft({ ports: [dead.port] });

  const done = await one.devpm(["down", "--all"], { cwd: one.home });
  expect(done.code, done.output).toBe(0);
  for (const project of [one, other]) {
    expect(done.stdout).toContain(`${project.root}:`);
    await project.nothingLeft({ ports: [project.port] });
  }
  expect(JSON.parse((await one.devpm(["list", "--json"])).stdout)).toEqual({ sessions: [] });

  const again = await one.devpm(["down", "--all"]);
  expect(again).toMatchObject({ code: 0, stdout: "no session is running\n" });
});

it("as JSON it is one receipt; with --infra it is refused, for which containers would be a guess", async (ctx) => {
  const one = await opened(ctx);
  const other = await opened(ctx, one.devpmHome);
  for (const project of [one, other]) expect((await project.devpm(["dev", "--detach"])).code).toBe(0);
  expect((await one.devpm(["down", "--all", "--infra"])).code).toBe(2);
  const done = await one.devpm(["down", "--all", "--json"]);
  expect(done.code).toBe(0);
  const receipt = JSON.parse(done.stdout) as { event: string; portsFree: number[]; leftovers: unknown[] };
  expect(receipt).toMatchObject({ event: "session.stopped", leftovers: [] });
  expect(new Set(receipt.portsFree)).toEqual(new Set([one.port, other.port]));
  for (const project of [one, other]) await project.nothingLeft({ ports: [project.port] });
});
