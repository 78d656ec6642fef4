import * as z from "zod";
import { PM2_KEYS } from "./pm2-options.ts";

/*
 * What PM2's own options may be, as its daemon checks them when it starts an app: by then the session runs, and
 * its messages name no key. Numbers may be texts, which PM2 reads.
 */
const text = z.string("expected a string");
const flag = z.boolean("expected true or false");
const words = z.union([text, z.array(text)], "expected a string or a list of strings");
const flagOrText = z.union([z.boolean(), z.string()], "expected a string, or true or false");

const numeric = (least: number, most: number, what: string) => {
  const message = `expected ${what} from ${least} to ${most}`;
  const fits = (value: number): boolean => Number.isInteger(value) && value >= least && value <= most;
  return z.union(
    [
      z.number().refine(fits, message),
      z.string().refine((value) => /^-?\d{1,15}$/.test(value) && fits(Number(value)), message),
    ],
    message,
  );
};

const count = numeric(0, 1_000_000, "a whole number");
const milliseconds = numeric(0, 86_400_000, "milliseconds as a whole number");
const user = z.union(
  [z.string(), z.int().min(0, "expected a user's name or number")],
  "expected a user's name or number",
);
const sized = (pattern: RegExp, example: string) => {
  const message = `expected a number or a string such as "${example}"`;
  return z.union([z.number().min(0, message), z.string().regex(pattern, message)], message);
};
const options = z.record(z.string(), z.unknown(), "expected an object");

const kinds: readonly (readonly [z.ZodType, string])[] = [
  [
    text,
    `script exec cmd interpreter exec_interpreter log_type log_date_format pid_file pid instance_var increment_var username
     name_prefix namespace install_url`,
  ],
  [
    flag,
    `autorestart autostart treekill wait_ready shutdown_with_message source_map_support disable_source_map_support time
     merge_logs combine_logs disable_logs vizion append_env_to_name trace disable_trace v8 event_loop_inspector
     deep_monitoring automation windowsHide write force execute_command`,
  ],
  [words, `args interpreter_args interpreterArgs node_args ignore_watch`],
  [flagOrText, `out_file out output out_log error_file error err err_file err_log log_file log pmx`],
  [milliseconds, `kill_timeout kill_retry_time listen_timeout restart_delay exp_backoff_restart_delay watch_delay`],
  [count, `max_restarts`],
  [
    z.union([numeric(-1_024, 1_024, "a number of processes"), z.literal("max")], 'expected a number, or "max"'),
    `instances`,
  ],
  [z.literal(["fork", "cluster", "fork_mode", "cluster_mode"], 'expected "fork" or "cluster"'), `exec_mode`],
  [sized(/^\d+[GMK]?$/, "300M"), `max_memory_restart`],
  [sized(/^\d+[hms]?$/, "10s"), `min_uptime`],
  [z.union([z.string(), z.number()], "expected a cron line"), `cron_restart cron`],
  [z.union([z.int(), z.array(z.int())], "expected an exit code or a list of them"), `stop_exit_codes`],
  [z.union([flag, words], "expected a string, a list of strings, or true or false"), `filter_env`],
  [user, `uid gid user`],
  [options, `watch_options io`],
];

const known = new Map(
  kinds.flatMap(([shape, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, shape] as const),
  ),
);

/** A shape for every name PM2 takes. */
export const pm2Shapes: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  [...PM2_KEYS].map((key) => [key, (known.get(key) ?? z.unknown()).optional()]),
);
