/**
 * PM2's own options of an app, as its 7.x schema names them. devpm hands them to PM2 as they are, but for what a
 * session must own: the process's environment, its watch and its restarts while developing.
 */
export interface Pm2Options {
  /** The program or script PM2 starts: instead of `command`. Relative to `cwd`, else looked up on the PATH. */
  script?: string;
  /** Arguments of `script`: a list, or one text that is split at spaces. */
  args?: string | readonly string[];
  /** What runs `script`; default: by its extension, as PM2 does (`none` runs it directly). */
  interpreter?: string;
  interpreter_args?: string | readonly string[];
  node_args?: string | readonly string[];
  /** Number of processes (PM2's default 1), or `"max"`. */
  instances?: number | string;
  exec_mode?: "fork" | "cluster" | "fork_mode" | "cluster_mode";
  /** Restarts the app when it passes this much memory: bytes, or a string such as `"300M"`. */
  max_memory_restart?: number | string;
  /** A cron line at which the app is restarted. */
  cron_restart?: string | number;
  autorestart?: boolean;
  max_restarts?: number;
  /** Milliseconds, or a string such as `"10s"`. */
  min_uptime?: number | string;
  /** Milliseconds. */
  restart_delay?: number;
  /** Milliseconds. */
  exp_backoff_restart_delay?: number;
  stop_exit_codes?: number | readonly number[];
  /** Milliseconds; in a plain PM2 file it is what `graceMs` is elsewhere. */
  kill_timeout?: number | string;
  kill_retry_time?: number;
  treekill?: boolean;
  wait_ready?: boolean;
  listen_timeout?: number;
  shutdown_with_message?: boolean;
  /** Replaces PM2's default ignore list, in a plain PM2 file; in an app of devpm's use `ignore`. */
  ignore_watch?: string | readonly string[];
  watch_delay?: number;
  watch_options?: Readonly<Record<string, unknown>>;
  source_map_support?: boolean;
  disable_source_map_support?: boolean;
  filter_env?: boolean | string | readonly string[];
  instance_var?: string;
  increment_var?: string;
  uid?: number | string;
  gid?: number | string;
  user?: string;
  time?: boolean;
  log_date_format?: string;
  log_type?: string;
  merge_logs?: boolean;
  disable_logs?: boolean;
  out_file?: string;
  error_file?: string;
  log_file?: string | boolean;
  pid_file?: string;
  /** PM2's variables of another environment; devpm does not read them. */
  [env: `env_${string}`]: unknown;
}

/** Every name PM2 takes, aliases included: what is none of these, nor devpm's, is a mistake. */
export const PM2_KEYS: ReadonlySet<string> = new Set(
  `
    script exec cmd args interpreter exec_interpreter interpreter_args interpreterArgs node_args instances
    exec_mode execute_command max_memory_restart cron_restart cron autorestart autostart max_restarts
    min_uptime restart_delay exp_backoff_restart_delay stop_exit_codes kill_timeout kill_retry_time treekill
    wait_ready listen_timeout shutdown_with_message ignore_watch watch_delay watch_options source_map_support
    disable_source_map_support filter_env instance_var increment_var uid gid user username time
    log_date_format log_type merge_logs combine_logs disable_logs out_file out output out_log error_file error
    err err_file err_log log_file log pid_file pid name_prefix namespace install_url vizion append_env_to_name
    post_update trace disable_trace v8 event_loop_inspector deep_monitoring pmx automation windowsHide write
    io force
  `
    .trim()
    .split(/\s+/),
);
