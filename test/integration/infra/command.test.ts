import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseJson, stoppedShape } from "../../rigs/contract.ts";
import { builtDevpm } from "../../rigs/devpm.ts";
import { type Lab, lab, shell } from "./rig.ts";

const CONFIG = `export default {
  infra: { compose: "compose.yml", services: ["db"], required: REQUIRED },
  apps: { job: { command: "sleep 600" } },
};
`;

function devpm(l: Lab, args: string[], env: Record<string, string> = {}) {
  const [node = "", ...script] = builtDevpm();
  const ran = spawnSync(node, [...script, ...args], {
    cwd: l.folder,
    env: { ...l.environment, ...env },
    encoding: "utf8",
    timeout: 120_000,
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const configure = (l: Lab, required = true): void =>
  l.write("ecosystem.config.mjs", CONFIG.replace("REQUIRED", String(required)));

describe("devpm infra", () => {
  test("down keeps the data unless it is told otherwise", async (ctx) => {
    const l = await lab(
      ctx,
      `services:\n  db:\n${shell("sleep 600", '    volumes: ["data:/data"]\n')}volumes:\n  data:\n`,
    );
    configure(l);
    const volumes = (): string =>
      spawnSync("docker", ["volume", "ls", "-q", "--filter", `label=com.docker.compose.project=${l.name}`], {
        encoding: "utf8",
      }).stdout.trim();
    expect(devpm(l, ["infra", "up"]).code).toBe(0);
    expect(volumes()).toBe(`${l.name}_data`);
    expect(devpm(l, ["infra", "down"]).out).toBe("infra: db stopped; data is kept\n");
    expect(volumes()).toBe(`${l.name}_data`);
    // nobody is at a terminal: what cannot be asked is not done
    const unasked = devpm(l, ["infra", "down", "--volumes"]);
    expect(unasked.code).toBe(2);
    expect(unasked.err).toMatch(/data of +db[^]*nothing was removed[^]*infra down --volumes --yes/);
    expect(volumes()).toBe(`${l.name}_data`);
    expect(devpm(l, ["infra", "down", "--volumes", "--yes"]).out).toBe(
      "infra: nothing was running; containers and data are removed\n",
    );
    expect(volumes()).toBe("");
    expect(devpm(l, ["infra", "status", "--json"]).out).toContain('"missing"');
  });

  test("down --infra --json is one object: what ended, and the services as they are then", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600")}`);
    configure(l);
    expect(devpm(l, ["dev", "-d"]).code).toBe(0);
    const session = devpm(l, ["down", "--infra", "--json"]);
    expect(session).toMatchObject({ code: 0, err: "" });
    const ended = { ended: [{ app: "job" }], infraUp: [], infra: [{ service: "db", state: "stopped" }] };
    expect(parseJson(stoppedShape, session.out)).toMatchObject(ended);
    const nothing = parseJson(stoppedShape, devpm(l, ["down", "--infra", "--json"]).out);
    expect(nothing).toMatchObject({ ...ended, ended: [] });
  });

  test("down under a session that runs here says whose services these were, and what starts them again", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600")}`);
    const uses = 'command: "sleep 600", dependsOn: ["db"]';
    l.write("ecosystem.config.mjs", CONFIG.replace('command: "sleep 600"', uses).replace("REQUIRED", "true"));
    expect(devpm(l, ["dev", "-d"]).code).toBe(0);
    const ended = devpm(l, ["infra", "down"]);
    const session = devpm(l, ["down"]);
    expect(ended).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(
        /^infra: db stopped; data is kept\njob goes on without db: \S*devpm\S* infra up starts it again\n$/,
      ) as unknown,
    });
    expect(session.code).toBe(0);
  });

  test("up, status and down", async (ctx) => {
    const l = await lab(
      ctx,
      `services:\n  db:\n${shell("sleep 600", '    healthcheck: { test: [CMD, "true"], interval: 200ms }\n')}`,
    );
    configure(l);
    const up = devpm(l, ["infra", "up"]);
    expect(up).toMatchObject({ code: 0, err: "" });
    expect(up.out).toMatch(/db created in /);
    expect(up.out).toMatch(/db +healthy/);
    const before = await l.identity("db");

    const again = devpm(l, ["infra", "up", "--json"]);
    expect(again.code).toBe(0);
    const [db] = (JSON.parse(again.out) as { infra: unknown[] }).infra;
    expect(db).toEqual({
      service: "db",
      container: `${l.name}-db-1`,
      state: "healthy",
      exitCode: null,
      drift: false,
      reason: null,
      ports: [],
    });
    expect(await l.identity("db")).toBe(before);

    expect(devpm(l, ["infra", "down"])).toMatchObject({ code: 0, out: "infra: db stopped; data is kept\n" });
    expect(devpm(l, ["infra", "down"])).toMatchObject({ code: 0, out: "infra: nothing was running\n" });
    const status = devpm(l, ["infra", "status", "--json"]);
    expect(JSON.parse(status.out)).toMatchObject({ infra: [{ service: "db", state: "stopped" }] });
    expect(status.code).toBe(0);
  });

  test("down works when the configuration is broken", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("sleep 600")}`);
    configure(l);
    expect(devpm(l, ["infra", "up"]).code).toBe(0);
    writeFileSync(path.join(l.folder, "ecosystem.config.mjs"), "export default {{");
    writeFileSync(path.join(l.folder, "compose.yml"), "services: [");
    expect(devpm(l, ["infra", "down"])).toMatchObject({ code: 0, out: "infra: db stopped; data is kept\n" });
    expect(await l.docker("inspect", "-f", "{{.State.Status}}", `${l.name}-db-1`)).toBe("exited");
  });

  test("a failure: its diagnostic on stderr, and an exit code that tells whose fault it is", async (ctx) => {
    const l = await lab(ctx, `services:\n  db:\n${shell("exit 3")}`);
    configure(l);
    const failed = devpm(l, ["infra", "up"]);
    expect(failed.code).toBe(1);
    expect(failed.err.match(/DEVPM_SERVICE_FAILED/g)).toHaveLength(1);
    expect(failed.err).toContain("it exited with code 3");

    const nowhere = { DOCKER_HOST: "unix:///nowhere.sock" };
    const down = devpm(l, ["infra", "status"], nowhere);
    expect(down.code).toBe(3);
    expect(down.err).toContain("DEVPM_ENGINE_DOWN");
    configure(l, false);
    expect(devpm(l, ["infra", "status"], nowhere)).toMatchObject({
      code: 0,
      err: "",
      out: "infra: Docker is not running\n",
    });
    expect(devpm(l, ["infra", "up", "--json"], nowhere)).toMatchObject({ code: 0, out: `{\n  "infra": []\n}\n` });
  });
});
