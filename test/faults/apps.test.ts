import { createServer } from "node:net";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { Terminal } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";
import { type Place, backend, programNamed, python, stateFolder, web } from "./rig.ts";
import { rows } from "./rows.ts";

interface Shape {
  shapes: string[];
  /** What of it must run before the end is asked for: then the fault has happened. */
  runs: RegExp[];
  /** Of the root, where something is particular about it. */
  state?: string;
  /** What the receipt says beyond the free ports. */
  said?: RegExp;
  /** The app never becomes ready: it is waited for by these words. */
  waitsFor?: RegExp;
}

const root = /app\.py 5050/;

const shapes: Record<string, Shape> = {
  "an app that ignores INT and TERM": { shapes: ["deaf"], runs: [root], said: /by SIGKILL/ },
  "an app that is stopped (SIGSTOP)": { shapes: ["stopped"], runs: [root], state: "T", waitsFor: /serving/ },
  "a daemon (double fork, setsid) on 5050": { shapes: ["away"], runs: [root] },
  "a daemon without environment (env -i setsid)": { shapes: ["bare"], runs: [/^sleep 4004/] },
  "a daemon that overwrote its environment": { shapes: ["title"], runs: [/--be title/] },
  "a root that crashes while its child keeps the port": {
    shapes: ["child", "crash"],
    runs: [root],
    waitsFor: /DEVPM_APP_CRASHED/,
  },
  "a helper spawned on TERM": { shapes: ["helper"], runs: [root] },
  "a chain that forks with setsid every 5 ms": { shapes: ["chain"], runs: [/--be chain/] },
};

async function up(place: Place, { shapes: names, runs, state, waitsFor }: Shape): Promise<Terminal> {
  place.config({ backend: backend(...names), web });
  const session = await place.dev();
  await session.waitFor(waitsFor ?? /ready in/);
  for (const pattern of runs) await place.one(pattern);
  if (state) await until(`state ${state}`, () => place.named(root)[0]?.state === state);
  expect(place.namespace.listening()).toContain(5050);
  return session;
}

function ends(shape: Shape): [string, (place: Place) => Promise<void>][] {
  return [
    [
      "Ctrl+C",
      async (place) => {
        const session = await up(place, shape);
        session.write("\x03");
        expect((await session.ended()).code).toBe(130);
        place.clean();
        expect(session.output()).toMatch(/ports 5050 and 5173 are free/);
        if (shape.said) expect(session.output()).toMatch(shape.said);
      },
    ],
    [
      "SIGKILL",
      async (place) => {
        const session = await up(place, shape);
        place.namespace.kill(session.pid, "SIGKILL");
        expect((await session.ended()).signal).toBe("SIGKILL");
        await place.becomesClean();
      },
    ],
  ];
}

rows(
  Object.fromEntries(
    Object.entries(shapes).flatMap(([name, shape]) => ends(shape).map(([end, act]) => [`${name}: ${end}`, act])),
  ),
);

rows({
  "an app that opens firefox": async (place) => {
    place.env.BROWSER_TO_OPEN = programNamed(place, "firefox");
    place.config({ backend: backend("browser"), web });
    const session = await place.dev();
    await session.waitFor(/ready in/);
    const firefox = await place.one(/firefox 4006/);
    session.write("\x03");
    expect((await session.ended()).code).toBe(130);
    place.clean([firefox]);
    expect(session.output()).toMatch(new RegExp(`left alone: pid ${firefox.pid} .*firefox 4006`));
    expect(place.namespace.listening()).not.toContain(5050);
  },

  "an app that opens firefox: SIGKILL": async (place) => {
    place.env.BROWSER_TO_OPEN = programNamed(place, "firefox");
    place.config({ backend: backend("browser"), web });
    const session = await place.dev();
    await session.waitFor(/ready in/);
    const firefox = await place.one(/firefox 4006/);
    place.namespace.kill(session.pid, "SIGKILL");
    await place.becomesClean([firefox]);
    const { output, code } = await place.devpm("down");
    expect(code).toBe(0);
    expect(output).toMatch(new RegExp(`left alone: pid ${firefox.pid}`));
  },

  "Ctrl+C during pip install": (place) =>
    duringSetup(place, [...PIP, "install", "--target", "there", "--index-url", `${SLOW}/simple`, "x"]),

  "Ctrl+C during npm install": async (place) => {
    writeFileSync(path.join(place.root, "package.json"), JSON.stringify({ dependencies: { "left-pad": "1.3.0" } }));
    await duringSetup(place, ["npm", "install", "--registry", SLOW, "--cache", path.join(place.base, "npm")]);
  },

  "Ctrl+C while compose pulls": (place) =>
    whilePulling(place, async (session) => {
      session.write("\x03");
      expect((await session.ended()).code).toBe(130);
      place.clean();
    }),

  "SIGKILL of the CLI while compose pulls": (place) =>
    whilePulling(place, async (session) => {
      const pull = await place.one(/docker-compose .* pull db/);
      place.namespace.kill(session.pid, "SIGKILL");
      expect((await session.ended()).signal).toBe("SIGKILL");
      await place.becomesClean();
      // it would give up by itself, some time
      const { receipt } = JSON.parse(readFileSync(path.join(stateFolder(place), "ended.json"), "utf8")) as Told;
      expect(receipt.ended.map(({ pid }) => pid)).toContain(pull.pid);
    }),
});

interface Told {
  receipt: { ended: { pid: number }[] };
}

/** A session whose service is pulled from a registry that never answers: outside of the namespace, as the engine is. */
async function whilePulling(place: Place, act: (session: Terminal) => Promise<void>): Promise<void> {
  const registry = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => void registry.listen(0, "127.0.0.1", resolve));
  const asked = new Promise<void>((resolve) => registry.once("connection", () => resolve()));
  const { port } = registry.address() as { port: number };
  try {
    execFileSync("docker", ["version"], { stdio: "ignore" });
    const services = { db: { image: `127.0.0.1:${port}/never:1` } };
    writeFileSync(path.join(place.root, "compose.yml"), JSON.stringify({ name: `f${port}`, services }));
    const waiting = { ...backend(), dependsOn: ["db"] };
    place.config({ backend: waiting, web }, { infra: { compose: "compose.yml", services: ["db"] } });
    const session = await place.dev();
    await asked;
    await place.one(/web\.mjs 5173/);
    await act(session);
  } finally {
    registry.close();
  }
}

const PIP = ["python3", "-m", "pip"];
const SLOW = "http://127.0.0.1:5999";

/** Accepts, and never answers. */
const SILENT = `import socket; s = socket.create_server(("127.0.0.1", 5999)); kept = []
while True: kept.append(s.accept())`;

async function duringSetup(place: Place, run: string[]): Promise<void> {
  await place.namespace.innocent(["python3", "-c", SILENT], { env: place.env });
  await until("the silent index", () => place.namespace.listening().includes(5999));
  place.config({ backend: { ...python(5050), port: 5050, setup: [{ run, inputs: [] }] }, web });
  const session = await place.dev();
  await place.one(/(pip|npm) install/);
  await until("its question to the index", async () => {
    const { output } = await place.namespace.run(["cat", "/proc/net/tcp"], { env: place.env });
    return /:176F 0100007F:\w+ 01 /.test(output);
  });
  session.write("\x03");
  expect((await session.ended()).code).toBe(130);
  place.clean();
}
