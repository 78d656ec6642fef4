import type { ServiceDefinition } from "./definition.ts";

/** A question a server of a kind answers once it is usable, and how to judge its answer. Pure: bytes in, bytes out. */
export interface ServerProbe {
  kind: "postgres" | "bolt" | "kafka" | "redis" | "http" | "tcp";
  /** The container's port it is asked on. */
  port: number;
  question: Buffer | null;
  /** `more`: not enough bytes to decide yet. */
  judge: (answer: Buffer) => "usable" | "not yet" | "more";
}

const KNOWN: readonly { kind: ServerProbe["kind"]; image: RegExp; port: number }[] = [
  { kind: "postgres", image: /(^|\/)(postgres|postgis|timescaledb|pgvector|citus)/, port: 5432 },
  { kind: "bolt", image: /(^|\/)(neo4j|memgraph)/, port: 7687 },
  { kind: "kafka", image: /(^|\/)(kafka|cp-kafka|cp-server|redpanda|automq)/, port: 9092 },
  { kind: "redis", image: /(^|\/)(redis|valkey|keydb|dragonfly|redis-stack.*)/, port: 6379 },
];

const HTTP_PORTS = new Set([80, 3000, 5000, 7474, 8000, 8080, 8081, 8123, 8200, 8500, 9000, 9090, 9200, 15672]);

/** Chooses by image first, by the well-known port else; null where it publishes no TCP port that could be asked. */
export function probeFor(
  { image, ports }: Pick<ServiceDefinition, "image" | "ports">,
  published: readonly number[],
): ServerProbe | null {
  const name = image?.replace(/[:@].*$/, "") ?? "";
  const open = published.length > 0 ? published : ports.filter((p) => p.protocol === "tcp").map((p) => p.container);
  const byImage = KNOWN.find((known) => known.image.test(name));
  // another port than the usual one is still that server, when it is the only one
  const own = byImage && (open.includes(byImage.port) ? byImage.port : open.length === 1 ? open[0] : undefined);
  if (byImage && own !== undefined) return make(byImage.kind, own);
  for (const port of open) {
    const byPort = KNOWN.find((known) => known.port === port);
    if (byPort) return make(byPort.kind, port);
  }
  const http = open.find((port) => HTTP_PORTS.has(port));
  if (http !== undefined) return make("http", http);
  return open[0] === undefined ? null : make("tcp", open[0]);
}

function make(kind: ServerProbe["kind"], port: number): ServerProbe {
  switch (kind) {
    case "postgres":
      return { kind, port, question: STARTUP, judge: judgePostgres };
    case "bolt":
      return { kind, port, question: HANDSHAKE, judge: judgeBolt };
    case "kafka":
      return { kind, port, question: API_VERSIONS, judge: judgeKafka };
    case "redis":
      return { kind, port, question: Buffer.from("PING\r\n"), judge: judgeRedis };
    case "http":
      return { kind, port, question: Buffer.from("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"), judge: judgeHttp };
    case "tcp":
      return { kind, port, question: null, judge: () => "more" };
  }
}

const startup = Buffer.from("user\0devpm\0application_name\0devpm\0\0");
const STARTUP = Buffer.concat([int32(startup.length + 8), int32(196_608), startup]);

/** Any answer means a working server (also "no such role"), except "the database system is starting up" (57P03). */
function judgePostgres(answer: Buffer): "usable" | "not yet" | "more" {
  if (answer.length < 5) return "more";
  const kind = String.fromCharCode(answer[0] ?? 0);
  if (kind === "R") return "usable";
  if (kind !== "E") return "not yet";
  if (answer.length < 1 + answer.readUInt32BE(1)) return "more";
  return answer.toString("latin1").includes("C57P03\0") ? "not yet" : "usable";
}

/** Bolt 5 down to 3; the server names the one it takes. 0 means none of these: still a Bolt server. */
const HANDSHAKE = Buffer.from("6060b01700040405000004040000000300000000", "hex");
const judgeBolt = (answer: Buffer) =>
  answer.length < 4 ? "more" : answer[0] === 0 && answer[1] !== 0x48 ? "usable" : "not yet";

/** ApiVersions, version 0: every broker answers it, whatever its security settings for other requests. */
const header = Buffer.concat([Buffer.from([0, 18, 0, 0]), int32(7), Buffer.from([0, 5]), Buffer.from("devpm")]);
const API_VERSIONS = Buffer.concat([int32(header.length), header]);

function judgeKafka(answer: Buffer): "usable" | "not yet" | "more" {
  if (answer.length < 10) return "more";
  return answer.readUInt32BE(4) === 7 && answer.readInt16BE(8) === 0 ? "usable" : "not yet";
}

/** "NOAUTH" is a working server that requires a password; "LOADING" one that reads its data first. */
function judgeRedis(answer: Buffer): "usable" | "not yet" | "more" {
  const text = answer.toString("latin1");
  if (!text.includes("\r\n")) return "more";
  return /^\+PONG|^-NOAUTH|^-NOPERM/.test(text) ? "usable" : "not yet";
}

function judgeHttp(answer: Buffer): "usable" | "not yet" | "more" {
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(answer.toString("latin1"))?.[1];
  if (!status) return answer.length > 64 ? "not yet" : "more";
  return Number(status) < 500 ? "usable" : "not yet";
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
