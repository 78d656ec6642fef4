import { expect, test } from "vitest";
import type { Answer } from "../../../src/model/protocol.ts";
import type { AppStatus } from "../../../src/model/status.ts";
import type { HttpAnswer } from "../../../src/system/http-request.ts";
import type { Network } from "../../../src/system/network.ts";
import { appStatus, runningSession, sessionStatus } from "./running.ts";

const HUNG_UP: HttpAnswer = { error: "socket hang up", refused: false, late: false };
const REFUSED: HttpAnswer = { error: "connect ECONNREFUSED", refused: true, late: false };
const FINE: HttpAnswer = { status: 200, reason: "OK", headers: [], body: Buffer.from("fine"), cut: false };

/** What it prints where the app is in these states, one after the other, and answers like this. */
async function asked(states: Partial<AppStatus>[], answers: HttpAnswer[], ...more: string[]) {
  let looks = 0;
  // the first is asked for twice: whether it is there, and where
  const status = (): Answer => {
    const state = states[Math.min(Math.max(0, looks++ - 1), states.length - 1)];
    return { ok: true, status: sessionStatus({ apps: [appStatus("api", state)] }) };
  };
  const session = runningSession({ status, wait: { ok: true, error: null } as unknown as Answer });
  let sent = 0;
  const network = { request: () => Promise.resolve(answers[sent++]), speaksTls: () => Promise.resolve(false) };
  session.here.overrides = { network: () => Promise.resolve(network as unknown as Network) };
  const { code, out, err } = await session.type("request", "api", "/", ...more);
  return { code, sent, text: `${out}${err}` };
}

test("what ended without an answer is not asked again while nothing is in its place", async () => {
  const { code, sent, text } = await asked([{ pid: 1 }, { pid: null, state: "crashed" }], [HUNG_UP, REFUSED]);
  expect([code, sent]).toEqual([1, 1]);
  expect(text).toContain("socket hang up");
});

test("another process is waited for, and asked what only reads", async () => {
  const states: Partial<AppStatus>[] = [{ pid: 1 }, { pid: 2, state: "starting" }, { pid: 2 }];
  expect(await asked(states, [HUNG_UP, FINE])).toMatchObject({ code: 0, sent: 2 });
  expect(await asked(states, [HUNG_UP, FINE], "-X", "POST")).toMatchObject({ code: 1, sent: 1 });
});

test("what was refused was not sent", async () => {
  expect(await asked([{ pid: 1 }], [REFUSED, FINE], "-X", "POST")).toMatchObject({ code: 0, sent: 2 });
});

test("a session that still loads its configuration is waited for; one without this app says so", async () => {
  const api = [appStatus("api")];
  const ask = async (later: AppStatus[]) => {
    let isLoaded = false;
    const starting = { ...sessionStatus().session!, state: "starting" as const };
    const status = (): Answer => ({
      ok: true,
      status: isLoaded ? sessionStatus({ apps: later }) : sessionStatus({ apps: [], session: starting }),
    });
    const wait = (): Answer => {
      isLoaded = true;
      return { ok: true, error: null } as unknown as Answer;
    };
    const session = runningSession({ status, wait });
    const network = { request: () => Promise.resolve(FINE), speaksTls: () => Promise.resolve(false) };
    session.here.overrides = { network: () => Promise.resolve(network as unknown as Network) };
    return session.type("request", "api", "/");
  };
  expect(await ask(api)).toMatchObject({ code: 0 });
  const none = await ask([appStatus("web")]);
  expect(none.code).toBe(1);
  expect(none.err).toMatch(/api is no app of a running session, so it cannot be asked[^]*devpm status\n/);
});

test("a session that ends meanwhile is no app that can be waited for", async () => {
  let looks = 0;
  const status = (): Answer | null => (looks++ < 2 ? { ok: true, status: sessionStatus() } : null);
  const session = runningSession({ status });
  const network = { request: () => Promise.resolve(HUNG_UP), speaksTls: () => Promise.resolve(false) };
  session.here.overrides = { network: () => Promise.resolve(network as unknown as Network) };
  const { code, err } = await session.type("request", "api", "/", "-X", "POST");
  expect(code).toBe(1);
  expect(err).toMatch(/api did not answer[^]*devpm status\n/);
  expect(err).not.toContain("devpm wait");
});

test("whether it speaks TLS is not waited for longer than the time that is left", async () => {
  const waits: number[] = [];
  const session = runningSession({ status: () => ({ ok: true, status: sessionStatus({ apps: [appStatus("api")] }) }) });
  const network = {
    request: () => Promise.resolve(HUNG_UP),
    speaksTls: (_: number, ms: number) => (waits.push(ms), Promise.resolve(false)),
  };
  session.here.overrides = { network: () => Promise.resolve(network as unknown as Network) };
  for (const timeout of ["30", "0.5"])
    expect(await session.type("request", "api", "/", "-X", "POST", "--timeout", timeout)).toMatchObject({ code: 1 });
  expect(waits).toHaveLength(2);
  expect(waits[0]).toBe(2_000);
  expect(waits[1]).toBeLessThanOrEqual(500);
});
