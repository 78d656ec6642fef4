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
