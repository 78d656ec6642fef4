import type { App } from "../model/project.ts";

/** Two apps of one fingerprint are configured alike, as far as can be read off. */
export const fingerprint = (app: App): string =>
  JSON.stringify(app, (_, value: unknown) => (typeof value === "function" ? String(value) : value));
