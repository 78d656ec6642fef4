/**
 * A command with these variables (`NAME=value`) over those that are there; without any, as it is. `env` would take a program with `=`
 * in its path for one more of them: `nice`, which changes nothing here, runs whatever its argument is.
 */
export function throughEnv(pairs: readonly string[], argv: readonly string[]): readonly string[] {
  return pairs.length === 0 ? argv : ["/usr/bin/env", ...pairs, ...runnable(argv)];
}

/** What `env` runs as this command. */
export const runnable = (argv: readonly string[]): string[] =>
  argv[0]?.includes("=") ? ["nice", "-n", "0", ...argv] : [...argv];
