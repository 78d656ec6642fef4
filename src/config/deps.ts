import type { System } from "../system/system.ts";

/** What reading a configuration needs from the system. */
export type ConfigDeps = Pick<System, "files" | "environment" | "loader">;
