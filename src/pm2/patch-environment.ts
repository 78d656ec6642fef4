import childProcess from "node:child_process";
import { MARK } from "../model/ownership.ts";
import { throughEnv } from "./through-env.ts";

type Spawn = (command: string, args: readonly string[], options: Options) => childProcess.ChildProcess;

interface Options {
  env?: Settings;
}

/** What PM2 puts into the environment of an app that it starts: all of its settings of it that are no objects. */
interface Settings {
  pm_id?: number;
  /** The variables that PM2 counts up for each process of an app that runs several times. */
  DEVPM_COUNTED?: string;
  [setting: string]: string | number | boolean | undefined;
}

/**
 * PM2's start of a process, patched: none of PM2's settings is a variable of the app, only the mark of its session, until the
 * launcher takes the app's own environment out of its file. To forget them there took two more programs for each app. What PM2
 * counts up goes over what the file has, by `env` before the command.
 */
export function patchEnvironment(): void {
  const spawn = childProcess.spawn as unknown as Spawn;
  const patched: Spawn = (command, args, options) => {
    const settings = options?.env;
    if (settings?.pm_id === undefined || settings[MARK] === undefined) return spawn(command, args, options);
    return spawn(command, withCounted(args, settings), { ...options, env: { [MARK]: settings[MARK] } });
  };
  childProcess.spawn = patched as unknown as typeof childProcess.spawn;
}

/** After the launcher and its file. */
function withCounted(args: readonly string[], settings: Settings): readonly string[] {
  const names = settings.DEVPM_COUNTED?.match(/\S+/g) ?? [];
  const pairs = names.map((name) => `${name}=${settings[name] ?? ""}`);
  return [...args.slice(0, 2), ...throughEnv(pairs, args.slice(2))];
}
