import { describe, expect, test } from "vitest";
import { portProblems, restingPort, type PortConsent } from "../../../src/preflight/ports/check.ts";
import type { App } from "../../../src/model/project.ts";
import type { ContainerSummary } from "../../../src/system/docker/types.ts";
import { files } from "../../../src/system/files/files.ts";
import type { System } from "../../../src/system/system.ts";
import { folderWith } from "../config/outside.ts";
import { summary } from "../infra/build.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { identity, record } from "../teardown/sample.ts";
import { OURS, place } from "./place.ts";

const api = sampleApp({ name: "api", port: 5050, ports: [9_229] });
const web = sampleApp({ name: "web", port: 5173 });

/** A start of the project on a simulated machine. `containers`: what runs in an engine; null: there is none. */
function starting(containers: ContainerSummary[] | null = null, apps: App[] = [api, web]) {
  const here = place();
  const home = folderWith({});
  const notices: string[] = [];
  const swept: string[] = [];
  let asked = 0;
  const system = {
    ...here.system,
    files,
    environment: { ...here.system.environment, shell: { DEVPM_HOME: home } },
    docker: {
      connect: () => {
        asked++;
        return Promise.resolve(
          containers === null
            ? { ok: false, attempts: [] }
            : {
                ok: true,
                engine: { containers: () => Promise.resolve({ ok: true, value: containers }), close: () => {} },
              },
        );
      },
    },
  } as unknown as System;
  const project = sampleProject(apps);
  const ours = record({ id: "asking", engine: identity(OURS), root: project.root });
  return {
    ...here,
    system,
    project,
    notices,
    swept,
    asked: () => asked,
    check: (consent: PortConsent = "none") =>
      portProblems(system, {
        project,
        record: ours,
        consent,
        sweep: (session, ports) => {
          swept.push(`${session} ${ports.join(",")}`);
          for (const port of ports) for (const { pid } of here.ports.holders(port)) if (pid !== null) here.end(pid);
          return Promise.resolve({ ended: [{ pid: 700, app: "api", how: "SIGTERM" as const }] });
        },
        notify: (text) => void notices.push(text),
      }),
  };
}

describe("the ports of a project before its start", () => {
  test("are free: nothing is said, and no engine is asked", async () => {
    const here = starting();
    expect(await here.check()).toEqual([]);
    expect([here.notices, here.asked()]).toEqual([[], 0]);
  });

  test("each that is held is reported, further ports of an app too, all at once", async () => {
    const here = starting();
    for (const [pid, port] of [
      [700, 5050],
      [701, 9_229],
      [702, 5173],
    ] as const) {
      here.start(pid);
      here.listen(port, pid);
    }
    const found = await here.check();
    expect(found.map(({ summary: text }) => /\d+/.exec(text)?.[0])).toEqual(["5050", "9229", "5173"]);
    expect(found[1]?.evidence[0]).toEqual(["app", "api (apps.api.ports[0])"]);
  });

  test("are claimed for this session, so that another that starts at the same moment names it", async () => {
    const here = starting();
    await here.check();
    const second = record({ id: "second", engine: identity(901), root: "/other" });
    here.start(901);
    const problems = await portProblems(here.system, {
      project: { ...here.project, root: "/other" },
      record: second,
      consent: "given",
      sweep: () => Promise.resolve({ ended: [] }),
      notify: () => {},
    });
    expect(problems).toMatchObject([{ code: "DEVPM_PORT_HELD_SESSION" }]);
  });

  test("what a dead session of ours left is swept and said in one line, and is no problem", async () => {
    const here = starting();
    here.start(700, { env: { DEVPM_SESSION: "dead" } });
    here.listen(5050, 700);
    expect(await here.check()).toEqual([]);
    expect(here.swept).toEqual(["dead 5050"]);
    expect(here.notices).toEqual(["swept 1 leftover of an earlier session (pid 700, api)"]);
  });

  test("a container that publishes one is named; the engine is asked once for all ports", async () => {
    const db = summary({ name: "other-web-1", ports: [{ container: 80, host: 5173, address: "", protocol: "tcp" }] });
    const here = starting([
      db,
      summary({ state: "exited", ports: [{ container: 80, host: 5050, address: "", protocol: "tcp" }] }),
    ]);
    here.listen(5050, null);
    here.listen(5173, null);
    const found = await here.check();
    expect(found.map(({ code }) => code)).toEqual(["DEVPM_PORT_HELD_INVISIBLE", "DEVPM_PORT_HELD_CONTAINER"]);
    expect(here.asked()).toBe(1);
  });
});

describe("--free-ports", () => {
  const held = () => {
    const here = starting();
    const one = here.start(700, { command: "server" });
    here.listen(5050, 700);
    return { here, one };
  };

  test("with consent given ends the holder, and says so", async () => {
    const { here } = held();
    expect(await here.check("given")).toEqual([]);
    expect(here.notices).toEqual(["port 5050 is free: ended pid 700 server (SIGTERM)"]);
  });

  test("asks for each, naming what would end; a yes ends it", async () => {
    const { here } = held();
    const questions: string[] = [];
    expect(await here.check((question) => (questions.push(question), Promise.resolve(true)))).toEqual([]);
    expect(questions).toEqual(["Port 5050 is held by pid 700 server. End it?"]);
  });

  test.each([
    ["a no", () => Promise.resolve(false)],
    ["no terminal to ask at", "unasked"],
    ["no such flag", "none"],
  ] as [string, PortConsent][])("%s ends nothing", async (_, consent) => {
    const { here, one } = held();
    expect(await here.check(consent)).toMatchObject([{ code: "DEVPM_PORT_HELD" }]);
    expect(one.got).toEqual([]);
  });

  test("offers the flag that asks, and where nobody could be asked, the consent it needs", async () => {
    const commands = async (consent: PortConsent): Promise<string[]> =>
      (await held().here.check(consent)).flatMap(({ fixes }) => fixes.map(({ command }) => command));
    expect(await commands("none")).toContain("devpm dev --free-ports");
    expect(await commands("unasked")).toContain("devpm dev --free-ports --yes");
    expect(await commands("unasked")).not.toContain("devpm dev --free-ports");
  });

  test("ends nothing where another port cannot be freed anyway: the start would fail all the same", async () => {
    const { here, one } = held();
    here.start(800, { comm: "sshd", exe: "/usr/sbin/sshd" });
    here.listen(5173, 800);
    expect((await here.check("given")).map(({ code }) => code)).toEqual(["DEVPM_PORT_HELD", "DEVPM_PORT_HELD"]);
    expect(one.got).toEqual([]);
  });
});

describe("a port that rests after its last connections", () => {
  test("is a problem only when a program reports that it could not have it", async () => {
    const here = starting();
    here.resting.add(5173);
    expect(await here.check()).toEqual([]);
    expect(restingPort(here.system, here.project)).toMatchObject({
      code: "DEVPM_PORT_TIME_WAIT",
      summary: expect.stringContaining("5173") as string,
    });
  });

  test("none rests", () => {
    const here = starting();
    expect(restingPort(here.system, here.project)).toBeNull();
  });
});
