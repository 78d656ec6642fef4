import type { DevOptions } from "./run.ts";

/** What selects the project. */
export const placeOf = ({ config }: DevOptions): string[] => (config === undefined ? [] : ["--config", config]);

/** What a `devpm dev` was asked for, as it would be typed again. */
export const flagsOf = (options: DevOptions): string[] => [
  ...(options.ui ? ["--ui"] : []),
  ...(options.infra ? [] : ["--no-infra"]),
  ...options.only.flatMap((name) => ["--only", name]),
  ...Object.entries(options.ports).flatMap(([app, port]) => ["--port", `${app}=${port}`]),
  ...(options.isolated === undefined ? [] : [options.isolated ? "--isolated" : "--no-isolated"]),
  ...(options.freePorts ? ["--free-ports"] : []),
  ...(options.yes ? ["--yes"] : []),
  ...(options.timeout === null ? [] : ["--timeout", String(options.timeout)]),
];
