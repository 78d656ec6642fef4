import { createServer } from "node:net";
import { darwinPorts } from "./darwin.ts";
import { killPort } from "./kill.ts";
import { linuxPorts } from "./linux.ts";
import type { BindProbe, Ports, Readings } from "./types.ts";

const readings: Readings = process.platform === "darwin" ? darwinPorts : linuxPorts;

export const ports: Ports = {
  ...readings,
  canBind,
  freeByKillPort: (port, agreed) => killPort(port, agreed, readings.holders),
};

/**
 * Without a host Node listens on `::` without the v6-only option, which sees holders of every kind; where there is no IPv6, on
 * 0.0.0.0, which is all there is. To recognize a host as an address takes Node 5 ms the first time.
 */
async function canBind(port: number): Promise<BindProbe> {
  return verdict(await listen(port));
}

function verdict(code: string | null): BindProbe {
  if (code === null) return "free";
  return code === "EACCES" ? "forbidden" : "taken";
}

function listen(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "EADDRINUSE"));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
