import childProcess, { type ChildProcess } from "node:child_process";
import { readSync } from "node:fs";
import type { Socket } from "node:net";

/**
 * How long an app's output is left unread after a piece of it. A server's access log has a line every half millisecond; to
 * read and report each by itself takes a tenth of the request, and no user can see so short a time.
 */
const PAUSE_MS = 8;
/** More than this in one piece would soon fill the pipe, and the app would wait: for a while it is read as it comes. */
const MUCH_BYTES = 4 * 1024;
const AS_IT_COMES_MS = 250;

/**
 * PM2's reading of app output, patched: it decodes each chunk alone, which breaks a character split over two, it
 * may report an exit before the last output, and it wakes for every line.
 */
export function patchOutput(): void {
  const { spawn } = childProcess;
  childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
    const child = spawn(...args);
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8");
    if (child.stdout && child.stderr) readInPauses(child, child.stdout as Socket, child.stderr as Socket);
    return child;
  }) as typeof spawn;
}

/** Its listeners are the first ones: what they push is emitted before what PM2 gets next. */
function readInPauses(child: ChildProcess, stdout: Socket, stderr: Socket): void {
  let paused: { stream: Socket; timer: NodeJS.Timeout } | null = null;
  let asItComesUntil = 0;
  let catchingUp = false;

  const goOn = (): Socket | null => {
    if (paused === null) return null;
    const { stream, timer } = paused;
    clearTimeout(timer);
    paused = null;
    handleOf(stream)?.readStart();
    return stream;
  };
  /** What has waited on one stream comes before what the other brings, and the other is the next to be left unread. */
  const catchUp = (): void => {
    catchingUp = true;
    drain(goOn());
    catchingUp = false;
  };
  const came = (stream: Socket, text: string): void => {
    const now = performance.now();
    if (text.length > MUCH_BYTES) asItComesUntil = now + AS_IT_COMES_MS;
    // only one of the two is left unread, so that its earlier output is known to be earlier
    if (paused !== null && paused.stream !== stream) catchUp();
    if (paused !== null || catchingUp || now < asItComesUntil) return;
    handleOf(stream)?.readStop();
    // what has come meanwhile is read immediately, and begins the next pause
    paused = { stream, timer: setTimeout(() => drain(goOn()), PAUSE_MS) };
  };
  for (const stream of [stdout, stderr]) stream.on("data", (text: string) => came(stream, text));
  child.once("exit", () => {
    goOn();
    asItComesUntil = Infinity;
    drain(stdout);
    drain(stderr);
  });
}

/** What node has below a child's stream. Its public pause() goes on reading until a buffer is full. */
interface Handle {
  fd: number;
  readStart(): void;
  readStop(): void;
}

const handleOf = (stream: Socket): Handle | null => (stream as unknown as { _handle: Handle | null })["_handle"];

/** Of a pipe that is still being written to, no more than it can hold. */
const MOST_BLOCKS = 8;
const block = Buffer.allocUnsafeSlow(64 * 1024);

/** Takes what has been written up to now, without waiting for the event loop. */
function drain(stream: Socket | null): void {
  const fd = stream && handleOf(stream)?.fd;
  if (typeof fd !== "number" || fd < 0) return;
  for (let count = 0; count < MOST_BLOCKS; count += 1) {
    let length: number;
    try {
      length = readSync(fd, block);
    } catch {
      return; // nothing there
    }
    // the end of the stream is left to node
    if (length === 0) return;
    stream!.push(block.subarray(0, length));
  }
}
