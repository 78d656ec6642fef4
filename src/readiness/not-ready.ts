import { urlOf, type App } from "../model/project.ts";
import type { Diagnostic, Evidence } from "../diagnostics/diagnostic.ts";
import type { PortHolder } from "../system/ports/types.ts";
import { assertNever } from "../util/assert-never.ts";
import { shellQuote } from "../util/shell-quote.ts";

const SHOWN_LINES = 6;

/** Its process lives, and what the config calls ready has not come. */
export function notReady(app: App, lines: readonly string[], listening: readonly Socket[]): Diagnostic {
  return {
    code: "DEVPM_APP_NOT_READY",
    severity: "warning",
    summary: `${app.name} runs, but is not ready after ${Math.round(app.ready.timeoutMs / 1000)} s`,
    evidence: [
      ["waited for", expectation(app)],
      ...(app.port === null ? [] : [["listens on", placesOf(listening)] as const]),
      ...elsewhere(app, listening),
      ["set by", `apps.${app.name}.ready`],
    ],
    excerpt: lines.slice(-SHOWN_LINES),
    state: `${app.name} is left running, and counts as ready as soon as it is.`,
    fixes: [
      { label: "see its output", command: `devpm logs ${shellQuote(app.name)}` },
      { label: "try again", command: `devpm restart ${shellQuote(app.name)}` },
    ],
  };
}

type Socket = Pick<PortHolder, "port" | "address">;

/** What a connection to localhost reaches. */
const LOCAL = /^(127\.0\.0\.1|0\.0\.0\.0|::|::1|0:0:0:0:0:ffff:7f00:1|\*|localhost)$/;

/** With the address where that is not what everybody expects. */
const placesOf = (listening: readonly Socket[]): string =>
  listening.length === 0
    ? "no port"
    : [...new Set(listening.toSorted((a, b) => a.port - b.port).map(placeOf))].join(", ");

const placeOf = ({ port, address }: Socket): string =>
  LOCAL.test(address) ? String(port) : `${address.includes(":") ? `[${address}]` : address}:${port}`;

/** The claimed port, and only where localhost does not lead. */
function elsewhere({ port }: App, listening: readonly Socket[]): Evidence[] {
  const own = listening.filter((one) => one.port === port);
  if (own.length === 0 || own.some(({ address }) => LOCAL.test(address))) return [];
  const addresses = [...new Set(own.map(({ address }) => address))].join(", ");
  return [
    ["cause", `it listens on ${addresses} only, which localhost does not reach`],
    ["write", "127.0.0.1 as the host that it listens on"],
  ];
}

/** What the config calls ready. */
export function expectation(app: App): string {
  const { ready, port } = app;
  switch (ready.kind) {
    case "http":
      return `GET ${urlOf(app)}${ready.path} to answer below 400`;
    case "tcp":
      return `port ${ready.port} to accept a connection`;
    case "log":
      return `a line that matches ${String(ready.pattern)}`;
    case "default":
      return port === null ? "its process" : `port ${port} to accept a connection`;
    default:
      return assertNever(ready);
  }
}
