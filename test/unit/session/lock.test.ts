import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { instanceOf } from "../../../src/model/instance.ts";
import { parseRecord } from "../../../src/model/session-record.ts";
import { bug } from "../../../src/diagnostics/bug.ts";
import { keepBug, takeBug } from "../../../src/session/store/last-bug.ts";
import { acquireLock, archiveStale, staleSessions } from "../../../src/session/store/lock.ts";
import { socketsFor } from "../../../src/session/store/state-folder.ts";
import { files, type Files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";
import { machine } from "../machine.ts";
import { environment } from "../preflight/place.ts";
import { identity, record } from "../teardown/sample.ts";

function room(more: Partial<Files> = {}) {
  const home = folderWith({});
  const simulated = machine();
  const where = { ...environment, shell: { DEVPM_HOME: home } };
  const instance = instanceOf("/home/ana/shop", where);
  const system = {
    files: { ...files, ...more },
    processes: simulated.processes,
    environment: where,
    clock: simulated.clock,
  };
  const session = (id: string, pid: number) => {
    simulated.start(pid);
    return record({ id, engine: identity(pid) });
  };
  return {
    ...simulated,
    system,
    instance,
    session,
    stored: () => parseRecord(readFileSync(instance.sessionFile, "utf8")),
  };
}

describe("the lock of an instance", () => {
  test("is taken by the first, and the second is told whose it is", async () => {
    const here = room();
    const first = await acquireLock(here.system, here.instance, here.session("a", 10));
    expect(first.ok).toBe(true);
    const second = await acquireLock(here.system, here.instance, here.session("b", 20));
    expect(second).toMatchObject({ ok: false, diagnostics: [{ code: "DEVPM_SESSION_RUNNING" }] });
    expect(here.stored()?.id).toBe("a");
  });

  test("is taken by one of many that start at the same moment", async () => {
    const here = room();
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) => acquireLock(here.system, here.instance, here.session(`s${n}`, 10 + n))),
    );
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test("of a dead session is taken over, and its record is kept for the sweep", async () => {
    const here = room();
    await acquireLock(here.system, here.instance, here.session("dead", 10));
    here.end(10);
    const taken = await acquireLock(here.system, here.instance, here.session("b", 20));
    expect(taken.ok && taken.value.stale.map(({ id }) => id)).toEqual(["dead"]);
    expect(here.stored()?.id).toBe("b");
    if (taken.ok) await taken.value.removeStale(taken.value.stale[0]!);
    expect(await staleSessions(files, here.instance)).toEqual([]);
  });

  test("is free again when it is released, and a late write does not bring it back", async () => {
    const here = room();
    const lock = await acquireLock(here.system, here.instance, here.session("a", 10));
    if (!lock.ok) throw new Error("not taken");
    const [late] = [lock.value.update({ state: "ready" }), await lock.value.release()];
    await late;
    await lock.value.update({ state: "stopping" });
    expect(await files.kind(here.instance.sessionFile)).toBeNull();
  });

  test("a file that is no record of ours is moved aside; it stops nothing", async () => {
    const here = room();
    await files.makeFolder(here.instance.folder);
    writeFileSync(here.instance.sessionFile, "{ half", { mode: 0o600 });
    expect((await acquireLock(here.system, here.instance, here.session("a", 10))).ok).toBe(true);
    expect(readdirSync(path.join(here.instance.folder, "dead"))).toEqual(["unreadable.json"]);
  });

  test("a running engine of another version is left alone", async () => {
    const here = room();
    await files.makeFolder(here.instance.folder);
    const text = JSON.stringify({ ...here.session("future", 10), version: 2 });
    writeFileSync(here.instance.sessionFile, text, { mode: 0o600 });
    expect(await acquireLock(here.system, here.instance, here.session("b", 20))).toMatchObject({
      ok: false,
      diagnostics: [{ summary: "another version of devpm runs a session here" }],
    });
    expect(readFileSync(here.instance.sessionFile, "utf8")).toBe(text);
    here.end(10);
    expect((await acquireLock(here.system, here.instance, here.session("b", 20))).ok).toBe(true);
  });

  test("a session that begins between the look and the move is put back", async () => {
    const base = room();
    await acquireLock(base.system, base.instance, base.session("dead", 10));
    base.end(10);
    const newer = base.session("newer", 30);
    let raced = false;
    const racing = {
      ...base.system,
      files: {
        ...files,
        async rename(from: string, to: string) {
          if (!raced) {
            raced = true;
            writeFileSync(base.instance.sessionFile, JSON.stringify(newer), { mode: 0o600 });
          }
          await files.rename(from, to);
        },
      },
    };
    expect(await archiveStale(racing, base.instance)).toMatchObject({ ok: true, value: { id: "newer" } });
    expect(base.stored()?.id).toBe("newer");
  });
});

describe("the record", () => {
  test("is written whole after each change, in the order of the changes", async () => {
    const here = room();
    const lock = await acquireLock(here.system, here.instance, here.session("a", 10));
    if (!lock.ok) throw new Error("not taken");
    const seen: string[] = [];
    lock.value.onChange(({ state }) => seen.push(state));
    await Promise.all((["ready", "degraded", "stopping"] as const).map((state) => lock.value.update({ state })));
    expect(here.stored()?.state).toBe("stopping");
    expect(seen.slice(1)).toEqual(["ready", "degraded", "stopping"]);
  });

  test("on a full disk a change is kept in memory and reported as not written", async () => {
    const here = room({ write: () => Promise.reject(new Error("ENOSPC")) });
    const lock = await acquireLock(here.system, here.instance, here.session("a", 10));
    if (!lock.ok) throw new Error("not taken");
    expect(await lock.value.update({ state: "ready" })).toBe(false);
    expect(lock.value.record.state).toBe("ready");
  });
});

describe("a bug that ended a detached session", () => {
  test("is shown by the next command, once", async () => {
    const { instance } = room();
    await keepBug(files, instance, bug(new Error("boom")));
    expect(await takeBug(files, instance)).toMatchObject({ code: "DEVPM_BUG", evidence: [["error", "boom"]] });
    expect(await takeBug(files, instance)).toBeNull();
  });

  test.each(["{", '{"code":"DEVPM_USAGE"}', "null", '{"code":"DEVPM_BUG"}'])(
    "is none where the file holds %s",
    async (text) => {
      const { instance } = room();
      await files.write(path.join(instance.folder, "bug.json"), text);
      expect(await takeBug(files, instance)).toBeNull();
    },
  );
});

describe("the sockets of a session", () => {
  const system = (folder: string, shell: Record<string, string>) => ({
    files,
    environment: { ...environment, home: folder, shell: { DEVPM_HOME: folder, ...shell } },
  });

  test("lie in the state folder where its path is short enough", async () => {
    const here = system("/tmp/devpm-x", {});
    const instance = instanceOf("/p", here.environment);
    expect(await socketsFor(here, instance)).toEqual({
      ok: true,
      value: { pm2Home: path.join(instance.folder, "pm2"), socket: path.join(instance.folder, "engine.sock") },
    });
  });

  test("lie in a private folder of their own where it is not", async () => {
    const runtime = folderWith({});
    const here = system(`/tmp/${"long".repeat(30)}`, { XDG_RUNTIME_DIR: runtime });
    const made = await socketsFor(here, instanceOf("/p", here.environment));
    if (!made.ok) throw new Error("none");
    expect(path.dirname(path.dirname(made.value.socket))).toBe(runtime);
    expect(Buffer.byteLength(made.value.socket)).toBeLessThan(100);
  });

  test("cannot be where no folder is short and private", async () => {
    const here = system(`/tmp/${"long".repeat(30)}`, {
      XDG_RUNTIME_DIR: `/tmp/${"x".repeat(120)}`,
      TMPDIR: "relative",
    });
    const refusing = { ...here, files: { ...files, makeTemporary: () => Promise.resolve(null) } };
    expect(await socketsFor(refusing, instanceOf("/p", here.environment))).toMatchObject({
      ok: false,
      diagnostics: [{ code: "DEVPM_STATE_UNSAFE" }],
    });
  });
});
