import type { EngineFault } from "./types.ts";

interface Failure {
  code?: string;
  name?: string;
  message?: string;
  statusCode?: number;
  json?: { message?: string };
  cause?: { name?: string; code?: string };
}

const KINDS: Record<string, EngineFault["kind"]> = {
  ENOENT: "absent",
  ENOTFOUND: "absent",
  EAI_AGAIN: "absent",
  ECONNREFUSED: "refused",
  ENOTSOCK: "refused",
  EACCES: "denied",
  EPERM: "denied",
  ETIMEDOUT: "hangs",
  TimeoutError: "hangs",
};

const WORDS: Record<string, string> = {
  ENOENT: "no such file",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host name cannot be looked up now",
  ECONNREFUSED: "connection refused: nothing listens there",
  ENOTSOCK: "not a socket",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ETIMEDOUT: "no answer",
  TimeoutError: "it accepts the connection and does not answer",
};

/** What a thrown error of the client library or of the network means. */
export function engineFault(thrown: unknown): EngineFault {
  const error = (thrown ?? {}) as Failure;
  if (typeof error.statusCode === "number") {
    const detail = (error.json?.message ?? error.message ?? "").trim();
    return { kind: "answered", detail, status: error.statusCode };
  }
  const code =
    [error.code, error.name, error.cause?.name, error.cause?.code].find(
      (name) => name !== undefined && name in KINDS,
    ) ?? "";
  // neither side accepts the other's proof
  if (/CERT|TLS|SSL|SIGNATURE/.test(error.code ?? "")) {
    return { kind: "denied", detail: error.message ?? "TLS failed", status: null };
  }
  return { kind: KINDS[code] ?? "lost", detail: WORDS[code] ?? error.message ?? "unknown failure", status: null };
}
