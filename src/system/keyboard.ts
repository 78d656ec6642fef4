import { emitKeypressEvents, type Interface } from "node:readline";
import { isatty } from "node:tty";
import { isForeground } from "./job.ts";
import { keyReader, type Key } from "./keys.ts";
import { terminalDevice } from "./terminal-device.ts";

export interface Listener {
  key(key: Key): void;
  /** The job is about to be stopped (Ctrl+Z), or is no longer in the foreground: the terminal is another program's. */
  away(): Promise<void>;
  /** The terminal is ours, at first and again. */
  back(): void;
}

/** The keys of the terminal on stdin, each as soon as it is pressed. */
export interface Keyboard {
  readonly isTTY: boolean;
  /** Its file, for a process that outlives this one; null: unknown. */
  device(): string | null;
  /** Returns the function that gives the terminal back as it was. */
  listen(listener: Listener): Listening;
}

export interface Listening {
  /** For a program, or a question, that reads the terminal itself. */
  pause(): void;
  resume(): void;
  close(): void;
}

export const keyboard: Keyboard = {
  isTTY: isatty(0),
  device: terminalDevice,
  listen(listener) {
    const { stdin } = process;
    const hold = createHold(listener);
    const stop = (): void => {
      void listener.away().then(() => {
        hold.give();
        process.off("SIGTSTP", stop);
        process.kill(process.pid, "SIGTSTP");
        // here again once the job is continued, or at once where no shell could continue it
        setTimeout(() => {
          process.on("SIGTSTP", stop);
          hold.take();
        }, CONTINUED_MS);
      });
    };
    const continued = (): void => {
      if (isForeground() === true) hold.take();
      else void listener.away().then(hold.give);
    };
    const signalled = (signal: NodeJS.Signals): void => {
      const send = (): unknown => process.kill(JOB, signal);
      // its default action ends this process without a last write
      if (signal === "SIGQUIT") return void listener.away().then(hold.give).then(send);
      // what is typed behind it is for the shell
      if (signal === "SIGINT") hold.pause();
      send();
    };
    const read = keyReader(listener, signalled);
    const keypress: typeof read = (text, pressed) => {
      if (!hold.isPaused()) read(text, pressed);
    };
    // else the listener alone would begin to read: a job in the background is stopped for that
    stdin.pause();
    emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
    stdin.on("keypress", keypress);
    stdin.on("error", ignore);
    process.on("SIGTSTP", stop);
    process.on("SIGCONT", continued);
    hold.take();
    return {
      pause: hold.pause,
      resume: hold.resume,
      close() {
        process.off("SIGTSTP", stop);
        process.off("SIGCONT", continued);
        stdin.off("keypress", keypress);
        hold.pause();
      },
    };
  },
};

interface Hold {
  take(): void;
  give(): void;
  /** Given, and not taken again until `resume`. */
  pause(): void;
  resume(): void;
  isPaused(): boolean;
}

/** The terminal's settings: single keys while it is ours, as they were otherwise. */
function createHold({ back }: Listener): Hold {
  const { stdin } = process;
  let paused = false;
  let taken = false;
  const take = (): void => {
    if (paused || isForeground() !== true) return;
    // node believes it to be in this mode already where another program had the terminal meanwhile
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    stdin.resume();
    taken = true;
    back();
  };
  const give = (): void => {
    // from the background it would stop this process
    if (taken && isForeground() === true) stdin.setRawMode(false);
    taken = false;
    stdin.pause();
  };
  return {
    take,
    give,
    pause() {
      paused = true;
      give();
    },
    resume() {
      paused = false;
      take();
    },
    isPaused: () => paused,
  };
}

const CONTINUED_MS = 20;
/** The whole job, as for the terminal's driver when nothing reads single keys. */
const JOB = 0;

/** What follows an Esc later than this is a key of its own; the rest of a sequence comes with it. */
const ESCAPE_MS = 25;

/** A closed terminal reports itself by SIGHUP. */
const ignore = (): void => {};
