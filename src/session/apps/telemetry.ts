import { randomBytes } from "node:crypto";
import path from "node:path";
import type { LogStore } from "../../logs/store.ts";
import { LONGEST_TRACES } from "../../model/limits.ts";
import type { App } from "../../model/project.ts";
import { requestsInTraces } from "../../requests/otlp.ts";
import type { Files } from "../../system/files/files.ts";
import type { PageReply, PageRequest } from "../../system/page-server.ts";
import type { System } from "../../system/system.ts";

/**
 * How long requests take in a FastAPI that devpm does not keep warm: from version 0.165 on it sends its traces where three
 * variables ask for it, if its extra `standard` is there. Nothing else of OpenTelemetry is taken.
 */
export interface Telemetry {
  /** What such an app is to be started with besides; empty for any other, and where OpenTelemetry is set up already. */
  variables(app: App, argv: readonly string[], own: Readonly<Record<string, string>>): Promise<Record<string, string>>;
}

export interface TelemetryOptions {
  logs: Pick<LogStore, "answered">;
  stopping: AbortSignal;
}

/** Its exporter would otherwise wait for five seconds. */
const DELAY_MS = 500;

export function createTelemetry(
  { files, servePage }: Pick<System, "files" | "servePage">,
  { logs, stopping }: TelemetryOptions,
): Telemetry {
  /** By the part of the address that no other program knows. */
  const apps = new Map<string, string>();
  let serving: Promise<number> | null = null;
  const intake = (request: PageRequest): Promise<PageReply> =>
    taken(request, apps).then((found) => {
      if (typeof found === "number") return replyOf(found);
      if (!stopping.aborted) logs.answered(found.app, found.requests);
      return replyOf(200);
    });
  const port = (): Promise<number> => {
    serving ??= servePage(intake).then((server) => {
      // programs send what is left when they end: it listens for as long as the engine lives, and holds nothing up
      server.unref();
      return server.port;
    });
    return serving;
  };
  const secretOf = (name: string): string => {
    const known = [...apps].find(([, app]) => app === name)?.[0];
    const secret = known ?? randomBytes(18).toString("base64url");
    apps.set(secret, name);
    return secret;
  };
  return {
    async variables({ name, venv }, argv, own): Promise<Record<string, string>> {
      const isSetUp = Object.keys(own).some((key) => /^(?:OTEL|FASTAPI_OTEL)_/.test(key));
      if (isSetUp || !isFastapi(argv) || !(await sendsTraces(files, venv ?? venvOf(argv)))) return {};
      // without a port there are the access lines
      const at = await port().catch(() => null);
      if (at === null) return {};
      return {
        FASTAPI_OTEL_AUTO_CONFIGURE: "true",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${at}/${secretOf(name)}/v1/traces`,
        OTEL_BSP_SCHEDULE_DELAY: String(DELAY_MS),
      };
    },
  };
}

const isFastapi = (argv: readonly string[]): boolean =>
  argv.some((word) => /^(?:fastapi|uvicorn)$/.test(path.basename(word)));

/** `…/venv/bin/uvicorn` → `…/venv` */
const venvOf = ([file = ""]: readonly string[]): string => path.dirname(path.dirname(file));

const LEAST = [0, 165];

async function sendsTraces(files: Pick<Files, "list">, venv: string): Promise<boolean> {
  for (const version of await files.list(path.join(venv, "lib"))) {
    if (!version.startsWith("python3")) continue;
    const names = await files.list(path.join(venv, "lib", version, "site-packages"));
    const fastapi = names.map((name) => /^fastapi-(\d+)\.(\d+)\./.exec(name)).find((found) => found !== null);
    const [major, minor] = [Number(fastapi?.[1]), Number(fastapi?.[2])];
    const isNew = major > LEAST[0]! || (major === LEAST[0] && minor >= LEAST[1]!);
    if (isNew && names.some((name) => name.startsWith("opentelemetry_exporter_otlp_proto_http-"))) return true;
  }
  return false;
}

/** The status of the answer where nothing is taken. */
async function taken(request: PageRequest, apps: ReadonlyMap<string, string>) {
  const app = apps.get(/^\/([\w-]+)\/v1\/traces$/.exec(request.path)?.[1] ?? "");
  // what a browser sends has an origin, or says where it comes from
  const isBrowser = request.header("origin") !== undefined || request.header("sec-fetch-site") !== undefined;
  if (app === undefined || isBrowser) return 404;
  if (request.method !== "POST") return 405;
  if (request.header("content-type") !== "application/x-protobuf" || request.header("content-encoding") !== undefined)
    return 415;
  const bytes = await request.bytes(LONGEST_TRACES);
  if (bytes === null) return 413;
  const requests = requestsInTraces(bytes);
  return requests === null ? 400 : { app, requests };
}

/** An empty answer: everything was taken. */
const replyOf = (status: number): PageReply => ({
  status,
  headers: { "content-type": "application/x-protobuf" },
  body: "",
  admitted: status === 200,
});
