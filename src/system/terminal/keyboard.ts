import { emitKeypressEvents, type Interface } from "node:readline";
import { isatty } from "node:tty";
import { isForeground, JOB, toBackground } from "../job.ts";
import { keyReader, type Key } from "./keys.ts";
import { terminalDevice } from "./terminal-device.ts";

export interface KeyListener {
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
  /**
   * It was ours, and is another program's: a normal exit would set its settings as they were, and be stopped by the kernel for
   * that.
   */
  readonly isLost: boolean;
  /** Returns the function that gives the terminal back as it was. */
  listen(listener: KeyListener): Listening;
}

export interface Listening {
  /** For a program, or a question, that reads the terminal itself. */
  pause(): void;
  resume(): void;
  /** Gives the terminal to the shell that waits for this job, as Ctrl+Z and `bg` do. false: none took it. */
  toBackground(): Promise<boolean>;
  close(): void;
}

let wasOurs = false;

export const keyboard: Keyboard = {
  isTTY: isatty(0),
  device: terminalDevice,
  get isLost() {
    return wasOurs && isForeground() === false;
  },
  listen(listener) {
    const { stdin } = process;
    const hold = createHold(listener);
    const job = createJobControl(listener, hold);
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
    hold.take();
    return {
      pause: hold.pause,
      resume: hold.resume,
      toBackground: job.toBackground,
      close() {
        job.close();
        stdin.off("keypress", keypress);
        hold.pause();
      },
    };
  },
};

/** Ctrl+Z, `bg` and `fg`, as for any other job. */
function createJobControl({ away }: KeyListener, hold: Hold): Pick<Listening, "toBackground" | "close"> {
  let leaving = false;
  const leave = async (): Promise<void> => {
    leaving = true;
    await away();
    hold.give();
  };
  const stop = (): void => {
    // pressed twice: the first one is about to do it
    if (leaving) return;
    void leave().then(() => {
      process.off("SIGTSTP", stop);
      process.kill(process.pid, "SIGTSTP");
      // here again once the job is continued, or at once where no shell could continue it
      setTimeout(() => {
        process.on("SIGTSTP", stop);
        leaving = false;
        hold.take();
      }, CONTINUED_MS);
    });
  };
  const continued = (): void => {
    if (isForeground() === true) hold.take();
    else void away().then(hold.give);
  };
  process.on("SIGTSTP", stop);
  process.on("SIGCONT", continued);
  return {
    async toBackground() {
      if (leaving) return false;
      await leave();
      // its caller learns first that the terminal was left, then that it is back
      hold.pause();
      const isThere = await toBackground();
      leaving = false;
      if (isThere) hold.resumeLater();
      else hold.resume();
      return isThere;
    },
    close() {
      process.off("SIGTSTP", stop);
      process.off("SIGCONT", continued);
    },
  };
}

interface Hold {
  take(): void;
  give(): void;
  /** Given, and not taken again until `resume`. */
  pause(): void;
  /** Taken at once where it is ours. */
  resume(): void;
  /** Taken when it comes back. */
  resumeLater(): void;
  isPaused(): boolean;
}

/** The terminal's settings: single keys while it is ours, as they were otherwise. */
function createHold({ back }: KeyListener): Hold {
  const { stdin } = process;
  let paused = false;
  let taken = false;
  let looking: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearInterval(looking);
    if (!paused) looking = setInterval(take, LOOK_MS).unref();
  };
  const take = (): void => {
    if (paused || isForeground() !== true) return;
    clearInterval(looking);
    // node believes it to be in this mode already where another program had the terminal meanwhile
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    stdin.resume();
    taken = true;
    wasOurs = true;
    back();
  };
  const give = (): void => {
    // from the background it would stop this process
    if (taken && isForeground() === true) stdin.setRawMode(false);
    taken = false;
    stdin.pause();
    look();
  };
  look();
  return {
    take,
    give,
    pause() {
      paused = true;
      give();
    },
    resume() {
      paused = false;
      look();
      take();
    },
    resumeLater() {
      paused = false;
      look();
    },
    isPaused: () => paused,
  };
}

const CONTINUED_MS = 20;
/** A job that already runs in the background gets no signal when `fg` gives it the terminal. */
const LOOK_MS = 1_000;

/** What follows an Esc later than this is a key of its own; the rest of a sequence comes with it. */
const ESCAPE_MS = 25;

/** A closed terminal reports itself by SIGHUP. */
const ignore = (): void => {};
