import childProcess, { type ChildProcess } from "node:child_process";
import { readSync } from "node:fs";
import { Socket } from "node:net";
import { Readable } from "node:stream";
import type { RelayFrame } from "../model/relay.ts";
import { monotonic } from "../system/monotonic.ts";
import type { Relay, StreamSource } from "./patch-bus.ts";

/**
 * How long an app's output is left unread after a piece of it that came as soon as this after another one. A server's access log
 * has a line every half millisecond; to read and report each by itself takes a tenth of the request, and no user can see so short
 * a time. What comes more slowly is read as it comes: a timer for each line would wake this process once more for nothing.
 */
const PAUSE_MS = 8;
/** More than this in one piece would soon fill the pipe, and the app would wait: for a while it is read as it comes. */
const MUCH_BYTES = 4 * 1024;
const AS_IT_COMES_MS = 250;

/**
 * PM2's reading of app output, patched: it decodes each chunk alone, which breaks a character split over two, it
 * may report an exit before the last output, and it wakes for every line. What it does not have to change goes
 * to the relay as it is, and PM2 gets streams that stay silent.
 */
export function patchOutput(relay: Relay): void {
  const { spawn } = childProcess;
  childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
    const child = spawn(...args);
    const { stdout, stderr } = child;
    const settings = (args[2] as { env?: unknown } | undefined)?.env as AppSettings | undefined;
    if (settings?.pm_id === undefined || !stdout || !stderr) return child;
    const { pm_id: id, name: app } = settings;
    if (isChangedByPm2(settings)) {
      stdout.setEncoding("utf8");
      stderr.setEncoding("utf8");
      readInPauses(child, { out: new Pushed(stdout as Socket, relay), err: new Pushed(stderr as Socket, relay) });
    } else {
      const relayed = (stream: Readable, kind: "out" | "err"): Pipe =>
        new Relayed(stream as Socket, { kind, id, app }, relay);
      const pipes = { out: relayed(stdout, "out"), err: relayed(stderr, "err") };
      Object.assign(child, { stdout: silent(), stderr: silent() });
      readInPauses(child, pipes);
    }
    return child;
  }) as typeof spawn;
}

/** What PM2 puts into the environment of an app that it starts. */
interface AppSettings {
  pm_id?: number;
  name: string;
  log_date_format?: string;
  log_type?: string;
  disable_logs?: boolean;
  pm_log_path?: string;
  pm_out_log_path?: string;
  pm_err_log_path?: string;
}

/** It dates the lines, makes JSON of them, drops them, or writes them to files of its own. */
const isChangedByPm2 = (settings: AppSettings): boolean =>
  Boolean(settings.log_date_format) ||
  settings.log_type === "json" ||
  settings.disable_logs === true ||
  [settings.pm_log_path, settings.pm_out_log_path, settings.pm_err_log_path].some(
    (file) => file !== undefined && file !== "/dev/null",
  );

const silent = (): Readable => new Readable({ read: () => {} });

/** What node has below a child's stream. Its public pause() goes on reading until a buffer is full. */
interface Handle {
  fd: number;
  readStart(): void;
  readStop(): void;
}

/** What is read at once of a pipe that is still being written to: no more than it can hold. */
const MOST_BLOCKS = 8;
const BLOCK_BYTES = 256 * 1024;

/**
 * What output is read into, used again once the relay has written it: a new buffer for each piece costs more than the copy
 * into it, because the kernel clears its pages.
 */
class Blocks {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  giveBack(block: Buffer): void {
    if (this.#free.length < MOST_FREE) this.#free.push(block);
  }
}

/** One is being written, and one is being read into. */
const MOST_FREE = 2;
const blocks = new Blocks();

/** One stream of an app: read, or left unread because it rests or because the relay is full. */
abstract class Pipe implements StreamSource {
  /** Called with the length of each piece, before anybody gets it. */
  came: (length: number) => void = () => {};
  readonly #stream: Socket;
  #resting = false;
  #held = false;

  constructor(stream: Socket, relay: Relay) {
    this.#stream = stream;
    relay.add(this);
    stream.once("close", () => relay.remove(this));
  }

  /** The beginning of the block is the next piece. */
  protected abstract arrived(block: Buffer, length: number): void;

  rest(): void {
    this.#resting = true;
    this.#apply();
  }

  wake(): void {
    this.#resting = false;
    this.#apply();
  }

  hold(): void {
    this.#held = true;
    this.#apply();
  }

  release(): void {
    this.#held = false;
    this.#apply();
  }

  /** Takes what has been written up to now, without waiting for the event loop; where the relay is full, only if it must. */
  drain(must = false): void {
    if (this.#held && !must) return;
    for (let count = 0; count < MOST_BLOCKS; count += 1) {
      const block = blocks.take();
      const length = this.#readInto(block);
      if (length === 0) return blocks.giveBack(block);
      this.arrived(block, length);
    }
  }

  /** What is there now, if anything is. The end of the stream is left to node. */
  #readInto(block: Buffer): number {
    const fd = this.#handle?.fd;
    if (typeof fd !== "number" || fd < 0) return 0;
    try {
      return readSync(fd, block);
    } catch {
      return 0; // nothing there
    }
  }

  get #handle(): Handle | null {
    return handleOf(this.#stream);
  }

  #apply(): void {
    if (this.#resting || this.#held) this.#handle?.readStop();
    else this.#handle?.readStart();
  }
}

/** What PM2 reads itself. */
class Pushed extends Pipe {
  readonly #stream: Socket;

  constructor(stream: Socket, relay: Relay) {
    super(stream, relay);
    this.#stream = stream;
    stream.on("data", (piece: string | Buffer) => this.came(piece.length));
  }

  protected override arrived(block: Buffer, length: number): void {
    this.#stream.push(Buffer.from(block.subarray(0, length)));
    blocks.giveBack(block);
  }
}

/** What the relay gets as it is. */
class Relayed extends Pipe {
  readonly #frame: RelayFrame;
  readonly #relay: Relay;

  constructor(stream: Socket, frame: RelayFrame, relay: Relay) {
    super(
      readInBlocks(stream, (block, length) => this.arrived(block, length)),
      relay,
    );
    this.#frame = frame;
    this.#relay = relay;
  }

  protected override arrived(block: Buffer, length: number): void {
    this.came(length);
    this.#relay.output(this.#frame, [block.subarray(0, length)], () => blocks.giveBack(block));
  }
}

/** Takes the handle from the stream, which closes with the one that is returned: Node's has no way to read into our blocks. */
function readInBlocks(stream: Socket, arrived: (block: Buffer, length: number) => void): Socket {
  const handle = handleOf(stream);
  if (handle === null) return stream;
  Object.assign(stream, { _handle: null });
  const callback = (length: number, block: Uint8Array): boolean => {
    arrived(block as Buffer, length);
    return true;
  };
  const options = { handle, writable: false, onread: { buffer: () => blocks.take(), callback } };
  // close follows an error
  return new Socket(options).on("error", () => {}).once("close", () => void stream.destroy());
}

const handleOf = (stream: Socket): Handle | null => (stream as unknown as { _handle: Handle | null })["_handle"];

function readInPauses(child: ChildProcess, { out, err }: { out: Pipe; err: Pipe }): void {
  let resting: { pipe: Pipe; timer: NodeJS.Timeout } | null = null;
  let asItComesUntil = 0;
  /** What comes before that follows closely on what came before. */
  let closeUntil = 0;
  let catchingUp = false;

  const goOn = (): Pipe | null => {
    if (resting === null) return null;
    const { pipe, timer } = resting;
    clearTimeout(timer);
    resting = null;
    pipe.wake();
    return pipe;
  };
  /** What has waited on one stream comes before what the other brings, and the other is the next to be left unread. */
  const catchUp = (): void => {
    catchingUp = true;
    goOn()?.drain();
    catchingUp = false;
  };
  /** What has come meanwhile is read immediately, and begins the next pause. */
  const waited = (): void => {
    closeUntil = Infinity;
    goOn()?.drain();
    if (closeUntil === Infinity) closeUntil = 0;
  };
  const came = (pipe: Pipe, length: number): void => {
    const now = monotonic();
    if (length > MUCH_BYTES) asItComesUntil = now + AS_IT_COMES_MS;
    // only one of the two is left unread, so that its earlier output is known to be earlier
    if (resting !== null && resting.pipe !== pipe) catchUp();
    const close = now < closeUntil;
    closeUntil = now + PAUSE_MS;
    if (!close || resting !== null || catchingUp || now < asItComesUntil) return;
    pipe.rest();
    resting = { pipe, timer: setTimeout(waited, PAUSE_MS) };
  };
  for (const pipe of [out, err]) pipe.came = (length) => came(pipe, length);
  child.once("exit", () => {
    goOn();
    asItComesUntil = Infinity;
    for (const pipe of [out, err]) pipe.drain(true);
  });
}
