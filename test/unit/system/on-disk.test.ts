import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { exchange, type Exchanged, type Question } from "../../../src/system/exchange.ts";
import { findExecutable } from "../../../src/system/executables.ts";
import { files } from "../../../src/system/files/files.ts";
import { logFiles } from "../../../src/system/logs/log-files.ts";
import { makePrivate, makeTemporary, privacyOf } from "../../../src/system/files/private-folder.ts";
import { freePort } from "../../rigs/ports.ts";
import { folderWith } from "../config/outside.ts";

describe("files", () => {
  test("what is missing, a folder or a name that no disk takes is null, not an exception", async () => {
    const folder = folderWith({ "a.txt": "text" });
    expect(await files.read(path.join(folder, "a.txt"))).toBe("text");
    for (const name of ["gone", ".", "a.txt/below", "x".repeat(300)])
      expect(await files.read(path.join(folder, name)), name).toBeNull();
  });

  test("a pipe, as password managers make one of .env, is waited for, and nothing else waits with it", async () => {
    const pipe = path.join(folderWith({}), ".env");
    execFileSync("mkfifo", [pipe]);
    const read = files.read(pipe);
    await writeFile(pipe, "A=1\n");
    expect(await read).toBe("A=1\n");
  });

  test("a file is written whole, for this user alone, and leaves nothing beside it", async () => {
    const folder = folderWith({});
    const file = path.join(folder, "new/state.json");
    await files.write(file, "one");
    await files.write(file, "two");
    expect(readFileSync(file, "utf8")).toBe("two");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(await files.list(path.dirname(file))).toEqual(["state.json"]);
  });

  test("a file is created once, by one of many", async () => {
    const file = path.join(folderWith({}), "lock");
    const made = await Promise.all(Array.from({ length: 20 }, (_, n) => files.create(file, `${n}`)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(file, "utf8")).toBe(String(made.indexOf(true)));
    expect(await files.list(path.dirname(file))).toEqual(["lock"]);
  });

  test("a link is not read where the content is acted on", async () => {
    const folder = folderWith({ target: "secret" });
    symlinkSync(path.join(folder, "target"), path.join(folder, "link"));
    expect(await files.readOwn(path.join(folder, "target"))).toBe("secret");
    expect(await files.readOwn(path.join(folder, "link"))).toBeNull();
    expect(await files.read(path.join(folder, "link"))).toBe("secret");
  });

  test.each([
    ["text", "one\r\ntwo\n", { text: "one\ntwo\n" }],
    ["text with a byte order mark", "\uFEFFone", { text: "one" }],
    ["text of Windows PowerShell", Buffer.from("\uFEFFone\r\ntwo\n", "utf16le"), { text: "one\ntwo\n" }],
    ["the same, the other way round", Buffer.from("\uFEFFone\n", "utf16le").swap16(), { text: "one\n" }],
    ["what is not text", "a\u0000b", { error: "not text" }],
    ["what is too large", "x".repeat(3_000), { error: "larger than 2 KB" }],
  ])("%s of a file of unknown content", (_, content, read) => {
    const folder = folderWith({ file: content });
    expect(files.readText(path.join(folder, "file"), 2_048)).toEqual(read);
  });

  test("a folder is no text, and a missing file has its error", () => {
    const folder = folderWith({});
    expect(files.readText(folder, 100)).toEqual({ error: "not a file" });
    expect(files.readText(path.join(folder, "gone"), 100)).toEqual({ error: "ENOENT" });
  });
});

describe("the program that a shell would run", () => {
  const folder = (): string => {
    const root = folderWith({ "bin/tool": "", "other/tool": "", "bin/plain": "", tool: "" });
    for (const name of ["bin/tool", "other/tool", "tool"]) chmodSync(path.join(root, name), 0o755);
    chmodSync(path.join(root, "bin/plain"), 0o644);
    mkdirSync(path.join(root, "bin/folder"));
    return root;
  };

  test.each([
    ["the first of the PATH", "tool", "bin:other", "bin/tool"],
    ["the next where the first has none", "tool", "empty:other", "other/tool"],
    ["by its path, from the folder", "./tool", "bin", "tool"],
    ["not one that cannot be run", "plain", "bin", null],
    ["not a folder of that name", "folder", "bin", null],
    ["nowhere", "gone", "bin:other", null],
    ["an empty PATH is the folder itself, as in a shell", "tool", undefined, "tool"],
  ] as const)("%s", async (_, name, searched, found) => {
    const root = folder();
    const at = searched
      ?.split(":")
      .map((one) => path.join(root, one))
      .join(":");
    expect(await findExecutable(files, name, at, root)).toBe(found === null ? null : path.join(root, found));
  });

  test("a relative folder of the PATH is relative to the app's own", async () => {
    const root = folder();
    expect(await findExecutable(files, "tool", "bin", root)).toBe(path.join(root, "bin/tool"));
  });
});

describe("a folder of this user alone", () => {
  const own = { isOwn: (name: string): boolean => name.startsWith("own"), deep: true };

  test("is made where it is not there, and judged by where it would be", async () => {
    const folder = path.join(folderWith({}), "new/state");
    expect(await privacyOf(folder)).toEqual({ state: "private" });
    expect(await makePrivate(folder, own)).toEqual({ state: "private" });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("that others may write to is closed where everything in it is ours", async () => {
    const folder = path.join(folderWith({ "state/own-a": "" }), "state");
    chmodSync(folder, 0o777);
    expect(await privacyOf(folder)).toEqual({ state: "open" });
    expect(await makePrivate(folder, own)).toEqual({ state: "private" });
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  test("is not closed where it holds what is not known", async () => {
    const folder = path.join(folderWith({ "state/photo.jpg": "" }), "state");
    chmodSync(folder, 0o777);
    expect(await makePrivate(folder, own)).toMatchObject({
      state: "unsafe",
      reason: expect.stringContaining("other users") as string,
    });
    expect(statSync(folder).mode & 0o777).toBe(0o777);
  });

  test("below a folder that everybody may rename in is unsafe, unless it is sticky", async () => {
    const open = path.join(folderWith({ "open/state/own": "" }), "open");
    chmodSync(open, 0o777);
    expect(await privacyOf(path.join(open, "state"))).toMatchObject({
      state: "unsafe",
      reason: expect.stringContaining(open) as string,
    });
    chmodSync(open, 0o1777);
    expect(await privacyOf(path.join(open, "state"))).toEqual({ state: "private" });
  });

  test("for a moment has a name that cannot be guessed, in the first place that is safe", async () => {
    const [unsafe, safe] = [folderWith({}), folderWith({})];
    chmodSync(unsafe, 0o777);
    const made = await makeTemporary(["/gone", unsafe, safe], "devpm-");
    expect(made?.startsWith(path.join(safe, "devpm-"))).toBe(true);
    expect(await makeTemporary(["/gone"], "devpm-")).toBeNull();
  });
});

describe("a file of log lines", () => {
  const appender = (file: string, bytes = 1 << 20) => {
    const trouble: [string | null, number][] = [];
    const made = logFiles.appender(file, `${file}.previous`, bytes, (reason, lost) => trouble.push([reason, lost]));
    onTestFinished(() => made.close());
    return {
      ...made,
      add: (text: string) => made.add(text),
      flush: () => made.flush(),
      close: () => made.close(),
      trouble,
    };
  };
  const lines = (...names: string[]): string[] => [...logFiles.forwards(names, () => false)];

  test("is not made before its first line", () => {
    const file = path.join(folderWith({}), "logs/a.jsonl");
    const log = appender(file);
    expect(existsSync(file)).toBe(false);
    log.add("one\n");
    log.flush();
    expect(lines(file)).toEqual(["one"]);
  });

  test("is read from either end, over both of its parts", () => {
    const file = path.join(folderWith({}), "a.jsonl");
    const log = appender(file, 60);
    for (let n = 0; n < 12; n++) {
      log.add(`line ${n}\n`);
      log.flush();
    }
    const kept = lines(file, `${file}.previous`);
    expect(kept.at(-1)).toBe("line 11");
    expect(kept).toEqual(kept.toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5))));
    expect([...logFiles.backwards([file, `${file}.previous`])]).toEqual(kept.toReversed());
    for (const name of [file, `${file}.previous`]) expect(statSync(name).size).toBeLessThanOrEqual(60);
  });

  test("is read by several at once, by one that stops, and again", () => {
    const wanted = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);
    const file = path.join(folderWith({ "a.jsonl": `${wanted.join("\n")}\n` }), "a.jsonl");
    const newestFirst = wanted.toReversed();
    for (let round = 0; round < 2; round++) {
      const stopped = logFiles.backwards([file]);
      stopped.next();
      const [back, forth] = [logFiles.backwards([file]), logFiles.forwards([file], () => false)];
      const read: { back: unknown[]; forth: unknown[] } = { back: [], forth: [] };
      for (let at = 0; at < wanted.length; at++) {
        if (at === 5_000) stopped.return(undefined);
        read.back.push(back.next().value);
        read.forth.push(forth.next().value);
      }
      expect([back.next().done, forth.next().done]).toEqual([true, true]);
      expect(read).toEqual({ back: newestFirst, forth: wanted });
    }
  });

  test("is searched by time without reading what is older", () => {
    const file = path.join(
      folderWith({ "a.jsonl": Array.from({ length: 1_000 }, (_, n) => `${String(n).padStart(4, "0")}\n`).join("") }),
      "a.jsonl",
    );
    let asked = 0;
    const found = [...logFiles.forwards([file], (line) => (asked++, line < "0990"))];
    expect(found).toEqual(Array.from({ length: 10 }, (_, n) => `099${n}`));
    expect(asked).toBeLessThan(50);
  });

  test("keeps lines in memory while its folder cannot be written, and reports the trouble once", () => {
    const root = folderWith({ blocked: "" });
    const log = appender(path.join(root, "blocked/a.jsonl"));
    log.add("one\n");
    log.flush();
    log.add("two\n");
    log.flush();
    expect(log.trouble).toEqual([[expect.stringMatching(/ENOTDIR|EEXIST/), 0]]);
    rmSync(path.join(root, "blocked"));
    log.close();
    expect(lines(path.join(root, "blocked/a.jsonl"))).toEqual(["one", "two"]);
    expect(log.trouble.at(-1)).toEqual([null, 0]);
  });

  test("goes on in a new file where its folder was removed under it", () => {
    const root = folderWith({});
    const file = path.join(root, "logs/a.jsonl");
    const log = appender(file);
    log.add("one\n");
    log.flush();
    rmSync(path.dirname(file), { recursive: true });
    log.add("two\n");
    log.flush();
    expect(lines(file)).toEqual(["two"]);
  });

  test("a file that was moved away is not taken for two", () => {
    const file = path.join(folderWith({ "a.jsonl": "one\n" }), "a.jsonl");
    renameSync(file, `${file}.previous`);
    symlinkSync(`${file}.previous`, file);
    expect(lines(file, `${file}.previous`)).toEqual(["one"]);
  });

  test("what is not there has no lines and no names", () => {
    expect(lines("/gone/a.jsonl")).toEqual([]);
    expect(logFiles.names("/gone")).toEqual([]);
  });
});

describe("a question over TCP", () => {
  async function server(handle: Parameters<typeof createServer>[1]): Promise<number> {
    const made: Server = createServer(handle);
    onTestFinished(() => void made.close());
    await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", () => resolve()));
    return (made.address() as { port: number }).port;
  }
  const ask = (port: number, more: Partial<Question> = {}): Promise<Exchanged> =>
    exchange({
      host: "127.0.0.1",
      port,
      question: Buffer.from("PING"),
      judge: (answer) => (answer.length < 4 ? "more" : answer.toString() === "PONG" ? "usable" : "not yet"),
      timeoutMs: 30_000,
      ...more,
    });

  test("is answered, in whatever pieces", async () => {
    const port = await server((socket) => {
      socket.once("data", () => {
        socket.write("PO");
        setImmediate(() => socket.write("NG"));
      });
    });
    expect(await ask(port)).toEqual({ ok: true });
  });

  test("is answered otherwise: not ready yet", async () => {
    const port = await server((socket) => void socket.once("data", () => socket.write("LOADING")));
    expect(await ask(port)).toEqual({ ok: false, why: "it answers that it is not ready yet" });
  });

  test("is accepted and closed, as an engine's proxy does for a container that does not listen", async () => {
    const port = await server((socket) => void socket.end());
    expect(await ask(port)).toEqual({ ok: false, why: "it accepts and closes: nothing listens in the container" });
  });

  test("is broken off in the middle of the answer", async () => {
    const port = await server((socket) => void socket.once("data", () => socket.end("PO")));
    expect(await ask(port)).toEqual({ ok: false, why: "it closed the connection" });
  });

  test("without a question, a connection that stays open is the answer", async () => {
    const port = await server(() => {});
    expect(await ask(port, { question: null, judge: () => "more" })).toEqual({ ok: true });
  });

  test("is not answered in time", async () => {
    const port = await server(() => {});
    expect(await ask(port, { timeoutMs: 20 })).toEqual({ ok: false, why: "no answer in time" });
  });

  test("nothing listens", async () => {
    expect(await ask(await freePort())).toEqual({ ok: false, why: "ECONNREFUSED" });
  });
});
