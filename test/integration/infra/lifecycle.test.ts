import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../../rigs/wait.ts";
import { bringUp, diagnostic, lab, said, shell, value } from "./rig.ts";

const CHECK = (line: string, interval = "200ms"): string =>
  `    healthcheck: { test: [CMD, sh, -c, ${JSON.stringify(line)}], interval: ${interval}, retries: 50, timeout: 5s }\n`;

const TWO = `services:
  alpha:
${shell("touch /up; sleep 600", CHECK("test -e /up"))}
  beta:
${shell("sleep 600")}
`;

// each has a compose project of its own, and mostly waits for the engine
describe.concurrent("the life of the infra", () => {
  test("what is missing is made, once, and what is healthy is left alone", async (ctx) => {
    const l = await lab(ctx, TWO);
    const first = l.open();
    const verdict = value(await first.infra.check());
    expect(verdict.services.map(({ service, state }) => [service, state])).toEqual([
      ["alpha", "missing"],
      ["beta", "missing"],
    ]);
    await bringUp(first);
    expect(first.infra.statuses().map(({ state }) => state)).toEqual(["healthy", "running"]);
    await first.until("infra.started", ({ service, how }) => service === "alpha" && how === "created");
    await first.until("infra.progress", ({ service, detail }) => service === "beta" && detail === "created");
    const before = [await l.identity("alpha"), await l.identity("beta")];

    const second = l.open();
    await bringUp(second);
    expect([await l.identity("alpha"), await l.identity("beta")]).toEqual(before);
    expect(second.names()).toEqual(["infra.checked"]);
    const [checked] = second.of("infra.checked");
    expect(checked?.services.map(({ state }) => state)).toEqual(["healthy", "running"]);
    expect(checked?.ms).toBeGreaterThan(0);
  });

  test("what stopped is started again, in its own container, beside what runs", async (ctx) => {
    const l = await lab(ctx, TWO);
    await bringUp(l.open());
    await l.docker("kill", `${l.name}-alpha-1`);
    const [alpha, beta] = [await l.identity("alpha"), await l.identity("beta")];
    const again = l.open();
    const { services } = value(await again.infra.check());
    expect(services[0]).toMatchObject({ state: "stopped", exitCode: 137, reason: "it was killed (exit code 137)" });
    await bringUp(again);
    expect((await l.identity("alpha")).split(" ")[0]).toBe(alpha.split(" ")[0]);
    expect(await l.identity("alpha")).not.toBe(alpha);
    expect(await l.identity("beta")).toBe(beta);
    await again.until("infra.started", ({ service, how }) => service === "alpha" && how === "started");
  });

  test("two at the same time make one stack", async (ctx) => {
    const l = await lab(ctx, TWO);
    const both = [l.open(), l.open()];
    await Promise.all(both.map(bringUp));
    const made = (await l.docker("ps", "-q", "--filter", `label=com.docker.compose.project=${l.name}`)).split("\n");
    expect(made).toHaveLength(2);
  });

  test("a paused service is resumed", async (ctx) => {
    const l = await lab(ctx, `services:\n  beta:\n${shell("sleep 600")}`);
    await bringUp(l.open());
    await l.docker("pause", `${l.name}-beta-1`);
    const again = l.open();
    expect(value(await again.infra.check()).services[0]).toMatchObject({ state: "paused", reason: "it is paused" });
    await bringUp(again);
    expect(again.infra.statuses()[0]?.state).toBe("running");
  });

  test("one that was made from a folder that is gone is used, and that is said", async (ctx) => {
    const l = await lab(ctx, TWO);
    const old = path.join(l.folder, "old");
    mkdirSync(old);
    copyFileSync(path.join(l.folder, "compose.yml"), path.join(old, "compose.yml"));
    await l.docker("compose", "-f", path.join(old, "compose.yml"), "up", "--detach", "--quiet-pull");
    rmSync(old, { recursive: true });
    const before = await l.identity("alpha");
    const one = l.open();
    await bringUp(one);
    expect(await l.identity("alpha")).toBe(before);
    const gone = `its container was made from ${old}, which is gone; it is used with the data it has`;
    expect(one.of("notice").map(({ text }) => text)).toEqual(
      expect.arrayContaining([`alpha: ${gone}`, `beta: ${gone}`]),
    );
  });

  test("a removed one is made while the others stay", async (ctx) => {
    const l = await lab(ctx, TWO);
    await bringUp(l.open());
    await l.docker("rm", "-f", `${l.name}-beta-1`);
    const alpha = await l.identity("alpha");
    await bringUp(l.open());
    expect(await l.identity("alpha")).toBe(alpha);
    expect(await l.identity("beta")).not.toBe("");
  });

  test("infra down stops the containers and keeps them and their volumes", async (ctx) => {
    const l = await lab(
      ctx,
      `services:\n  alpha:\n${shell("sleep 600")}    volumes: [data:/data]\nvolumes: { data: {} }\n`,
    );
    const one = l.open();
    await bringUp(one);
    expect(value(await one.infra.stop())).toEqual(["alpha"]);
    expect(one.infra.statuses()[0]).toMatchObject({ state: "stopped" });
    expect(await l.docker("volume", "ls", "-q", "--filter", `name=${l.name}_data`)).toBe(`${l.name}_data`);
    expect(value(await one.infra.stop())).toEqual([]);
  });

  test("dependencies come first, and wait for what their condition says", async (ctx) => {
    const l = await lab(
      ctx,
      `services:
  setup:
${shell("sleep 0.3; echo done")}
  base:
${shell("sleep 600", `    tmpfs: [/flag]\n${CHECK("test -e /flag/up")}`)}
  top:
${shell("sleep 600")}    depends_on:
      base: { condition: service_healthy }
      setup: { condition: service_completed_successfully }
`,
    );
    const only = { services: ["top"] };
    /** Base becomes healthy, after checks that failed: in that time a top that does not wait is started. */
    const letBaseUp = async (): Promise<number> => {
      const streak = [
        "inspect",
        "-f",
        "{{if .State.Running}}{{.State.Health.FailingStreak}}{{end}}",
        `${l.name}-base-1`,
      ];
      await until("base's first checks", async () => Number(await l.docker(...streak)) >= 2);
      const when = Date.now();
      await l.docker("exec", `${l.name}-base-1`, "touch", "/flag/up");
      return when;
    };
    await Promise.all([bringUp(l.open(only)), letBaseUp()]);
    expect(l.open(only).infra.statuses()).toEqual([]);
    const at = async (name: string, field: string): Promise<number> =>
      Date.parse(await l.docker("inspect", "-f", `{{.State.${field}}}`, `${l.name}-${name}-1`));
    const setupRan = await at("setup", "StartedAt");

    await l.docker("kill", `${l.name}-top-1`, `${l.name}-base-1`);
    const again = l.open(only);
    const [, up] = await Promise.all([bringUp(again), letBaseUp()]);
    // through the engine this time: base has to be healthy before top is started, and what is done is not done again
    expect(await at("top", "StartedAt")).toBeGreaterThanOrEqual(up);
    expect(await at("setup", "StartedAt")).toBe(setupRan);
    expect(
      again.infra
        .statuses()
        .map(({ service, state }) => `${service} ${state}`)
        .toSorted(),
    ).toEqual(["base healthy", "setup stopped", "top running"]);
  });

  test("a file with profiles, an override, an env file and the apps themselves", async (ctx) => {
    const l = await lab(
      ctx,
      `services:
  db:
${shell("sleep 600", "    environment: { SIZE: '${DB_SIZE:-small}' }\n")}
  backend:
    build: ./backend
    depends_on: [db]
  web:
    image: postgres:17
    ports: ["127.0.0.1:5999:80"]
  worker:
${shell("sleep 600", "    volumes: [./worker:/app]\n")}
  tool:
${shell("sleep 600", "    profiles: [tools]\n")}
`,
    );
    l.write("compose.override.yml", "services:\n  db:\n    environment: { FROM_OVERRIDE: 'yes' }\n");
    l.write(".env", "DB_SIZE=large\n");
    const apps = [
      { name: "api", cwd: "backend" },
      { name: "page", port: 5999 },
      { name: "jobs", cwd: "worker" },
    ];
    const all = l.open({ apps });
    const { services, leftOut } = value(await all.infra.check());
    expect(services.map(({ service }) => service)).toEqual(["db"]);
    expect(leftOut).toEqual([
      { service: "backend", reason: `it is built from the app "api"` },
      { service: "web", reason: `it publishes port 5999, which the app "page" claims` },
      { service: "worker", reason: `it runs the folder of the app "jobs"` },
    ]);
    expect(all.of("notice").map(({ text }) => text)).toContain(
      `worker of the compose file is left alone: it runs the folder of the app "jobs"`,
    );
    await bringUp(all);
    const { db } = all.infra.references();
    expect([db?.env("SIZE"), db?.env("FROM_OVERRIDE")]).toEqual(["large", "yes"]);
    expect(
      (await l.docker("ps", "-aq", "--filter", `label=com.docker.compose.project=${l.name}`)).split("\n"),
    ).toHaveLength(1);

    await bringUp(l.open({ apps, services: ["tool"] }));
    expect(await l.identity("tool")).not.toBe("");
  });

  test("what Compose is asked once is remembered until something it reads has changed", async (ctx) => {
    const l = await lab(
      ctx,
      `services:\n  db:\n${shell("sleep 600")}    env_file: [settings/db.env]\n    labels: { x: "$WHO" }\n`,
    );
    l.write("settings/db.env", "A=1\n");
    const asked = async (env: Record<string, string>): Promise<boolean> => {
      const began = l.open({ env: { ...env, PATH: `${l.folder}/spy:${l.environment.PATH}` } });
      l.write("spy/count", "");
      value(await began.infra.check());
      return readFileSync(path.join(l.folder, "spy/count"), "utf8") !== "";
    };
    l.write("spy/docker", `#!/bin/sh\necho "$@" >>${l.folder}/spy/count\nPATH=\${PATH#*:} exec docker "$@"\n`);
    chmodSync(path.join(l.folder, "spy/docker"), 0o755);
    expect(await asked({ WHO: "ana" })).toBe(true);
    expect(await asked({ WHO: "ana" })).toBe(false);
    expect(await asked({ WHO: "bob" })).toBe(true);
    expect(await asked({ WHO: "bob", UNRELATED: "x" })).toBe(false);
    l.write("settings/db.env", "A=2\n");
    expect(await asked({ WHO: "bob" })).toBe(true);
    expect(await asked({ WHO: "bob" })).toBe(false);
    l.write("compose.override.yml", "services: { db: { environment: { B: '1' } } }\n");
    expect(await asked({ WHO: "bob" })).toBe(true);
    expect(await asked({ WHO: "bob", COMPOSE_PROFILES: "x" })).toBe(true);
  });

  test("a definition that changed is said with the command that applies it, and nothing is recreated", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600")}    environment: { A: '\${VALUE:-1}' }\n`);
    await bringUp(l.open());
    const before = await l.identity("db");
    const changed = l.open({ env: { VALUE: "2" } });
    await bringUp(changed);
    expect(changed.infra.statuses()[0]).toMatchObject({
      state: "running",
      drift: true,
      reason: "its definition in the compose file has changed",
    });
    expect(changed.of("notice").map(({ text }) => text)).toEqual([
      "db: its definition in the compose file has changed; to apply it: docker compose up -d db",
    ]);
    // not even when something new that depends on it is made
    l.write("compose.override.yml", `services:\n  user:\n${shell("sleep 600", "    depends_on: [db]\n")}`);
    await bringUp(l.open({ env: { VALUE: "3" } }));
    expect(await l.identity("user")).not.toBe("");
    expect(await l.identity("db")).toBe(before);
    expect(await l.docker("inspect", "-f", "{{.Config.Env}}", `${l.name}-db-1`)).toContain("A=1");
  });

  test("what an env_file sets is no change of the definition", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600")}    env_file: db.env\n`);
    l.write("db.env", "A=1\n");
    await bringUp(l.open());
    expect(value(await l.open().infra.check()).services[0]).toMatchObject({ state: "running", drift: false });
  });

  test("an image that has moved on is drift too", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600").replace("postgres:17", "${NAME}")}`);
    const tag = `${l.name}:1`;
    const env = { NAME: tag };
    await l.docker("tag", "postgres:17", tag);
    await bringUp(l.open({ env }));
    await l.docker("tag", "neo4j:5", tag);
    const later = l.open({ env });
    expect(value(await later.infra.check()).services[0]).toMatchObject({
      drift: true,
      reason: `it runs an older ${tag}`,
    });
    await l.docker("rmi", tag);
  });

  test("another folder's containers under the same compose project name are not taken for ours", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600")}`);
    await bringUp(l.open());
    const before = await l.identity("db");
    l.write("elsewhere/compose.yml", `name: ${l.name}\nservices:\n  db:\n${shell("sleep 1")}`);
    const other = l.open({ files: ["elsewhere/compose.yml"] });
    const problem = diagnostic(await other.infra.check());
    expect(problem.code).toBe("DEVPM_COMPOSE_NAME_TAKEN");
    expect(said(problem)).toContain(`there: ${l.folder}  (db)`);
    expect(await l.identity("db")).toBe(before);
  });

  test("a service's log is read, past and present", async (ctx) => {
    const l = await lab(
      ctx,
      `services:\n  db:\n${shell("echo one; echo two >&2; echo thrée; sleep 1; echo four; sleep 600")}`,
    );
    const one = l.open();
    await bringUp(one);
    const lines: string[] = [];
    const stop = new AbortController();
    const reading = one.infra.logs("db", { follow: true, signal: stop.signal }, ({ stream, line, at }) => {
      expect(Date.parse(at)).toBeGreaterThan(0);
      lines.push(`${stream} ${line}`);
      if (line === "four") stop.abort();
    });
    value(await reading);
    expect(lines.toSorted()).toEqual(["err two", "out four", "out one", "out thrée"]);
    const last: string[] = [];
    value(
      await one.infra.logs("db", { follow: false, lines: 1, signal: AbortSignal.timeout(60_000) }, ({ line }) =>
        last.push(line),
      ),
    );
    expect(last).toEqual(["four"]);
  });

  test("references follow ports that the engine chose", async (ctx) => {
    const l = await lab(
      ctx,
      `services:\n  db:\n${shell("sleep 600", '    ports: ["127.0.0.1::5432"]\n    environment: { POSTGRES_USER: ana }\n')}`,
    );
    const one = l.open({ apps: [{ name: "backend", dependsOn: { apps: [], services: ["db"], tasks: [] } }] });
    value(await one.infra.check());
    value(await one.infra.up());
    await one.until("infra.progress", ({ detail }) => detail === "started");
    const { db } = one.infra.references();
    const port = Number(/:(\d+)$/.exec(await l.compose("port", "db", "5432"))?.[1]);
    expect(port).toBeGreaterThan(1_024);
    expect([db?.host, db?.port(5432), db?.env("POSTGRES_USER"), db?.env("NOPE")]).toEqual([
      "127.0.0.1",
      port,
      "ana",
      undefined,
    ]);
    // another port after a restart is told to those who were told the first
    one.infra.watch();
    await l.docker("stop", "-t", "0", `${l.name}-db-1`);
    const reserved = createServer();
    ctx.onTestFinished(() => void reserved.close());
    // the engine's proxy may hold it for a moment longer
    await until("the port", () => once(reserved.listen(port, "127.0.0.1"), "listening"));
    await l.docker("start", `${l.name}-db-1`);
    const moved = await one.until("notice", ({ text }) => text.startsWith("db is published on port"));
    const next = one.infra.statuses()[0]?.ports[0]?.host;
    expect(moved.text).toBe(
      `db is published on port ${next} now, not ${port}; so that its apps know: devpm restart backend`,
    );
  });
});
