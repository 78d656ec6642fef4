import { clock } from "./clock.ts";
import { commands } from "./commands.ts";
import { composeOf } from "./docker/compose.ts";
import { connectEngine } from "./engine/engine-client.ts";
import { docker } from "./docker/connect.ts";
import { serveEngine } from "./engine/engine-server.ts";
import type { Environment } from "./environment.ts";
import { exchange } from "./exchange.ts";
import { files } from "./files/files.ts";
import { foreground } from "./terminal/foreground.ts";
import { loaderOf, type PublicApi } from "./loader/loader.ts";
import { logFiles } from "./logs/log-files.ts";
import { serveMcp } from "./mcp/serve.ts";
import { releaseMemory } from "./memory.ts";
import { network } from "./network.ts";
import { pm2 } from "./pm2/pm2.ts";
import { ports } from "./ports/ports.ts";
import { helpers } from "./processes/helpers.ts";
import { processes } from "./processes/processes.ts";
import { sourceMaps } from "./loader/source-maps.ts";
import type { System } from "./system.ts";
import { showCursor } from "./terminal/terminal-device.ts";

/** Every real implementation. Loaded only by the commands that do more than read: it costs what its libraries cost. */
export const realSystem = (environment: Environment, devpm: PublicApi): System => ({
  environment,
  clock,
  commands,
  compose: composeOf(commands, environment),
  connectEngine,
  docker,
  exchange,
  files,
  foreground,
  helpers,
  loader: loaderOf(devpm),
  logFiles,
  network,
  pm2,
  ports,
  processes,
  releaseMemory,
  serveEngine,
  serveMcp,
  servePage: async (handle) => (await import("./page-server.ts")).servePage(handle),
  sourceMaps,
  showCursor,
  startThread: async (...options) => (await import("./thread.ts")).startThread(...options),
});
