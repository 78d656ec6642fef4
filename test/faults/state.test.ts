import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { packageManager } from "../rigs/package-managers.ts";
import { until } from "../rigs/wait.ts";
import { openTerminal } from "../rigs/terminal.ts";
import { type Place, EVERY_SHAPE, backend, python, stateFolder, web } from "./rig.ts";
import { rows } from "./rows.ts";

rows({
  "devpm down and Ctrl+C at the same moment": async (place) => {
    const session = await place.ready();
    const down = place.devpm("down");
    await until("devpm down to run", () => place.named(/devpm\.js down/)[0]);
    session.write("\x03");
    expect([0, 130]).toContain((await session.ended()).code);
    expect(await down).toMatchObject({ code: 0 });
    place.clean();
  },

  "the sentinel and the shim take less than 20 MB together": async (place) => {
    const session = await place.ready();
    const { shim, sentinel } = await place.parts();
    const pss = (pid: number): number =>
      Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`${place.namespace.proc}/${pid}/smaps_rollup`, "utf8"))?.[1]);
    expect(pss(shim.pid) + pss(sentinel.pid)).toBeLessThan(20_000);
    session.write("\x03");
    await session.ended();
    place.clean();
  },

  "devpm down from another terminal": async (place) => {
    const session = await place.ready();
    const { code, output } = await place.devpm("down", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ leftovers: [], spared: [], portsFree: [5050, 5173] });
    place.clean();
    expect((await session.ended()).code).toBe(0);
  },

  "a detached session: SIGKILL of its engine": async (place) => {
    const { code, output } = await place.devpm("dev", "--detach");
    expect(`${code} ${output}`).toMatch(/^0 /);
    await place.parts();
    const status = JSON.parse((await place.devpm("status", "--json")).output) as { session: { pid: number } };
    const engine = place.left().find((seen) => seen.pid === status.session.pid)!;
    await place.stroke("SIGKILL", engine);
    await until("its end", () => !place.alive(engine));
    await place.becomesClean();
  },

  "two sessions, one killed": async (place) => {
    const other = path.join(place.base, "other");
    mkdirSync(other);
    const apps = { api: { ...python(5052, ...EVERY_SHAPE), port: 5052 } };
    writeFileSync(path.join(other, "ecosystem.config.json"), JSON.stringify({ apps }));
    const second = await place.namespace.run(["devpm", "-C", other, "dev", "-d"], { env: place.env, cwd: place.root });
    expect(second).toMatchObject({ code: 0 });
    // its port answers before its last daemon is there
    await place.one(/--be title/);
    const theirs = place.left();
    const before = theirs.map(({ pid, started }) => `${pid} ${started}`);
    const session = await place.ready();
    place.namespace.kill(session.pid, "SIGKILL");
    expect((await session.ended()).signal).toBe("SIGKILL");
    await place.becomesClean(theirs);
    expect(place.left().map(({ pid, started }) => `${pid} ${started}`)).toEqual(before);
    const end = await place.namespace.run(["devpm", "-C", other, "down"], { env: place.env, cwd: place.root });
    expect(end).toMatchObject({ code: 0 });
    place.clean();
  },

  "a recycled pid in a session file": async (place) => {
    const session = await place.ready();
    const parts = await place.parts();
    const innocent = await place.namespace.innocent(["sleep", "100003"], { env: place.env });
    const file = path.join(stateFolder(place), "session.json");
    const read = () =>
      JSON.parse(readFileSync(file, "utf8")) as {
        apps: { pids: { pid: number }[] }[];
        daemon: { pid: number };
        strays?: { pid: number }[];
      };
    await until("every process is recorded", () => read().strays !== undefined);
    // none of them gets to act on the end of another
    await place.stroke("SIGSTOP", session.pid, parts.sentinel, parts.shim);
    await place.stroke("SIGKILL", session.pid, parts.sentinel, parts.shim);
    await until("they are gone", () => !place.alive(parts.shim));
    const record = read();
    // every pid but the daemon's has been given to somebody else since
    record.apps[0]!.pids.unshift({ ...record.apps[0]!.pids[0]!, pid: innocent.pid });
    record.strays!.push({ ...record.daemon, pid: innocent.pid });
    writeFileSync(file, JSON.stringify(record));
    expect(await place.devpm("down")).toMatchObject({ code: 0 });
    place.clean();
    expect(place.alive(innocent)).toBe(true);
  },

  "disk full during the session, then Ctrl+C": async (place) => {
    await onSmallDisk(place);
    const session = await place.ready();
    await fill(place);
    session.write("\x03");
    expect((await session.ended()).code).toBe(130);
    place.clean();
  },

  "disk full during the session, then SIGKILL of the CLI": async (place) => {
    await onSmallDisk(place);
    const session = await place.ready();
    await fill(place);
    place.namespace.kill(session.pid, "SIGKILL");
    await session.ended();
    await place.becomesClean();
  },

  "Ctrl+C through npm": (place) => throughManager(place, ["npm", "run", "dev"]),
  "Ctrl+C through pnpm": (place) =>
    throughManager(place, [process.execPath, packageManager("pnpm@9", "pnpm/bin/pnpm.cjs"), "run", "dev"]),
  "Ctrl+C through yarn 1": (place) =>
    throughManager(place, [process.execPath, packageManager("yarn@1", "yarn/bin/yarn.js"), "run", "dev"]),
});

/** The state folder on a disk of 8 MB: mounted inside, where it ends with the namespace. */
async function onSmallDisk(place: Place): Promise<void> {
  const disk = path.join(place.base, "state");
  mkdirSync(disk);
  const mounted = await place.namespace.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], {
    env: place.env,
  });
  expect(mounted).toMatchObject({ code: 0 });
  place.config({ backend: backend(...EVERY_SHAPE), web });
}

/** The session writes its own files meanwhile: what one of them gave back as it failed is filled too. */
async function fill(place: Place): Promise<void> {
  const disk = path.join(place.base, "state");
  const tried = await until("the disk to be full", async () => {
    await place.namespace.run(["sh", "-c", `cat /dev/zero >>${disk}/filler`], { env: place.env });
    const more = await place.namespace.run(["sh", "-c", `echo more >>${disk}/more`], { env: place.env });
    return more.code === 0 ? null : more;
  });
  expect(tried.output).toMatch(/No space left|I\/O error/);
}

async function throughManager(place: Place, command: string[]): Promise<void> {
  const scripts = { dev: "devpm dev" };
  writeFileSync(path.join(place.root, "package.json"), JSON.stringify({ name: "shop", private: true, scripts }));
  const session = await openTerminal(command, { cwd: place.root, env: place.env, through: place.namespace.enter() });
  try {
    await session.waitFor(/ready in/);
    const cli = await place.one(/devpm\.js dev/);
    await place.parts();
    session.write("\x03");
    await session.ended();
    await until("devpm's end", () => !place.alive(cli));
    await place.becomesClean();
    // what devpm printed last may come after the manager's end
    await until("the receipt", () => /ports 5050 and 5173 are free/.test(session.output()), {
      describe: () => session.output(),
    });
  } finally {
    session.close();
  }
}
