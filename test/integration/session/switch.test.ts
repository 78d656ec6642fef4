import { expect, it, type TestContext } from "vitest";
import { ask } from "../../rigs/http.ts";
import { freePorts, listening } from "../../rigs/ports.ts";
import { alive, look } from "../../rigs/processes.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { openStage, type Stage } from "../../rigs/scripted-app.ts";

interface Status {
  session: { state: string };
  apps: { name: string; state: string; pid: number | null; port: number | null }[];
  tasks: { name: string; state: string }[];
  groups: Record<string, string[]>;
}

interface Opened {
  project: Project;
  apps: Stage;
  api: number;
  mail: number;
  states(): Promise<Record<string, string>>;
}

async function opened(ctx: TestContext): Promise<Opened> {
  const apps = await openStage(ctx);
  const [api = 0, mail = 0] = await freePorts(2);
  const config = {
    apps: {
      api: { command: apps.command("api"), port: api, ready: { log: "up" }, graceMs: 500 },
      web: { command: "sleep 1000", dependsOn: ["api"] },
      mail: { command: apps.command("mail"), port: mail, start: false, graceMs: 500, dependsOn: ["fill"] },
    },
    tasks: { fill: { run: "echo filled", start: false } },
    groups: { minimal: ["api"], post: ["mail"] },
  };
  const project = await openProject(ctx, { files: { "ecosystem.config.json": JSON.stringify(config) } });
  const states = async (): Promise<Record<string, string>> => {
    const status = JSON.parse((await project.devpm(["status", "--json"])).stdout) as Status;
    return Object.fromEntries([...status.apps, ...status.tasks].map(({ name, state }) => [name, state]));
  };
  return { project, apps, api, mail, states };
}

it("what is off waits until it is asked for, and gets what it needs", async (ctx) => {
  const { project, apps, mail, states } = await opened(ctx);
  const dev = project.start(["dev"]);
  await (await apps.next("api")).stdout("up\n");
  await dev.waitFor(/✔ .* ready in/);
  expect(await states()).toEqual({ api: "ready", web: "ready", mail: "stopped", fill: "stopped" });
  expect(await project.devpm(["wait"])).toMatchObject({ code: 0 });
  expect(await project.devpm(["wait", "mail"])).toMatchObject({
    code: 1,
    stderr: "mail is stopped: devpm start mail\n",
  });

  const starting = project.devpm(["start", "post"]);
  const running = await apps.next("mail");
  await running.listen(mail);
  expect((await starting).stdout).toMatch(/^started post in /);
  expect(await states()).toEqual({ api: "ready", web: "ready", mail: "ready", fill: "done" });
  expect((await project.devpm(["logs", "fill", "--no-follow"])).stdout).toContain("filled");

  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  expect(dev.stdout.text()).not.toContain("without mail");
  expect(dev.stdout.text()).toContain(`${mail}`);
});

it("stop ends all of an app, by the ladder: nothing left, its port free, the rest untouched", async (ctx) => {
  const { project, apps, api, mail, states } = await opened(ctx);
  const dev = project.start(["dev"]);
  const one = await apps.next("api");
  await one.listen(api);
  await one.ignore("SIGTERM");
  const helpers = await Promise.all([one.spawn({ session: true, orphan: true, ignore: ["SIGTERM"] }), one.spawn()]);
  await one.stdout("up\n");
  await dev.waitFor(/ready in/);
  const seen = helpers.map((pid) => look(pid)!);

  const done = await project.devpm(["stop", "api"]);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toMatch(/stopped api in .* \(\d processes, \d by SIGKILL\)\nport \d+ is free\n/);
  expect(seen.filter((helper) => alive(helper))).toEqual([]);
  expect(listening()).not.toContain(api);
  expect(await states()).toMatchObject({ api: "stopped", web: "ready", mail: "stopped" });
  expect((await project.devpm(["stop", "api"])).stdout).toBe(`api: nothing was running\nport ${api} is free\n`);

  const starting = project.devpm(["start", "api"]);
  const two = await apps.next("api");
  await two.listen(api, { body: "again" });
  await two.stdout("up\n");
  expect(await starting).toMatchObject({ code: 0 });
  expect((await ask(`http://127.0.0.1:${api}/`)).body).toBe("again");
  expect(await states()).toMatchObject({ api: "ready" });

  const restarting = project.devpm(["restart", "mail"]);
  await (await apps.next("mail")).listen(mail);
  expect(await restarting).toMatchObject({ code: 0 });
  dev.kill("SIGINT");
  await dev.ended();
  expect(dev.stdout.text()).not.toContain("DEVPM_APP_CRASHED");
  await project.nothingLeft({ ports: [api, mail] });
});

it("a port that is held stops the start and is said; the session goes on", async (ctx) => {
  const { project, apps, mail, states } = await opened(ctx);
  const dev = project.start(["dev", "minimal"]);
  await (await apps.next("api")).stdout("up\n");
  await dev.waitFor(/ready in/);
  expect(await states()).toEqual({ api: "ready", web: "stopped", mail: "stopped", fill: "stopped" });
  const { createServer } = await import("node:net");
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(mail, "127.0.0.1", resolve));
  const held = await project.devpm(["start", "mail"]);
  holder.close();
  expect(held.code).toBe(3);
  expect(held.stderr).toContain("DEVPM_PORT_HELD");
  expect(held.stderr).toContain("Nothing was started; everything else keeps running.");
  expect(await states()).toMatchObject({ api: "ready", mail: "stopped", fill: "stopped" });
  dev.kill("SIGINT");
  await dev.ended();
});

it("names: groups and tasks everywhere, and what is unknown is said", async (ctx) => {
  const { project, apps } = await opened(ctx);
  expect(await project.devpm(["start", "mail"])).toMatchObject({ code: 1 });
  const unknown = await project.devpm(["dev", "minimum"]);
  expect(unknown.code).toBe(2);
  expect(unknown.output).toMatch(
    /Nothing here is called "minimum" +DEVPM_APP_UNKNOWN[^]*did you mean minimal instead of minimum/,
  );
  expect(unknown.output).toMatch(/dev --only minimal$/m);
  const dev = project.start(["dev", "--only", "minimal"]);
  await (await apps.next("api")).stdout("up\n");
  await dev.waitFor(/ready in/);
  expect((await project.devpm(["logs", "minimal", "--no-follow"])).stdout).toMatch(/api +\| up/);
  expect((await project.devpm(["wait", "minimal", "--json"])).stdout).toContain('"name": "api"');
  const names = (await project.devpm(["completion", "names"])).stdout.split("\n");
  expect(names).toEqual(expect.arrayContaining(["api", "web", "mail", "fill", "minimal", "post"]));
  for (const command of ["start", "stop", "restart"]) {
    const wrong = await project.devpm([command, "apii"]);
    expect(wrong.code, command).toBe(2);
    expect(wrong.stderr, command).toContain(`devpm ${command} api`);
  }
  expect(await project.devpm(["stop", "minimal"])).toMatchObject({ code: 0 });
  dev.kill("SIGINT");
  await dev.ended();
});
