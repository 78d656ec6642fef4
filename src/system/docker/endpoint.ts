import { createHash } from "node:crypto";
import path from "node:path";
import type { Environment } from "../environment.ts";
import type { Endpoint } from "./types.ts";
import type { Files } from "../files/files.ts";

/** An endpoint and what a connection to it needs. */
export interface EndpointCandidate extends Endpoint {
  via:
    | { kind: "unix"; path: string }
    | { kind: "tcp"; hostname: string; port: number; tls: Tls | null }
    /** `args`: what ssh is called with to get there. */
    | { kind: "ssh"; args: string[] }
    | { kind: "none" };
}

export interface Tls {
  ca: string | null;
  cert: string | null;
  key: string | null;
  /** false: set by the user (DOCKER_TLS without VERIFY, SkipTLSVerify of a context). */
  verify: boolean;
}

/**
 * Where the user's `docker` command would go, in the order in which it is tried. A choice made by the user is the only
 * candidate: falling back to another engine would start containers where they are not expected.
 */
export async function candidates(environment: Environment, files: Files): Promise<EndpointCandidate[]> {
  const { shell } = environment;
  if (shell.DOCKER_HOST) {
    const tls = await environmentTls(environment, files);
    return [candidate(shell.DOCKER_HOST, "DOCKER_HOST", tls, {})];
  }
  const folder = shell.DOCKER_CONFIG || path.join(environment.home, ".docker");
  const context = shell.DOCKER_CONTEXT || (await currentContext(folder, files));
  if (context && context !== "default") return [await fromContext(context, folder, files)];
  const own = candidate("unix:///var/run/docker.sock", `context "default"`, null, {});
  return [own, ...usualSockets(environment).map((socket) => usual(socket))];
}

const usual = (socket: string): EndpointCandidate =>
  candidate(`unix://${socket}`, "usual socket", null, { DOCKER_HOST: `unix://${socket}` });

function usualSockets({ home, shell, uid, platform }: Environment): string[] {
  const runtime = shell.XDG_RUNTIME_DIR || `/run/user/${uid}`;
  const inHome = (name: string): string => path.join(home, name);
  const rootless = platform === "linux" ? [`${runtime}/docker.sock`] : [];
  const podman = platform === "linux" ? [`${runtime}/podman/podman.sock`, "/run/podman/podman.sock"] : [];
  return [
    ...rootless,
    inHome(".docker/run/docker.sock"),
    inHome(".docker/desktop/docker.sock"),
    inHome(".orbstack/run/docker.sock"),
    inHome(".colima/default/docker.sock"),
    inHome(".config/colima/default/docker.sock"),
    inHome(".rd/docker.sock"),
    ...podman,
    inHome(".local/share/containers/podman/machine/podman.sock"),
  ];
}

async function currentContext(folder: string, files: Files): Promise<string | null> {
  const config = parse(await files.read(path.join(folder, "config.json")));
  return typeof config.currentContext === "string" ? config.currentContext : null;
}

async function fromContext(name: string, folder: string, files: Files): Promise<EndpointCandidate> {
  const source = `context "${name}"`;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = parse(await files.read(path.join(folder, "contexts/meta", id, "meta.json")));
  const endpoint = (meta.Endpoints as { docker?: { Host?: string; SkipTLSVerify?: boolean } } | undefined)?.docker;
  if (!endpoint?.Host) return candidate(`context://${name}`, source, null, {});
  const tls = await tlsFrom(path.join(folder, "contexts/tls", id, "docker"), endpoint.SkipTLSVerify !== true, files);
  return candidate(endpoint.Host, source, tls, {});
}

async function environmentTls({ shell, home }: Environment, files: Files): Promise<Tls | null> {
  const verify = Boolean(shell.DOCKER_TLS_VERIFY);
  if (!verify && !shell.DOCKER_TLS) return null;
  const folder = shell.DOCKER_CERT_PATH || shell.DOCKER_CONFIG || path.join(home, ".docker");
  return (await tlsFrom(folder, verify, files)) ?? { ca: null, cert: null, key: null, verify };
}

async function tlsFrom(folder: string, verify: boolean, files: Files): Promise<Tls | null> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => files.read(path.join(folder, name))),
  );
  return ca || cert || key ? { ca: ca ?? null, cert: cert ?? null, key: key ?? null, verify } : null;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

/** Pure: an address as DOCKER_HOST writes it. An invalid address is kept, so that connecting can report it. */
export function candidate(
  address: string,
  source: string,
  tls: Tls | null,
  env: Record<string, string>,
): EndpointCandidate {
  const at = { url: address, source, env };
  const [, scheme = "tcp", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(address) ?? [];
  if (scheme === "unix") return { ...at, ...here, via: { kind: "unix", path: rest || "/var/run/docker.sock" } };
  const parts = /^(?:([^@/]+)@)?(\[[^\]]+\]|[^:/[\]]+)(?::(\d+))?(?:\/.*)?$/.exec(rest);
  if (!parts || !["tcp", "http", "https", "ssh"].includes(scheme)) return { ...at, ...here, via: { kind: "none" } };
  const [, user, name = "", digits] = parts;
  const hostname = name.replaceAll(/^\[|\]$/g, "");
  const where = LOOPBACK.test(hostname) ? here : { host: hostname, remote: true };
  if (scheme === "ssh") {
    const login = [...(user ? ["-l", user] : []), ...(digits ? ["-p", digits] : [])];
    return { ...at, ...where, via: { kind: "ssh", args: [...login, "--", hostname] } };
  }
  const secure = tls ?? (scheme === "https" ? { ca: null, cert: null, key: null, verify: true } : null);
  const port = Number(digits ?? (secure ? 2376 : 2375));
  return { ...at, ...where, via: { kind: "tcp", hostname, port, tls: secure } };
}

/** Compose publishes on IPv4: `localhost` could be another program's ::1. */
const here = { host: "127.0.0.1", remote: false };

function parse(text: string | null): Record<string, unknown> {
  try {
    return (JSON.parse(text ?? "{}") ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
