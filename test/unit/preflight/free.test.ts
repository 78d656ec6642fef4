import { describe, expect, test } from "vitest";
import { freePorts } from "../../../src/preflight/ports/free.ts";
import { sweepOrphans } from "../../../src/preflight/ports/orphans.ts";
import type { Receipt } from "../../../src/model/events.ts";
import type { Claim } from "../../../src/preflight/ports/types.ts";
import { NOTHING_ENDED } from "../../../src/model/events.ts";
import { backend, OURS, place, web } from "./place.ts";

const GRACE = 3_000;

describe("a port freed with consent", () => {
  test("its holder gets SIGTERM, and SIGCONT in case it was stopped", async () => {
    const here = place();
    const holder = here.start(700, { command: "server" });
    here.listen(5050, 700);
    const { freed, diagnostics } = await freePorts(here.system, await here.look(), GRACE);
    expect(freed).toEqual([{ port: 5050, ended: [{ pid: 700, command: "server", how: "SIGTERM" }] }]);
    expect(diagnostics).toEqual([]);
    expect(holder.got).toEqual(["SIGTERM"]);
  });

  test("a holder that ignores SIGTERM is killed after its grace", async () => {
    const here = place();
    const holder = here.start(700, { on: (signal) => (signal === "SIGKILL" ? "ends" : "stays") });
    here.listen(5050, 700);
    const before = here.clock.monotonic();
    const { freed } = await freePorts(here.system, await here.look(), GRACE);
    expect(freed[0]?.ended[0]?.how).toBe("SIGKILL");
    expect(holder.got).toEqual(["SIGTERM", "SIGCONT", "SIGKILL"]);
    expect(here.clock.monotonic() - before).toBeGreaterThanOrEqual(GRACE);
  });

  test("every holder of the port is ended", async () => {
    const here = place();
    for (const pid of [700, 701]) {
      here.start(pid);
      here.listen(5050, pid);
    }
    const { freed } = await freePorts(here.system, await here.look(), GRACE);
    expect(freed[0]?.ended.map(({ pid }) => pid)).toEqual([700, 701]);
  });

  test("a child that takes the port over is left to kill-port", async () => {
    const here = place();
    here.start(700, {
      on(signal) {
        if (signal !== "SIGTERM") return "stays";
        here.listen(5050, 701);
        return "ends";
      },
    });
    here.start(701, { ppid: 700 });
    here.listen(5050, 700);
    const { freed } = await freePorts(here.system, await here.look(), GRACE);
    expect(here.killedPorts).toEqual([5050]);
    expect(freed[0]?.ended).toEqual([
      { pid: 700, command: "program-700", how: "SIGTERM" },
      { pid: 701, command: "", how: "kill-port" },
    ]);
  });

  test("what takes the port over from elsewhere was not agreed to, and stays", async () => {
    const here = place();
    here.start(700, {
      on() {
        here.start(800);
        here.listen(5050, 800);
        return "ends";
      },
    });
    here.listen(5050, 700);
    const { freed, diagnostics } = await freePorts(here.system, await here.look(), GRACE);
    expect(freed).toEqual([]);
    expect(here.killedPorts).toEqual([]);
    expect(here.all().some(({ pid }) => pid === 800)).toBe(true);
    expect(diagnostics).toMatchObject([
      {
        code: "DEVPM_PORT_NOT_FREED",
        summary: "Port 5050 is still held after its holder was asked to stop",
        fixes: [{ command: "devpm dev --port backend=5051" }],
      },
    ]);
    expect(diagnostics[0]?.evidence[1]).toEqual(["holder", "pid 800  program-800"]);
  });

  test("a holder of another user cannot be ended, and is reported", async () => {
    const here = place();
    here.start(700, { denied: true, user: "root" });
    here.listen(5050, 700);
    const { freed, diagnostics } = await freePorts(here.system, await here.look(), GRACE);
    expect(freed).toEqual([]);
    expect(diagnostics[0]?.code).toBe("DEVPM_PORT_NOT_FREED");
  });

  test("a pid that was reused meanwhile is not signalled", async () => {
    const here = place();
    here.start(700);
    here.listen(5050, 700);
    const claims = await here.look();
    here.end(700);
    const innocent = here.start(700, { startTime: "later" });
    await freePorts(here.system, claims, GRACE);
    expect(innocent.got).toEqual([]);
  });
});

describe("left alone in spite of consent", () => {
  test.each([
    ["a guarded program", { comm: "sshd", exe: "/usr/sbin/sshd" }],
    ["the shell that devpm runs in", { pid: 400 }],
  ])("%s", async (_, more) => {
    const here = place();
    const pid = "pid" in more ? more.pid : 700;
    const one = pid === 700 ? here.start(pid, more) : here.all().find((process) => process.pid === pid)!;
    here.listen(5050, pid);
    const claims = await here.look();
    const { freed, diagnostics } = await freePorts(here.system, claims, GRACE);
    expect(freed).toEqual([]);
    expect(one.got).toEqual([]);
    expect(diagnostics).toEqual([claims[0]?.diagnostic]);
  });

  test("devpm itself", async () => {
    const here = place();
    here.listen(5050, OURS);
    await freePorts(here.system, await here.look(), GRACE);
    expect(here.all().find(({ pid }) => pid === OURS)?.got).toEqual([]);
  });

  test("what can be had is neither freed nor reported", async () => {
    const here = place();
    expect(await freePorts(here.system, await here.look())).toEqual({ freed: [], diagnostics: [] });
  });
});

describe("what a dead session left on a wanted port", () => {
  const orphan = (wanted: typeof backend, session: string): Claim => ({
    ...wanted,
    is: "orphan",
    holders: [],
    session,
    diagnostic: null,
  });
  const ended: Receipt["ended"] = [{ pid: 700, app: "backend", how: "SIGTERM" }];

  test("is swept once a session, with all of its ports, and said in one line", async () => {
    const swept: [string, number[]][] = [];
    const notices: string[] = [];
    await sweepOrphans(
      [orphan(backend, "dead"), orphan(web, "dead"), orphan({ ...web, port: 9 }, "other")],
      (session, ports) => {
        swept.push([session, ports]);
        return Promise.resolve({ ...NOTHING_ENDED, ended: session === "dead" ? ended : [] });
      },
      (text) => notices.push(text),
    );
    expect(swept).toEqual([
      ["dead", [5050, 5173]],
      ["other", [9]],
    ]);
    expect(notices).toEqual(["swept 1 leftover of an earlier session (pid 700, backend)"]);
  });

  test("nothing else is swept", async () => {
    const here = place();
    here.start(700);
    here.listen(5050, 700);
    const swept: string[] = [];
    await sweepOrphans(
      await here.look({}, [backend, web]),
      (session) => (swept.push(session), Promise.resolve({ ended: [] })),
      () => {},
    );
    expect(swept).toEqual([]);
  });
});
