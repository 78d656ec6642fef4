import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { isFreeable, waysOut } from "../../../src/preflight/ports/diagnostics.ts";
import { together } from "../../../src/preflight/ports/together.ts";
import type { Claim, ClaimClass, WantedPort } from "../../../src/preflight/ports/types.ts";
import { identity, record } from "../teardown/sample.ts";
import { backend, place, web } from "./place.ts";

const other = record({ id: "s2", project: "market", root: "/home/ana/market", engine: identity(900), sentinel: null });
const claimed = new Map([[5050, other]]);

async function diagnosticOf(claims: Promise<Claim[]>): Promise<Diagnostic> {
  const [claim] = await claims;
  if (!claim?.diagnostic) throw new Error(`no diagnostic: ${JSON.stringify(claim)}`);
  return claim.diagnostic;
}

const linesOf = (one: Diagnostic["evidence"][number] | undefined): readonly string[] => [one?.[1] ?? []].flat();

const commands = ({ fixes }: Diagnostic): string[] => fixes.map(({ command }) => command);

/** What would end, remove or kill something. */
const DESTRUCTIVE = /\b(?:kill|stop|rm|down|prune|free-ports)\b/;

describe("a foreign process on the port", () => {
  const look = () => {
    const here = place();
    here.start(700, {
      command: "python3 -m http.server 5050",
      cwd: "/home/ana/old",
      startedAt: new Date(here.clock.now().getTime() - 60_000),
    });
    here.listen(5050, 700);
    return here;
  };

  test("is named by what a person would ask: pid, command, user, since when, where", async () => {
    const { evidence, state } = await diagnosticOf(look().look());
    expect(evidence[0]).toEqual(["app", "backend (apps.backend.port)"]);
    expect(evidence[1]?.[1]).toMatchObject(
      ["pid 700  python3 -m http.server 5050", /^user ana, started \d\d:\d\d, in ~\/old$/].map((one) =>
        typeof one === "string" ? one : expect.stringMatching(one),
      ),
    );
    expect(state).toBe("Nothing was started. devpm never stops a process it did not start.");
  });

  test("another port comes first, and what ends the process after it", async () => {
    expect(commands(await diagnosticOf(look().look()))).toEqual([
      "devpm dev --port backend=5051",
      "kill 700",
      "devpm dev --free-ports",
    ]);
  });

  test("one from an earlier day is given with its day", async () => {
    const here = look();
    here.start(700, { startedAt: new Date("2025-12-24T08:05:00"), cwd: null });
    const { evidence } = await diagnosticOf(here.look());
    expect(evidence[1]?.[1]).toContain("user ana, started 2025-12-24 08:05");
  });

  test("a long command is cut", async () => {
    const here = look();
    here.start(700, { command: "x".repeat(500) });
    const { evidence } = await diagnosticOf(here.look());
    const [line = ""] = linesOf(evidence[1]);
    expect(line).toBe(`pid 700  ${"x".repeat(119)}…`);
  });

  test("what runs below it is shown, two by name and the rest counted", async () => {
    const here = look();
    for (const pid of [701, 702, 703, 704]) here.start(pid, { ppid: 700, command: `child-${pid}` });
    const { evidence } = await diagnosticOf(here.look());
    expect(linesOf(evidence[1]).slice(2)).toEqual([
      "below it: pid 701  child-701",
      "below it: pid 702  child-702",
      "below it: 2 more",
    ]);
  });

  test("the other port is one that browsers open", async () => {
    const here = look();
    here.listen(5059, 700);
    const [claim] = await here.look({}, [{ ...backend, port: 5059 }]);
    expect(commands(claim!.diagnostic!)[0]).toBe("devpm dev --port backend=5062");
  });

  test("what must not be ended has no command that ends it", async () => {
    const here = look();
    here.start(700, { comm: "sshd", exe: "/usr/sbin/sshd" });
    const [claim] = await here.look();
    expect(commands(claim!.diagnostic!)).toEqual(["devpm dev --port backend=5051"]);
    expect(isFreeable(claim!)).toBe(false);
  });

  test.each([
    ["/home/ana/.pm2", "pm2 stop api"],
    ["/srv/my pm2", "PM2_HOME='/srv/my pm2' pm2 stop api"],
  ])("an app of the PM2 in %s is stopped there", async (folder, command) => {
    const here = look();
    here.start(600, { command: `PM2 v7.0.4: God Daemon (${folder})` });
    here.start(700, { ppid: 600, env: { name: "api" } });
    const [claim] = await here.look();
    expect(commands(claim!.diagnostic!)).toContain(command);
    expect(isFreeable(claim!)).toBe(false);
  });
});

describe("every class of a port that cannot be had", () => {
  const cases: [string, () => Promise<Claim[]>, string, string[]][] = [
    [
      "a container",
      () => place().look({ containersPublishing: () => Promise.resolve({ name: "shop-db-1", project: "shop" }) }),
      "DEVPM_PORT_HELD_CONTAINER",
      ["devpm dev --port backend=5051", "docker stop shop-db-1"],
    ],
    [
      "another session",
      () => place().look({ claimed }),
      "DEVPM_PORT_HELD_SESSION",
      ["devpm dev --port backend=5051", "devpm -C /home/ana/market down"],
    ],
    [
      "another session whose folder is gone: nobody can go there",
      () => place().look({ claimed, isGone: (root) => Promise.resolve(root === "/home/ana/market") }),
      "DEVPM_PORT_HELD_SESSION",
      ["devpm dev --port backend=5051", "kill 900"],
    ],
    [
      "this project's own session: another port would not help",
      () => place().look({ claimed, root: "/home/ana/market" }),
      "DEVPM_PORT_HELD_SESSION",
      ["devpm dev --port backend=5051", "devpm -C /home/ana/market down"],
    ],
    [
      "an unseen process",
      () => {
        const here = place();
        here.listen(5050, null, 0);
        return here.look();
      },
      "DEVPM_PORT_HELD_INVISIBLE",
      ["devpm dev --port backend=5051", "sudo ss -ltnp 'sport = :5050'"],
    ],
    [
      "the last connections",
      () => {
        const here = place();
        here.binds.set(5050, "taken");
        here.resting.add(5050);
        return here.look();
      },
      "DEVPM_PORT_TIME_WAIT",
      ["devpm dev --port backend=5051", "devpm dev"],
    ],
    [
      "no permission: any other port from 1024 on",
      () => {
        const here = place();
        here.binds.set(80, "forbidden");
        return here.look({}, [{ ...backend, port: 80 }]);
      },
      "DEVPM_PORT_FORBIDDEN",
      ["devpm dev --port backend=1024"],
    ],
  ];

  test.each(cases)("%s", async (_, look, code, fixes) => {
    const diagnostic = await diagnosticOf(look());
    expect(diagnostic).toMatchObject({ code, severity: "error", state: "Nothing was started." });
    expect(commands(diagnostic)).toEqual(fixes);
    expect(diagnostic.fixes[0]?.command).not.toMatch(DESTRUCTIVE);
  });

  test("on macOS an unseen holder is looked for with lsof", async () => {
    const here = place({ platform: "darwin" });
    here.listen(5050, null);
    expect(commands(await diagnosticOf(here.look()))[1]).toBe("sudo lsof -nP -iTCP:5050");
  });

  test("this project's session that listens there: look at it, or end it", async () => {
    const here = place();
    here.start(900);
    here.start(700, { env: { DEVPM_SESSION: "s2" } });
    here.listen(5050, 700);
    const diagnostic = await diagnosticOf(here.look({ otherSessions: [other], root: "/home/ana/market" }));
    expect(commands(diagnostic)).toEqual(["devpm status", "devpm down"]);
    expect(diagnostic.summary).toBe("Port 5050 is used by this project's running session");
  });
});

describe("the flags that avoid every claim at once", () => {
  const claim = (wanted: WantedPort, found: ClaimClass): WantedPort & ClaimClass => ({ ...wanted, ...found });
  const resting: ClaimClass = { is: "time-wait" };

  test("one flag for each app, each with a port of its own", () => {
    const { system } = place();
    const one = { ...backend, port: 5050 };
    const next = { ...web, port: 5051 };
    expect(waysOut(system, [claim(one, resting), claim(next, resting)])).toBe("--port backend=5052 --port web=5053");
  });

  test("avoids what is listened on, claimed elsewhere, and wanted by another app", () => {
    const here = place();
    here.listen(5051, null);
    const claims = [claim(backend, resting), claim({ ...web, port: 5053 }, { is: "free" })];
    expect(waysOut(here.system, claims, [5052])).toBe("--port backend=5054");
  });

  test.each(["free", "mine"] as const)("leaves alone what can be had (%s)", (is) => {
    expect(waysOut(place().system, [claim(backend, { is })])).toBe("");
  });

  test("a further port is changed in the configuration: no flag moves it", () => {
    expect(waysOut(place().system, [claim({ ...backend, key: "apps.backend.ports[0]" }, resting)])).toBe("");
  });

  test("an app's name is quoted where a shell would take it apart", () => {
    expect(waysOut(place().system, [claim({ ...backend, app: "my api" }, resting)])).toBe("--port 'my api=5051'");
  });

  test("at the end of the range it looks down", () => {
    expect(waysOut(place().system, [claim({ ...backend, port: 65_535 }, resting)])).toBe("--port backend=65534");
  });
});

describe("several ports of one other session", () => {
  test("are one block with one command that moves every app", async () => {
    const both = await place().look(
      {
        claimed: new Map([
          [5050, other],
          [5173, other],
        ]),
      },
      [backend, web],
    );
    const [block, ...more] = together(both);
    expect(more).toEqual([]);
    expect(block).toMatchObject({
      code: "DEVPM_PORT_HELD_SESSION",
      summary: "Ports 5050 and 5173 are used by the project market, which runs under devpm",
    });
    expect(block?.evidence).toContainEqual(["apps", "backend (5050), web (5173)"]);
    expect(block?.evidence).toContainEqual(["port 5173", "claimed, and not listened on yet"]);
    expect(block?.fixes[0]).toEqual({
      label: "use other ports",
      command: "devpm dev --port backend=5051 --port web=5174",
    });
  });

  test("of two sessions are two blocks", async () => {
    const third = { ...other, id: "s3", project: "blog", root: "/home/ana/blog" };
    const both = await place().look(
      {
        claimed: new Map([
          [5050, other],
          [5173, third],
        ]),
      },
      [backend, web],
    );
    expect(together(both)).toHaveLength(2);
  });

  test("one port stays as it is, and other classes stay apart", async () => {
    const here = place();
    here.start(700);
    here.listen(5173, 700);
    const both = await here.look({ claimed }, [backend, web]);
    expect(together(both).map(({ code }) => code)).toEqual(["DEVPM_PORT_HELD_SESSION", "DEVPM_PORT_HELD"]);
    expect(together(both)[0]).toEqual(both[0]?.diagnostic);
  });

  test("what can be had is no block", async () => {
    expect(together(await place().look())).toEqual([]);
  });
});
