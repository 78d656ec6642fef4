import { PM2_KEYS } from "./pm2-options.ts";

/** What devpm itself sets for PM2, from its own keys: the command, the watch and how an app ends. */
const OURS = new Set(
  `script exec cmd args interpreter exec_interpreter interpreter_args interpreterArgs ignore_watch kill_timeout
  namespace name_prefix append_env_to_name`.split(/\s+/),
);

/** PM2's own options of an app, for PM2. */
export function rest(app: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(app).filter(([key]) => PM2_KEYS.has(key) && !OURS.has(key)));
}
