import { once } from "node:events";
import { mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { variableSetting } from "../../../src/config/absent.ts";
import { exchange } from "../../../src/system/exchange.ts";
import { probeFor } from "../../../src/infra/probes.ts";
import { freePort } from "../../rigs/ports.ts";
import { until } from "../../rigs/wait.ts";
import { type Lab, bringUp, diagnostic, lab, said, shell, value } from "./rig.ts";

/** Two failures are enough, once `grace` is over or the check has passed. */
const CHECK = (line: string, grace = "0s"): string =>
  `    healthcheck: { test: [CMD, sh, -c, ${JSON.stringify(line)}], interval: 200ms, retries: 2, timeout: 5s, start_period: ${grace} }\n`;

const backend = [{ name: "backend", dependsOn: { apps: [], services: ["db"], tasks: [] } }];

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  await once(server.listen(port, "127.0.0.1"), "listening");
  server.close();
  await once(server, "close");
  return true;
}

const container = (l: Lab, service = "db"): string => `${l.name}-${service}-1`;

describe.concurrent("a service that cannot be used", () => {
  test("unhealthy: its check, its last output and the log line that shows the cause", async (ctx) => {
    const line = "echo starting; echo 'FATAL:  password authentication failed' >&2; sleep 600";
    const l = await lab(ctx, `services:\n  db:\n${shell(line, CHECK("echo no response; exit 1"))}`);
    // before devpm looks: how long this takes is for the machine to say
    await l.compose("up", "-d");
    const health = ["inspect", "-f", "{{.State.Health.Status}}", container(l)];
    await until("two failed checks", async () => (await l.docker(...health)) === "unhealthy");
    const one = l.open({ timeoutMs: 1_000, apps: backend });
    value(await one.infra.check());
    value(await one.infra.up());
    const problem = diagnostic(await one.infra.ready("db"));
    expect(said(problem)).toContain("db is running but unhealthy  DEVPM_SERVICE_UNHEALTHY");
    expect(said(problem)).toMatch(
      /check: sh -c echo no response; exit 1: failed \d+ times in a row, with the last output "no response"/,
    );
    expect(said(problem)).toContain("log: FATAL:  password authentication failed");
    expect(said(problem)).toContain("backend was not started: it waits for db.");
    expect(said(problem)).toContain(`docker compose -f ${l.folder}/compose.yml logs db`);
    expect(one.of("infra.failed")).toHaveLength(1);
    expect(one.of("diagnostic").map(({ code }) => code)).toEqual(["DEVPM_SERVICE_UNHEALTHY"]);
    // whoever waits sees it come right, however late
    const recovered = one.infra.recovered("db");
    await l.docker("rm", "-f", container(l));
    l.write("compose.override.yml", `services: { db: { healthcheck: { test: [CMD, "true"] } } }\n`);
    await l.docker("compose", "up", "-d");
    await recovered;
    await one.until("infra.recovered", ({ reason }) => reason === "it is healthy again");
  });

  test("its process ends at once", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("echo 'cannot open the data folder' >&2; exit 3")}`);
    const one = l.open();
    value(await one.infra.check());
    value(await one.infra.up());
    const problem = diagnostic(await one.infra.ready("db"));
    expect(said(problem)).toContain("db stopped  DEVPM_SERVICE_FAILED");
    expect(said(problem)).toContain("ended: it exited with code 3");
    expect(said(problem)).toContain("log: cannot open the data folder");
    expect(one.infra.statuses()[0]).toMatchObject({ state: "stopped", exitCode: 3 });
  });

  test("a restart loop", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 0.1; exit 4", "    restart: always\n")}`);
    await l.compose("up", "-d");
    const count = ["inspect", "-f", "{{.RestartCount}}", container(l)];
    await until("three restarts", async () => Number(await l.docker(...count)) >= 3);
    const one = l.open({ timeoutMs: 1_000 });
    value(await one.infra.check());
    value(await one.infra.up());
    const problem = diagnostic(await one.infra.ready("db"));
    const reasons = one.of("infra.failed").map(({ reason }) => reason);
    expect(reasons).toEqual([expect.stringMatching(/^restarted \d+ times(: it exited with code 4)?$/)]);
    expect(said(problem)).toContain("db restarts again and again  DEVPM_SERVICE_FAILED");
  });

  test("out of memory", async (ctx) => {
    const hog = "until test -e /go; do sleep 0.1; done; x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo $x";
    const l = await lab(ctx, `services:\n  db:\n${shell(hog, "    mem_limit: 24m\n    memswap_limit: 24m\n")}`);
    const one = l.open({ timeoutMs: 20_000 });
    await bringUp(one);
    one.infra.watch();
    await l.docker("exec", container(l), "touch", "/go");
    const failed = await one.until("infra.failed");
    const oom = "it ran out of memory and was killed by the kernel";
    const killed = "it was killed (exit code 137)";
    expect([oom, killed]).toContain(failed.reason);
    // the engine may learn of its end first, and then of why; under load it never learns why
    await until("what the engine knows", async () => {
      const isOom = await l.docker("inspect", "--format", "{{.State.OOMKilled}}", container(l));
      return one.infra.statuses()[0]?.reason === (isOom.includes("true") ? oom : killed);
    });
  });

  test("no health check: its own protocol is asked, and the first start of a real Postgres is waited for", async (ctx) => {
    const server = "until test -e /go; do sleep 0.1; done; exec docker-entrypoint.sh postgres";
    const more = '    environment: { POSTGRES_PASSWORD: x }\n    ports: ["127.0.0.1::5432"]\n';
    const l = await lab(ctx, `services:\n  db:\n${shell(server, more)}`);
    const one = l.open();
    value(await one.infra.check());
    value(await one.infra.up());
    const port = await until("a port", () => one.infra.statuses()[0]?.ports[0]?.host);
    const probe = probeFor({ image: "postgres:17", ports: [] }, [5432]);
    if (!probe) throw new Error("no probe for Postgres");
    const ask = (timeoutMs: number) => exchange({ ...probe, host: "127.0.0.1", port, timeoutMs });
    // the engine's proxy accepts long before the server is there
    expect(await ask(1_000)).toMatchObject({ ok: false });
    await l.docker("exec", container(l), "touch", "/go");
    value(await one.infra.ready("db"));
    expect(await ask(30_000)).toEqual({ ok: true });
  });

  test("no health check, and nobody listens in the container", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600", '    ports: ["127.0.0.1::5432"]\n')}`);
    const one = l.open({ timeoutMs: 1_500 });
    value(await one.infra.check());
    value(await one.infra.up());
    const problem = diagnostic(await one.infra.ready("db"));
    expect(said(problem)).toContain("db is running but does not answer  DEVPM_SERVICE_UNHEALTHY");
    expect(said(problem)).toMatch(/probe: postgres on 127\.0\.0\.1:\d+: /);
  });
});

describe.concurrent("while it runs", () => {
  test("killed, started again, paused and resumed: once each, with why", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600")}`);
    const one = l.open();
    await bringUp(one);
    one.infra.watch();
    await l.docker("kill", container(l));
    expect((await one.until("infra.failed")).reason).toBe("it was killed (exit code 137)");
    await one.until("infra.changed", ({ services }) => services[0]?.state === "stopped");
    await l.docker("start", container(l));
    expect((await one.until("infra.recovered")).reason).toBe("it is running again");
    await l.docker("pause", container(l));
    await one.until("infra.failed", ({ reason }) => reason === "it is paused");
    await l.docker("unpause", container(l));
    await until("both recoveries", () => one.of("infra.recovered").length === 2);
    await l.docker("rm", "-f", container(l));
    await one.until("infra.failed", ({ reason }) => reason === "its container is gone");
    expect(
      one
        .of("infra.failed")
        .map(({ reason }) => reason)
        .slice(0, 2),
    ).toEqual(["it was killed (exit code 137)", "it is paused"]);
  });

  test("a health check that fails and recovers", async (ctx) => {
    const l = await lab(
      ctx,
      `services:\n  db:\n${shell("touch /ok; sleep 600", CHECK("test -e /ok || { echo gone; exit 1; }", "20s"))}`,
    );
    const one = l.open();
    await bringUp(one);
    one.infra.watch();
    await l.docker("exec", container(l), "rm", "/ok");
    const failed = await one.until("infra.failed");
    expect(failed.reason).toMatch(/^its health check failed \d+ times in a row, with the last output "gone"$/);
    await l.docker("exec", container(l), "touch", "/ok");
    await one.until("infra.recovered", ({ reason }) => reason === "it is healthy again");
    expect(one.of("infra.failed")).toHaveLength(1);
  });
});

describe.concurrent("what keeps a container from being made", () => {
  const ported = (port: number | string): string => shell("sleep 600", `    ports: ["127.0.0.1:${port}:5432"]\n`);

  test("a port another container publishes: it is named, and the other services come up", async (ctx) => {
    // none of those that the kernel gives to any connection once it is free again
    const port = await freePort();
    const other = await lab(ctx, `services:\n  db:\n${ported(port)}`);
    await other.compose("up", "-d");
    const l = await lab(ctx, `services:\n  db:\n${ported(port)}  free:\n${shell("sleep 600")}`);
    const one = l.open();
    value(await one.infra.check());
    const problem = diagnostic(await one.infra.up());
    expect(said(problem)).toContain(`db cannot publish port ${port}: it is taken  DEVPM_SERVICE_PORT_HELD`);
    expect(said(problem)).toContain(
      `holder: ${other.name}-db-1 (postgres:17) | of the compose project in ${other.folder}`,
    );
    expect(said(problem)).toContain(`docker stop ${other.name}-db-1`);
    expect(diagnostic(await one.infra.ready("db"))).toBe(problem);
    value(await one.infra.ready("free"));
    // made but not started: the next time it is started through the engine, and met by the same
    const again = l.open();
    value(await again.infra.check());
    expect(diagnostic(await again.infra.up()).code).toBe("DEVPM_SERVICE_PORT_HELD");
    await other.compose("stop", "-t", "0");
    // the engine's proxy may hold it for a moment longer
    await until("the port", () => isFree(port));
    const last = l.open();
    value(await last.infra.check());
    value(await last.infra.up());
    expect(last.infra.statuses().map(({ state }) => state)).toEqual(["running", "running"]);
  });

  test("a port a program of this machine holds", async (ctx) => {
    const server = createServer().listen(0, "127.0.0.1");
    ctx.onTestFinished(() => void server.close());
    await until("the server", () => server.listening);
    const { port } = server.address() as { port: number };
    const l = await lab(ctx, `services:\n  db:\n${ported(port)}`);
    const one = l.open();
    value(await one.infra.check());
    const problem = diagnostic(await one.infra.up());
    expect(problem.code).toBe("DEVPM_SERVICE_PORT_HELD");
    expect(said(problem)).toContain(`holder: pid ${process.pid}  `);
    expect(said(problem)).toContain(`lsof -nP -iTCP:${port} -sTCP:LISTEN`);
    // as the fix says: the container that was made for the old port never ran, and is made anew
    l.write("compose.yml", `name: ${l.name}\nservices:\n  db:\n${ported("")}`);
    const again = l.open();
    value(await again.infra.check());
    value(await again.infra.up());
    expect(again.infra.statuses()).toMatchObject([{ state: "running", drift: false }]);
  });

  test("an image that is not to be had: said once, and what does not need it comes up", async (ctx) => {
    const absent = "    image: 127.0.0.1:9/none:1\n";
    const l = await lab(
      ctx,
      `services:\n  db:\n${absent}  user:\n${shell("sleep 600", "    depends_on: [db]\n")}  free:\n${shell("sleep 600")}`,
    );
    const one = l.open();
    value(await one.infra.check());
    const up = await one.infra.up();
    expect(up.ok ? [] : up.diagnostics).toHaveLength(1);
    const problem = diagnostic(up);
    expect(said(problem)).toContain("DEVPM_IMAGE_UNAVAILABLE");
    expect(problem.summary).toBe("The image of db is not here and cannot be pulled: the registry cannot be reached");
    expect(one.of("infra.progress").map(({ detail }) => detail)).toContain("pulling 127.0.0.1:9/none:1");
    expect(diagnostic(await one.infra.ready("user"))).toBe(problem);
    value(await one.infra.ready("free"));
  });

  test("the same where infra is not required: one line, and the apps go on", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n    image: 127.0.0.1:9/none:1\n  free:\n${shell("sleep 600")}`);
    const one = l.open({ required: false, apps: backend });
    await bringUp(one);
    expect(one.of("infra.absent").map(({ reason, services }) => [reason, services])).toEqual([
      ["The image of db is not here and cannot be pulled: the registry cannot be reached; backend uses db", ["db"]],
    ]);
    expect(variableSetting(`${one.infra.references().db?.host}`)).toEqual({ kind: "unset", service: "db" });
    expect(one.infra.statuses().map(({ service, state }) => `${service} ${state}`)).toEqual([
      "db missing",
      "free running",
    ]);
  });
});

describe.concurrent("Compose", () => {
  /** A PATH with no docker on it. */
  const bare = (l: Lab): Record<string, string> => {
    const folder = path.join(l.folder, "bin");
    mkdirSync(folder, { recursive: true });
    symlinkSync(process.execPath, path.join(folder, "node"));
    return { PATH: folder };
  };

  test("is not installed: existing containers start all the same, through the engine", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600")}`);
    const env = bare(l);
    const fresh = l.open({ env, services: ["db"] });
    const problem = diagnostic(await fresh.infra.check());
    expect(said(problem)).toContain("Docker Compose is not installed  DEVPM_COMPOSE_MISSING");
    expect(said(problem)).toContain("needed by: db: it has no container yet");

    await l.compose("up", "-d");
    await l.docker("kill", container(l));
    const before = (await l.identity("db")).split(" ")[0];
    const one = l.open({ env });
    await bringUp(one);
    expect(one.infra.statuses()).toMatchObject([{ service: "db", state: "running", drift: false }]);
    expect((await l.identity("db")).split(" ")[0]).toBe(before);
  });

  test("does not accept the file: its words, and nothing is started", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n    image: [1\n`);
    const problem = diagnostic(await l.open().infra.check());
    expect(problem.code).toBe("DEVPM_COMPOSE_INVALID");
    expect(problem.excerpt?.join("\n")).toMatch(/yaml: line \d+/);
    const none = diagnostic(await l.open({ files: ["nowhere.yml"] }).infra.check());
    expect(none).toMatchObject({
      code: "DEVPM_COMPOSE_INVALID",
      excerpt: [`there is no file ${l.folder}/nowhere.yml`],
    });
  });

  test("has no service of that name", async (ctx) => {
    const l = await lab(ctx, `services:\n  postgres:\n${shell("sleep 600")}`);
    const problem = diagnostic(await l.open({ services: ["postgress"] }).infra.check());
    expect(said(problem)).toContain(`compose.yml has no service "postgress"  DEVPM_SERVICE_UNKNOWN`);
    expect(said(problem)).toContain(`postgress: did you mean "postgres"?`);
  });
});
