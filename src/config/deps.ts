import type { System } from "../system/system.ts";

/** What reading a configuration needs of the system. */
export type ConfigDeps = Pick<System, "files" | "environment" | "loader">;
