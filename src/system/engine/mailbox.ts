import type { Writable } from "node:stream";
import { MOST_UNREAD, MOST_UNREAD_LOGS } from "../../model/limits.ts";
import type { Streamed } from "../../model/protocol.ts";

/** What is sent to one client, bounded: a client that does not read costs no more than this. */
export interface Mailbox {
  /** A client that leaves too much of this unread is dropped. */
  add(line: string): void;
  /** Skipped where too much waits already; the reader gets the number of skipped lines once it reads again. */
  addLog(line: string): void;
  flush(): void;
}

/**
 * One write a tick: a write for each line of a busy log costs the engine more than all its other work on that line. `framed`:
 * a line as this client is sent it.
 */
export function createMailbox(socket: Writable, framed = (line: string): string => line): Mailbox {
  let pending = "";
  let scheduled = false;
  let missed = 0;
  const unread = (): number => socket.writableLength + pending.length;
  const flush = (): void => {
    scheduled = false;
    const text = pending;
    pending = "";
    // as bytes: a string that was put together of many waits as thousands of objects for the garbage collector
    if (text !== "" && socket.writable) socket.write(Buffer.from(text));
  };
  const add = (text: string): void => {
    const line = framed(text);
    if (unread() + line.length > MOST_UNREAD) {
      pending = "";
      socket.destroy();
      return;
    }
    pending += line;
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };
  const confess = (): void => {
    if (missed === 0) return;
    const notice: Streamed = { event: "log.missed", at: new Date().toISOString(), lines: missed };
    missed = 0;
    add(`${JSON.stringify(notice)}\n`);
  };
  // everything that waited has been read
  socket.on("drain", confess);
  return {
    add,
    flush,
    addLog(line) {
      if (missed > 0 || unread() + line.length > MOST_UNREAD_LOGS) missed++;
      else add(line);
    },
  };
}
