import type { Clock } from "./clock.ts";
import type { Commands } from "./commands.ts";
import type { Compose } from "./docker/compose.ts";
import type { Docker } from "./docker/types.ts";
import type { ServeEngine } from "./engine/engine-server.ts";
import type { connectEngine } from "./engine/engine-client.ts";
import type { Environment } from "./environment.ts";
import type { Exchange } from "./exchange.ts";
import type { Files } from "./files/files.ts";
import type { Loader } from "./loader/loader.ts";
import type { LogFiles } from "./logs/log-files.ts";
import type { ServeMcp } from "./mcp/serve.ts";
import type { Network } from "./network.ts";
import type { ServePage } from "./page-server.ts";
import type { Pm2 } from "./pm2/pm2.ts";
import type { Ports } from "./ports/types.ts";
import type { Foreground } from "./terminal/foreground.ts";
import type { Helpers } from "./processes/helpers.ts";
import type { SourceMaps } from "./loader/source-maps.ts";
import type { Processes } from "./processes/types.ts";
import type { StartThread } from "./thread.ts";

/** The one interface to the outside. Constructed by cli.ts alone; every command receives it or the part it needs. */
export interface System {
  environment: Environment;
  clock: Clock;
  files: Files;
  foreground: Foreground;
  commands: Commands;
  compose: Compose;
  connectEngine: typeof connectEngine;
  loader: Loader;
  docker: Docker;
  exchange: Exchange;
  processes: Processes;
  /** Collects garbage, and gives its memory back to the machine. */
  releaseMemory: () => void;
  ports: Ports;
  helpers: Helpers;
  logFiles: LogFiles;
  network: Network;
  pm2: Pm2;
  serveEngine: ServeEngine;
  serveMcp: ServeMcp;
  servePage: ServePage;
  sourceMaps: SourceMaps;
  startThread: StartThread;
  /** In a terminal, by its file: of a process that may have been killed. */
  showCursor(device: string): void;
}
