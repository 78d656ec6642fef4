import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandSystem } from "../../../src/commands/shared/context.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import type { Answer, Request } from "../../../src/model/protocol.ts";
import type { SessionRecord } from "../../../src/model/session-record.ts";
import { idleApp, type AppStatus, type Status } from "../../../src/model/status.ts";
import type { EngineClient } from "../../../src/system/engine/engine-client.ts";
import { folderWith } from "../config/outside.ts";
import { environment } from "../preflight/place.ts";
import { record } from "../teardown/sample.ts";
import { virtualClock } from "../virtual-clock.ts";
import { typeIn, type Typed } from "./type-in.ts";

export const appStatus = (name: string, more: Partial<AppStatus> = {}): AppStatus => ({
  ...idleApp(name, "ready", 5050),
  pid: 100,
  url: "http://localhost:5050",
  uptimeMs: 61_000,
  ...more,
});

export const sessionStatus = (more: Partial<Status> = {}): Status => ({
  project: "market",
  root: "/p",
  namespace: "n",
  session: { id: "s1", pid: 10, startedAt: "2026-01-01T00:00:00.000Z", detached: false, state: "ready" },
  apps: [appStatus("api"), appStatus("web", { url: "http://localhost:5173", port: 5173 })],
  infra: [],
  ...more,
});

type Answers = Partial<Record<Request["op"], Answer | null | ((request: Request) => Answer | null)>>;

/** A folder with a session whose engine gives these answers; what is not named is answered with its status. */
export function runningSession(answers: Answers | null = {}, more: Partial<SessionRecord> = {}) {
  const home = folderWith({});
  const instance = instanceOf(home, { ...environment, cwd: home, home, shell: { DEVPM_HOME: home } });
  const file = record({ root: home, socket: path.join(home, "engine.sock"), ...more });
  const asked: Request[] = [];
  const clock = virtualClock();
  let closed = 0;
  const here = {
    alive: true,
    stopped: false,
    /** Pids of what is alive although its engine is not. */
    left: [] as number[],
    refused: null as string | null,
    overrides: {} as Partial<CommandSystem>,
    /** Attempts to connect that fail before one does not. */
    misses: 0,
    /** Of the terminal; absent: as a test's terminal is. */
    columns: undefined as number | undefined,
  };
  mkdirSync(instance.folder, { recursive: true });
  writeFileSync(instance.sessionFile, JSON.stringify(file));
  const engine = (): EngineClient => ({
    refused: here.refused,
    ask: ((request: Request) => {
      asked.push(request);
      if (here.refused !== null) return Promise.resolve({ ok: false, error: here.refused });
      const given = answers![request.op];
      const answer = typeof given === "function" ? given(request) : given;
      return Promise.resolve(answer === undefined ? { ok: true, status: sessionStatus() } : answer);
    }) as EngineClient["ask"],
    events: () => Promise.resolve(null),
    close: () => void closed++,
  });
  const overrides: Partial<CommandSystem> = {
    clock,
    processes: {
      alive: (one) => here.alive || here.left.includes(one.pid),
      isStopped: () => here.stopped,
      carrying: () => here.left,
    },
    connectEngine: () => Promise.resolve(answers === null || here.misses-- > 0 ? null : engine()),
  };
  return {
    here,
    home,
    instance,
    clock,
    asked: (): string[] => asked.map(({ op }) => op),
    requests: asked,
    closed: () => closed,
    /** Types a command there. */
    type: (...words: string[]): Promise<Typed> =>
      clock.run(
        typeIn(
          { home, overrides: { ...overrides, ...here.overrides }, ...(here.columns ? { columns: here.columns } : {}) },
          ...words,
        ),
      ),
    /** It has a socket: its engine is past its start. */
    listens: () => writeFileSync(file.socket, ""),
  };
}
