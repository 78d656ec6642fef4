import { existsSync } from "node:fs";
import { expect } from "vitest";
import type { Seen } from "../rigs/processes.ts";
import type { Terminal } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";
import { type Place, REPOSITORY, stateFolder } from "./rig.ts";
import { rows } from "./rows.ts";
import { setTimeout as delay } from "node:timers/promises";

type Part = "cli" | "shim" | "sentinel" | "daemon";

interface Running {
  session: Terminal;
  parts: Record<Part, Seen>;
}

async function running(place: Place): Promise<Running> {
  const session = await place.ready();
  return { session, parts: { ...(await place.parts()), cli: await place.one(/bin\/devpm\.js dev/) } };
}

/** All of them at once; the fault has happened when each is gone. */
async function killed(place: Place, seen: readonly Seen[]): Promise<void> {
  await place.stroke("SIGKILL", ...seen);
  await until("the killed to be gone", () => seen.every((one) => !place.alive(one)));
}

const stopped = async (place: Place, seen: Seen): Promise<void> => {
  await place.stroke("SIGSTOP", seen);
  await until("it to be stopped", () => place.left().find((one) => one.pid === seen.pid)?.state === "T");
};

const strokes: Record<string, Part[]> = {
  "SIGKILL of the sentinel": ["sentinel"],
  "SIGKILL of the shim": ["shim"],
  "SIGKILL of the CLI and the sentinel": ["cli", "sentinel"],
  "SIGKILL of the CLI and the shim": ["cli", "shim"],
  "SIGKILL of the CLI and the PM2 daemon": ["cli", "daemon"],
};

rows({
  ...Object.fromEntries(
    Object.entries(strokes).map(([name, parts]) => [
      name,
      async (place: Place) => {
        const { session, parts: found } = await running(place);
        await killed(
          place,
          parts.map((part) => found[part]),
        );
        if (!parts.includes("cli")) {
          expect((await session.ended()).code).toBe(1);
          expect(session.output()).toMatch(new RegExp(`the ${parts[0]} that guards this session was killed`));
          place.clean();
        }
        await place.becomesClean();
        // by the sentinel, which records what it did, or by the shim
        const how = parts.includes("sentinel") ? "did not end by itself: its devpm was killed" : "its guardian ended";
        if (parts.includes("cli")) expect((await place.devpm("status")).output).toContain(how);
      },
    ]),
  ),

  "SIGKILL of the CLI": async (place) => {
    const { session, parts } = await running(place);
    await killed(place, [parts.cli]);
    expect((await session.ended()).signal).toBe("SIGKILL");
    await place.becomesClean();
    const { code, output } = await place.devpm("down");
    expect(output).toMatch(/ended by its guardian/);
    expect(output).toMatch(/stopped backend and web/);
    expect(code).toBe(0);
    expect((await place.devpm("down")).output).toBe("nothing is running here\n");
  },

  "what the guardian ended is reported by the next devpm dev": async (place) => {
    const { parts } = await running(place);
    await killed(place, [parts.cli]);
    await place.becomesClean();
    const next = await place.ready();
    expect(next.output()).toMatch(/the last session's devpm was killed; its guardian ended backend and web/);
    next.write("\x03");
    expect((await next.ended()).code).toBe(130);
    place.clean();
  },

  "a throw in the CLI": async (place) => {
    place.env.NODE_OPTIONS = `--import=${REPOSITORY}/test/faults/throw.mjs`;
    const session = await place.ready();
    place.namespace.kill(session.pid, "SIGUSR2");
    expect((await session.ended()).code).toBe(70);
    expect(session.output()).toMatch(/thrown by the fault table/);
    place.clean();
  },

  "SIGKILL of every node process of the session": async (place) => {
    await running(place);
    const nodes = place.named(/^\S*node |God Daemon|^node /);
    expect(nodes.length).toBe(3);
    await killed(place, nodes);
    await place.becomesClean();
  },

  "SIGKILL of every python process of the session": async (place) => {
    const { session } = await running(place);
    const pythons = place.named(/^\S*python3? /);
    expect(pythons.length).toBe(4);
    await killed(place, pythons);
    expect((await session.ended()).code).toBe(1);
    place.clean();
  },

  "SIGKILL of the CLI, the sentinel and the shim, then devpm down": async (place) => {
    const { parts } = await running(place);
    // none of them gets to act on the end of another
    await place.stroke("SIGSTOP", parts.cli, parts.sentinel, parts.shim);
    await killed(place, [parts.cli, parts.sentinel, parts.shim]);
    expect(place.left().length).toBeGreaterThan(4);
    expect((await place.devpm("status")).output).toMatch(
      /processes of a session that was killed are left .*devpm down/,
    );
    const { code, output } = await place.devpm("down");
    expect(code).toBe(0);
    expect(output).toMatch(/stopped backend and web/);
    place.clean();
  },

  "SIGKILL of the PM2 daemon, then Ctrl+C": async (place) => {
    const { session, parts } = await running(place);
    await place.stroke("SIGKILL", parts.daemon);
    session.write("\x03");
    await session.ended();
    expect(place.alive(parts.daemon)).toBe(false);
    place.clean();
    expect(session.output()).toMatch(/ports 5050 and 5173 are free/);
  },

  "SIGSTOP of the PM2 daemon, then Ctrl+C": async (place) => {
    const { session, parts } = await running(place);
    await stopped(place, parts.daemon);
    session.write("\x03");
    expect((await session.ended()).code).toBe(130);
    place.clean();
  },

  "SIGSTOP of the CLI": async (place) => {
    const { session, parts } = await running(place);
    const apps = (): string[] => place.left().map(({ pid, started }) => `${pid} ${started}`);
    const before = apps();
    await stopped(place, parts.cli);
    await delay(3_000);
    expect(apps()).toEqual(before);
    await place.stroke("SIGCONT", parts.cli);
    session.write("\x03");
    expect((await session.ended()).code).toBe(130);
    place.clean();
  },

  "SIGKILL of the CLI with slow requests and open streams": async (place) => {
    const { parts } = await running(place);
    const client = await place.namespace.innocent([process.execPath, "-e", CLIENT], { env: place.env });
    await until("the client to be connected", () => existsSync(`${place.base}/connected`) || connected(place));
    await killed(place, [parts.cli]);
    await place.becomesClean();
    expect(place.alive(client)).toBe(true);
  },

  "the state folder gone during the session, then SIGKILL of the CLI": async (place) => {
    const { parts } = await running(place);
    await place.namespace.run(["rm", "-rf", stateFolder(place)], { env: place.env });
    expect(existsSync(stateFolder(place))).toBe(false);
    await killed(place, [parts.cli]);
    await place.becomesClean();
  },

  "the state folder gone during the session, then Ctrl+C": async (place) => {
    const { session } = await running(place);
    await place.namespace.run(["rm", "-rf", stateFolder(place)], { env: place.env });
    expect(existsSync(stateFolder(place))).toBe(false);
    session.write("\x03");
    expect((await session.ended()).code).toBe(130);
    place.clean();
  },
});

/** Holds a stream of the web app and a half-sent request of the backend, and stays when both break. */
const CLIENT = `
const { connect } = require("node:net");
connect(5173, "::1").on("error", () => {}).write("GET /stream HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
connect(5050, "127.0.0.1").on("error", () => {}).write("GET /slow");
setInterval(() => {}, 1000);
`;

/** Both of the client's connections stand: four ends in the kernel's tables. */
async function connected(place: Place): Promise<boolean> {
  const { output } = await place.namespace.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"], { env: place.env });
  const ESTABLISHED = "01";
  const sockets = output.split("\n").map((row) => row.trim().split(/\s+/));
  const ours = sockets.filter((row) => row[3] === ESTABLISHED && /:(13BA|1435)$/.test(row[2] ?? ""));
  return ours.length === 2;
}
