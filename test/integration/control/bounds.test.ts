import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { connectEngine } from "../../../src/system/engine/engine-client.ts";
import { record } from "../../unit/teardown/sample.ts";
import { greet, openWire, type Wire } from "../../rigs/control.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { Delivery } from "../../rigs/delivery.ts";
import { Transcript } from "../../rigs/transcript.ts";
import { until, within } from "../../rigs/wait.ts";

const SECRET = "known to both";
/** Far above what the bounds allow, and far below what was kept without them. */
const GROWN_MB = 48;

interface Engine {
  connect(): Promise<Wire>;
  log(lines: number): Promise<void>;
  megabytes(): Promise<number>;
}

async function startEngine(): Promise<Engine> {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-ctl-"));
  const socket = path.join(folder, "s.sock");
  const script = path.join(import.meta.dirname, "engine.mjs");
  const child = spawn(process.execPath, ["--expose-gc", script, path.join(REPOSITORY, "dist"), socket, SECRET], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const output = new Transcript();
  const delivery = new Delivery();
  child.stdout.on("data", (chunk: Buffer) => delivery.output(chunk, (piece) => output.add(piece)));
  const answered = async (command: string, pattern: RegExp): Promise<RegExpExecArray> => {
    const from = output.text().length;
    child.stdin.write(`${command}\n`);
    return until(command, () => pattern.exec(output.text().slice(from)));
  };
  await until("the engine", () => output.text().includes("serving"));
  return {
    async connect() {
      const wire = await openWire(socket);
      await greet(wire, SECRET);
      return wire;
    },
    log: async (lines) => void (await answered(`log ${lines}`, /logged/)),
    megabytes: async () => Number((await answered("rss", /rss (\d+)/))[1]) / 1e6,
  };
}

it("drops a client that does not read its answers, and gives its memory back", async () => {
  const engine = await startEngine();
  const before = await engine.megabytes();
  const deaf = await engine.connect();
  deaf.socket.pause();
  // as many as the two buffers of a socket do not hold: they are taken until it is dropped
  const requests = '{"op":"status"}\n'.repeat(1_000);
  const { socket } = deaf;
  const pour = (): void => {
    while (!socket.destroyed && socket.write(requests));
  };
  socket.on("drain", pour);
  pour();
  // a paused socket does not notice its end: writing to it does
  await within("the engine to drop it", deaf.closed, { describe: () => `${socket.bytesWritten} bytes were taken` });
  expect((await engine.megabytes()) - before).toBeLessThan(GROWN_MB);
  const other = await engine.connect();
  other.write('{"op":"status"}');
  expect(await other.next()).toMatchObject({ ok: true });
  other.socket.destroy();
});

it("keeps little for a reader of logs that does not read, and tells it how many lines it missed", async () => {
  const engine = await startEngine();
  const before = await engine.megabytes();
  const slow = await engine.connect();
  slow.write('{"op":"events","logs":true}');
  expect(await slow.next()).toEqual({ ok: true });
  const seen = slow.answers.length;
  slow.socket.pause();
  const lines = 600_000;
  await engine.log(lines);
  expect((await engine.megabytes()) - before).toBeLessThan(GROWN_MB);

  slow.socket.resume();
  const events = (): { event: string; lines?: number; n?: number }[] => slow.answers.slice(seen) as never;
  const missed = await until("word of what it missed", () => events().find(({ event }) => event === "log.missed"));
  const shown = events().filter(({ event }) => event === "log");
  expect(shown.map(({ n }) => n)).toEqual(shown.map((_, index) => index + 1));
  expect(missed.lines).toBe(lines - shown.length);
  expect(missed.lines).toBeGreaterThan(lines / 2);

  // it keeps up now
  await engine.log(10);
  await until("what comes next", () => events().at(-1)?.n === lines + 10);
  slow.write('{"op":"status"}');
  await until("a refusal", () => slow.answers.some((answer) => (answer as { ok?: boolean }).ok === false));
  slow.socket.destroy();
});

it("takes no more than 32 requests of one connection at once", async () => {
  const engine = await startEngine();
  const eager = await engine.connect();
  const before = eager.answers.length;
  for (let n = 0; n < 40; n++) eager.write('{"op":"wait","apps":[],"for":"ready","timeoutMs":60000}');
  await until("the refusals", () => eager.answers.length === before + 8);
  expect(eager.answers.slice(before)).toEqual(
    Array.from({ length: 8 }, () => ({ ok: false, error: "32 requests are under way already" })),
  );
  eager.socket.destroy();
});

it("a client hangs up on an answer without end", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-ctl-"));
  const socket = path.join(folder, "s.sock");
  const sessionFile = path.join(folder, "session.json");
  writeFileSync(sessionFile, JSON.stringify(record({ socket, secret: SECRET })));
  let sent = 0;
  let pouring: Promise<unknown> = Promise.resolve();
  const server = createServer((peer) => {
    peer.on("error", () => {});
    pouring = new Promise((resolve) => peer.once("close", resolve));
    const piece = "x".repeat(1024 * 1024);
    const pour = (): void => {
      while (!peer.destroyed && peer.write(piece)) sent += piece.length;
      sent += piece.length;
    };
    peer.on("drain", pour);
    peer.once("data", pour);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  expect(await connectEngine({ sessionFile }, 30_000)).toBeNull();
  await within("the client to hang up", pouring);
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});
