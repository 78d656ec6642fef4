import { writeSync } from "node:fs";
import { format } from "node:util";
import type { Bus } from "./patch-bus.ts";

const DESCRIPTORS = { log: 1, info: 1, warn: 2, error: 2 };

type Method = keyof typeof DESCRIPTORS;

/** What PM2's `Utility` does with the console of its process. */
export interface ConsoleOwner {
  overrideConsole(bus: Bus): void;
}

/**
 * PM2's console, patched: each line goes to the log with its date, and to the bus, which has the saves that PM2's watch saw. PM2
 * itself formats the date by a library and prints by Node's streams, which are made for the first line: 3 ms for the two lines of
 * a start, before the second app is started.
 */
export function patchConsole(owner: ConsoleOwner): void {
  owner.overrideConsole = (bus) => {
    for (const [method, descriptor] of Object.entries(DESCRIPTORS) as [Method, number][])
      console[method] = (...args: unknown[]): void => {
        const data = `${format(...args)}\n`;
        bus.emit("log:PM2", { data, process: { pm_id: 0, name: "PM2" } });
        print(descriptor, `${new Date().toISOString()}: PM2 ${method}: ${data}`);
      };
  };
}

/** A log that cannot be written, on a full disk, ends no daemon. */
function print(descriptor: number, line: string): void {
  try {
    writeSync(descriptor, line);
  } catch {}
}
