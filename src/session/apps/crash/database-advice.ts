import type { Fix } from "../../../diagnostics/diagnostic.ts";
import type { CrashAdvice, CrashFacts } from "./facts.ts";
import { restarted } from "./fix-commands.ts";

interface Address {
  host: string;
  port: number;
}

/** A server that refused: its address, the variable, the compose service; null where that is not the cause. */
export function databaseAdvice(text: string, facts: CrashFacts): CrashAdvice | null {
  const user = /password authentication failed for user "([^"]+)"|Access denied for user '([^']+)'/.exec(text);
  const denied = user !== null || /\bWRONGPASS\b|\bNOAUTH\b/.test(text);
  const address = addressIn(text);
  if (denied) return deniedAdvice(user?.[1] ?? user?.[2] ?? null, address, facts);
  return address !== null && /refused|ECONNREFUSED|Can't connect to/i.test(text) ? refusedAdvice(address, facts) : null;
}

/** As libpq, Node, redis-py, mysql and pymongo word it. */
const ADDRESSES: readonly RegExp[] = [
  /connection to server at "([^"]+)"(?: \([^)]*\))?, port (\d+) failed/,
  /ECONNREFUSED \[?([\w.:-]+?)\]?:(\d+)/,
  /connecting to ([\w.-]+):(\d+)/,
  /MySQL server on '([^':]+)(?::(\d+))?'/,
  /\b([\w.-]+):(\d{2,5})\b[^\n]*(?:Connection refused|Errno 111)/,
];

function addressIn(text: string): Address | null {
  for (const pattern of ADDRESSES) {
    const [, host, port] = pattern.exec(text) ?? [];
    if (host !== undefined) return { host, port: Number(port ?? 3306) };
  }
  return null;
}

function refusedAdvice(address: Address, facts: CrashFacts): CrashAdvice {
  const { app, services } = facts;
  const at = `${address.host}:${address.port}`;
  const variable = variablesFor(address, facts);
  const service = services.find(({ ports }) =>
    ports.some(({ host, container }) => [host, container].includes(address.port)),
  );
  const port = service?.ports.find(({ host, container }) => [host, container].includes(address.port))?.host;
  const moved = port !== undefined && port !== address.port;
  return {
    evidence: [
      ["cause", `nothing answers on ${at}${variable === null ? "" : ` (from ${variable})`}`],
      ...(service && port !== undefined
        ? [["compose", `${service.service} is ${service.state}, on localhost:${port}`] as const]
        : []),
    ],
    fixes: moved
      ? [{ label: `point ${variable ?? "its address"} at localhost:${port}, then`, command: restarted(app) }]
      : [
          services.length > 0
            ? start(app)
            : { label: `start what listens on ${address.port}, then`, command: restarted(app) },
        ],
  };
}

const start = (app: CrashFacts["app"]): Fix => ({
  label: "start the services, then the app",
  command: `devpm infra up && ${restarted(app)}`,
});

function deniedAdvice(user: string | null, address: Address | null, facts: CrashFacts): CrashAdvice {
  const { app, services } = facts;
  const variable = variablesFor(address, facts, user);
  const service = services.find(({ ports }) => ports.some(({ host }) => host === address?.port)) ?? services[0];
  const where = address === null ? "the database" : `${address.host}:${address.port}`;
  const secret = variable ?? "the password";
  return {
    evidence: [
      [
        "cause",
        `${where} refuses the password${user === null ? "" : ` of ${user}`}${variable === null ? "" : ` in ${variable}`}`,
      ],
      ...(service ? [["note", "a database keeps the password it was first made with"] as const] : []),
    ],
    fixes: [
      ...(service
        ? [{ label: "see what the container was made with", command: `docker compose exec ${service.service} env` }]
        : []),
      { label: `${service ? "then " : ""}set ${secret}, then`, command: restarted(app) },
    ],
  };
}

/** Names of the app's variables that point there; their values may hold passwords and are not shown. */
function variablesFor(address: Address | null, { variables }: CrashFacts, user: string | null = null): string | null {
  const names = Object.entries(variables).filter(
    ([, value]) =>
      (address !== null && value.includes(`:${address.port}`)) || (user !== null && value.includes(`//${user}:`)),
  );
  return names.length === 0
    ? null
    : names
        .map(([name]) => name)
        .slice(0, 2)
        .join(", ");
}
