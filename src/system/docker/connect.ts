import http from "node:http";
import https from "node:https";
import type { Attempt, Connection, ConnectOptions, Docker, DockerEngine, EngineFault } from "./types.ts";
import { loadDockerode } from "./client.ts";
import { type EndpointCandidate, candidates } from "./endpoint.ts";
import { type Client, engineOver } from "./engine.ts";
import { engineFault } from "./fault.ts";
import { sshAgent, sshHostName } from "./ssh.ts";
import type { Environment } from "../environment.ts";
import type { Files } from "../files/files.ts";
import { abortsWith } from "../../util/abort.ts";

const LOCAL_MS = 3_000;
/** ssh has to connect, authenticate and start a program on the other side first. */
const SSH_MS = 15_000;

async function connect(environment: Environment, files: Files, options: ConnectOptions = {}): Promise<Connection> {
  const attempts: Attempt[] = [];
  for (const candidate of await candidates(environment, files)) {
    // a usual socket that is not there does not deserve a line of its own
    if (candidate.source === "usual socket" && !(await exists(candidate, files))) continue;
    const tried = await attempt(candidate, environment, options);
    if (tried.ok) return tried;
    attempts.push({ url: candidate.url, source: candidate.source, fault: tried.fault });
    if (options.signal?.aborted) break;
  }
  return { ok: false, attempts };
}

const exists = async ({ via }: EndpointCandidate, files: Files): Promise<boolean> =>
  via.kind !== "unix" || (await files.kind(via.path).catch(() => "other")) !== null;

type Tried = { ok: true; engine: DockerEngine } | { ok: false; fault: EngineFault };

async function attempt(
  candidate: EndpointCandidate,
  environment: Environment,
  options: ConnectOptions,
): Promise<Tried> {
  if (candidate.via.kind === "none") return { ok: false, fault: unusable(candidate) };
  const client = open(candidate, environment);
  const limit = options.timeoutMs ?? (candidate.via.kind === "ssh" ? SSH_MS : LOCAL_MS);
  const asking = abortsWith(AbortSignal.timeout(limit), ...(options.signal ? [options.signal] : []));
  try {
    await ping(client, asking.signal);
  } catch (error) {
    const fault = engineFault(error);
    const complaint = client.complaint();
    client.close();
    return { ok: false, fault: complaint ? { ...fault, kind: "denied", detail: lastLine(complaint) } : fault };
  } finally {
    asking.abort();
  }
  const host = candidate.via.kind === "ssh" ? await sshHostName(candidate.via.args, environment.shell) : null;
  return { ok: true, engine: engineOver(client, host && candidate.remote ? { ...candidate, host } : candidate) };
}

const ping = ({ api }: Client, abortSignal: AbortSignal): Promise<unknown> =>
  // takes options since dockerode 4; its types still lack them
  (api.ping as (options: { abortSignal: AbortSignal }) => Promise<unknown>).call(api, { abortSignal });

const lastLine = (text: string): string => text.split("\n").at(-1) ?? text;

const unusable = ({ url }: EndpointCandidate): EngineFault => ({
  kind: "absent",
  detail: url.startsWith("context://")
    ? "there is no such context (docker context ls lists them)"
    : "this is not an address of an engine: unix://, tcp:// or ssh:// is expected",
  status: null,
});

/** Every option is given, so that none is taken from process.env. */
function open({ via }: EndpointCandidate, environment: Environment): Client {
  const Dockerode = loadDockerode();
  const silent = (): string => "";
  if (via.kind === "ssh") {
    const { agent, complaint, close } = sshAgent(via.args, environment.shell);
    const api = new Dockerode({ protocol: "http", host: "docker", port: 80, agent } as object);
    return { api, complaint, close };
  }
  if (via.kind === "tcp") {
    const { hostname: host, port, tls } = via;
    const pems = Object.fromEntries(
      Object.entries({ ca: tls?.ca, cert: tls?.cert, key: tls?.key }).filter(([, v]) => v),
    );
    const agent = tls
      ? new https.Agent({ keepAlive: true, rejectUnauthorized: tls.verify, ...pems })
      : new http.Agent({ keepAlive: true });
    const api = new Dockerode({
      protocol: tls ? "https" : "http",
      host,
      port,
      pathPrefix: "/",
      agent,
      ...pems,
    } as object);
    return { api, complaint: silent, close: () => agent.destroy() };
  }
  const agent = new http.Agent({ keepAlive: true });
  const socketPath = via.kind === "unix" ? via.path : "";
  const api = new Dockerode({ protocol: "http", host: undefined, port: undefined, socketPath, agent } as object);
  return { api, complaint: silent, close: () => agent.destroy() };
}

export const docker: Docker = { connect };
