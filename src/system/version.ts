import { createRequire } from "node:module";

/** devpm's own. */
export const { version } = createRequire(import.meta.filename)("../../package.json") as { version: string };
