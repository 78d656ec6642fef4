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

/** `::` without the v6-only option sees holders of every kind; where there is no IPv6, 0.0.0.0 is all there is. */
async function canBind(port: number): Promise<BindProbe> {
  const both = await listen(port, "::");
  if (both === "EAFNOSUPPORT" || both === "EADDRNOTAVAIL") return verdict(await listen(port, "0.0.0.0"));
  return verdict(both);
}

function verdict(code: string | null): BindProbe {
  if (code === null) return "free";
  return code === "EACCES" ? "forbidden" : "taken";
}

function listen(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "EADDRINUSE"));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
