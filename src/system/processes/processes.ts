import { darwinProcesses } from "./darwin.ts";
import { linuxProcesses } from "./linux.ts";
import type { Processes } from "./types.ts";

export const processes: Processes = process.platform === "darwin" ? darwinProcesses : linuxProcesses;
