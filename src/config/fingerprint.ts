import type { App } from "../model/project.ts";

/** Two apps with one fingerprint are configured alike, as far as can be determined. */
export const appFingerprint = (app: App): string =>
  JSON.stringify(app, (_, value: unknown) =>
    typeof value === "function" ? Function.prototype.toString.call(value) : value,
  );
