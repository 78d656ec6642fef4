import type { Filter } from "../../../web/logs/filter.ts";

/** The filter of the Logs view that leaves nothing out. */
export const EVERYTHING: Filter = { apps: [], find: "", isRegex: false, level: "", since: "", until: "" };
