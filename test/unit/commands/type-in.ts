import { runCommandLine } from "../../../src/commands/program.ts";
import type { CommandSystem } from "../../../src/commands/shared/context.ts";
import type { CliDeps } from "../../../src/commands/shared/invoke.ts";
import { clock } from "../../../src/system/clock.ts";
import { files } from "../../../src/system/files/files.ts";
import { boundedPattern } from "../../../src/system/bounded-pattern.ts";
import { logFiles } from "../../../src/system/logs/log-files.ts";
import { folderWith } from "../config/outside.ts";
import { environment } from "../preflight/place.ts";
import { silent, written } from "../ui/fake.ts";

export interface Typed {
  code: number | null;
  out: string;
  err: string;
}

/** What is found in the folder where a command is typed. */
export interface Place {
  /** Files, as path → text. */
  contents?: Readonly<Record<string, string>>;
  /** Another clock, engine, network. */
  overrides?: Partial<CommandSystem>;
  columns?: number;
  /** Signals, and errors that nothing catches. */
  signals?: Partial<CliDeps["signals"]>;
  /** Its real folder, which is also devpm's state folder. */
  home?: string;
}

/** Types a command in an empty folder where no session runs; whatever would start something is a mistake of the test. */
export const type = (...words: string[]): Promise<Typed> => typeIn({}, ...words);

export async function typeIn(place: Place, ...words: string[]): Promise<Typed> {
  const { contents = {}, overrides = {}, columns = 100, home = folderWith(contents), signals = {} } = place;
  const [out, err] = [written(columns), written(columns)];
  let code: number | null = null;
  const deps: CliDeps = {
    version: "0.0.0-test",
    system: () => Promise.reject(new Error("the whole system was loaded")),
    commandSystem: (cwd) => ({
      environment: { ...environment, cwd, home, shell: { DEVPM_HOME: home } },
      clock,
      files,
      logFiles,
      browser: () => Promise.reject(new Error("not here")),
      network: () => Promise.reject(new Error("a request was to be sent")),
      processes: { alive: () => false, isStopped: () => false, carrying: () => [] },
      connectEngine: () => Promise.resolve(null),
      mayAppear: true,
      startThread: () => Promise.reject(new Error("a thread was to be started")),
      pattern: boundedPattern,
      ...overrides,
    }),
    signals: { on: () => () => {}, onBug: () => () => {}, stopSelf: () => {}, ...signals },
    terminal: { out, err, keys: silent },
    confirm: null,
    lineInput: null,
    cwd: home,
    enter: (folder) => {
      if (folder === "/nowhere") throw new Error("ENOENT");
      return folder;
    },
    becomesEngine: () => {},
    exit: (given) => void (code = given),
    script: "/opt/devpm/bin/devpm.js",
    invocation: () => "devpm",
  };
  await runCommandLine(deps, ["node", "devpm", ...words]);
  return { code, out: out.text(), err: err.text() };
}
