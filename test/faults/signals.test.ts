import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { Terminal } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";
import { type Place, EVERY_SHAPE, backend, stateFolder, web } from "./rig.ts";
import { rows } from "./rows.ts";

const CTRL_C = "\x03";
const CTRL_Z = "\x1a";

async function pressed(session: Terminal, presses: number, apartMs: number): Promise<void> {
  for (let press = 0; press < presses; press++) {
    if (press > 0) await delay(apartMs);
    session.write(CTRL_C);
  }
}

/** The CLI has gone by itself, with this code, and at that moment nothing is left. */
async function endedClean(place: Place, session: Terminal, code: number): Promise<void> {
  expect(await session.ended()).toEqual({ code, signal: null });
  place.clean();
  expect(session.output()).toMatch(/ports 5050 and 5173 are free/);
}

rows({
  "Ctrl+C on a terminal": async (place) => {
    const session = await place.ready();
    session.write(CTRL_C);
    await endedClean(place, session, 130);
    expect(session.output()).toMatch(/stopping \(Ctrl\+C\)/);
  },

  SIGTERM: async (place) => {
    const session = await place.ready();
    place.namespace.kill(session.pid, "SIGTERM");
    await endedClean(place, session, 143);
  },

  "the terminal's window closed": async (place) => {
    const session = await place.ready();
    session.close();
    // 129 to a shell; node's own exit would end in an abort, for it cannot reach the terminal any more
    expect(await session.ended()).toEqual({ code: null, signal: "SIGHUP" });
    place.clean();
  },

  "Ctrl+C three times, 50 ms apart": async (place) => {
    const session = await place.ready();
    await pressed(session, 3, 50);
    await endedClean(place, session, 130);
    // one press to devpm: nobody was hurried into SIGKILL
    expect(session.output()).toMatch(/stopped backend and web/);
  },

  "Ctrl+C three times, 400 ms apart, with an app that ignores signals": async (place) => {
    place.config({ backend: { ...backend(...EVERY_SHAPE, "deaf"), graceMs: 60_000 }, web });
    const session = await place.ready();
    const stubborn = await place.one(/app\.py 5050/);
    session.write(CTRL_C);
    await session.waitFor(/stopping/i);
    await delay(450);
    expect(place.alive(stubborn)).toBe(true);
    await pressed(session, 2, 450);
    expect((await session.ended()).code).toBe(130);
    await place.becomesClean();
  },

  "SIGINT, and SIGHUP at once": async (place) => {
    const session = await place.ready();
    await place.namespace.run(["sh", "-c", `kill -INT ${session.pid}; sleep 0.009; kill -HUP ${session.pid}`], {
      env: place.env,
    });
    const end = await session.ended();
    place.clean();
    // where both wait until the CLI has the CPU again, the kernel hands it the lower number first
    expect([
      { code: 130, signal: null },
      { code: null, signal: "SIGHUP" },
    ]).toContainEqual(end);
  },

  "Ctrl+Z, then fg": async (place) => {
    const shell = await place.shell();
    shell.write("devpm dev\n");
    await shell.waitFor(/ready in/);
    await place.complete();
    const before = place.left().map(({ pid, started }) => `${pid} ${started}`);
    const cli = await place.one(/bin\/devpm\.js dev/);
    shell.write(CTRL_Z);
    await until("devpm to be stopped", () => place.named(/bin\/devpm\.js dev/)[0]?.state === "T");
    await shell.waitFor(/Stopped/);
    shell.write("fg\n");
    await until("devpm to go on", () => place.named(/bin\/devpm\.js dev/)[0]?.state !== "T");
    expect(place.left().map(({ pid, started }) => `${pid} ${started}`)).toEqual(before);
    expect(place.alive(cli)).toBe(true);
    shell.write(CTRL_C);
    await shell.waitFor(/are free/);
    await until("devpm's end", () => !place.alive(cli));
    place.clean([await place.one(/^bash --norc/)]);
    expect(place.namespace.listening()).not.toContain(5050);
  },

  "Ctrl+Z, then the window closed": async (place) => {
    const shell = await place.shell();
    shell.write("devpm dev\n");
    await shell.waitFor(/ready in/);
    shell.write(CTRL_Z);
    await until("devpm to be stopped", () => place.named(/bin\/devpm\.js dev/)[0]?.state === "T");
    shell.close();
    await place.becomesClean();
  },

  "Ctrl+C at every moment of the start-up": async (place) => {
    const ends: string[] = [];
    for (const ms of await moments(place, 14)) {
      const session = await place.dev();
      await delay(ms);
      session.write(CTRL_C);
      const { code, signal } = await session.ended();
      ends.push(`${ms} ms: ${signal ?? code}`);
      await place.becomesClean();
      expect(existsSync(`${stateFolder(place)}/session.json`)).toBe(false);
    }
    // the first come before node has read a line of devpm; from then on each is an ordered end
    expect(ends.at(-1)).toMatch(/130$/);
    expect(ends.filter((end) => end.endsWith("130")).length).toBeGreaterThan(2);
  },

  "SIGKILL at every moment of the start-up": async (place) => {
    let struckBefore = 0;
    for (const ms of await moments(place, 20)) {
      const session = await place.dev();
      await delay(ms);
      if (!/ready in/.test(session.output())) struckBefore++;
      place.namespace.kill(session.pid, "SIGKILL");
      expect((await session.ended()).signal).toBe("SIGKILL");
      await place.becomesClean();
    }
    expect(struckBefore).toBeGreaterThan(5);
  },
});

/**
 * So many moments, in ms, spread over a start-up as long as it takes here and now; other ones in each run: three runs are 60
 * strokes, some 20 ms apart on an idle machine.
 */
async function moments(place: Place, count: number): Promise<number[]> {
  // the first also fills the caches; one that was held up would put the strokes behind the start
  let wholeMs = Infinity;
  for (const _ of ["first", "second", "third"]) {
    const began = performance.now();
    const session = await place.dev();
    await session.waitFor(/ready in/);
    wholeMs = Math.min(wholeMs, performance.now() - began);
    session.write(CTRL_C);
    await session.ended();
  }
  const phase = (place.run % 3) / 3;
  return Array.from({ length: count }, (_, at) => Math.round(((at + phase + 1 / 3) / count) * wholeMs));
}
