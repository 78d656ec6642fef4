import { expect, test } from "vitest";
import { createTelemetry } from "../../../src/session/apps/telemetry.ts";
import type { App } from "../../../src/model/project.ts";
import type { PageReply, PageRequest, PageServer } from "../../../src/system/page-server.ts";

const VENV = "/shop/venv";
const ARGV = [`${VENV}/bin/uvicorn`, "api:app"];
const NEW = ["fastapi-0.165.0.dist-info", "opentelemetry_exporter_otlp_proto_http-1.45.2.dist-info"];
const APP = { name: "api", venv: null } as App;

interface Opened {
  intake: (request: PageRequest) => Promise<PageReply>;
  answered: unknown[];
  stop: () => void;
  served: () => number;
}

function open(installed: readonly string[] = NEW, fails = false) {
  const stopping = new AbortController();
  const opened: Opened = {
    intake: () => Promise.reject(),
    answered: [],
    stop: () => stopping.abort(),
    served: () => 0,
  };
  let count = 0;
  opened.served = () => count;
  const files = {
    list: (folder: string) =>
      Promise.resolve(folder === `${VENV}/lib` ? ["python3.12"] : folder.startsWith(VENV) ? [...installed] : []),
  };
  const servePage = (intake: Opened["intake"]): Promise<PageServer> => {
    count++;
    opened.intake = intake;
    if (fails) return Promise.reject(new Error("no port"));
    return Promise.resolve({ port: 4_000, unref: () => {}, close: () => Promise.resolve() });
  };
  const logs = { answered: (app: string, requests: object) => void opened.answered.push([app, requests]) };
  return { ...createTelemetry({ files, servePage } as never, { logs, stopping: stopping.signal }), opened };
}

test("three variables are set where FastAPI acts on them", async () => {
  const { variables, opened } = open();
  const made = await variables(APP, ARGV, { PATH: "/bin" });
  expect(made).toEqual({
    FASTAPI_OTEL_AUTO_CONFIGURE: "true",
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4000\/[\w-]{24}\/v1\/traces$/),
    OTEL_BSP_SCHEDULE_DELAY: "500",
  });
  // the next start has the same address; another app has its own, of the same server
  expect(await variables(APP, ["python", "-m", "uvicorn"], {})).toEqual({});
  expect(await variables({ ...APP, venv: VENV }, ["python", "-m", "uvicorn"], {})).toEqual(made);
  expect(await variables({ ...APP, name: "b" }, ARGV, {})).not.toEqual(made);
  expect(opened.served()).toBe(1);
});

test.each([
  ["its FastAPI is older", [ARGV, {}, ["fastapi-0.164.9.dist-info", NEW[1]!]]],
  ["the exporter is missing", [ARGV, {}, [NEW[0]!]]],
  ["it is no FastAPI", [[`${VENV}/bin/flask`], {}, NEW]],
  ["OpenTelemetry is set up", [ARGV, { OTEL_SDK_DISABLED: "true" }, NEW]],
  ["FastAPI's own switch is set", [ARGV, { FASTAPI_OTEL_AUTO_CONFIGURE: "false" }, NEW]],
] as const)("none is set, and nothing is served, where %s", async (_, [argv, own, installed]) => {
  const { variables, opened } = open(installed);
  expect(await variables(APP, argv, own)).toEqual({});
  expect(opened.served()).toBe(0);
});

test("no port is no reason not to start", async () => {
  expect(await open(NEW, true).variables(APP, ARGV, {})).toEqual({});
});

test("only what the app itself sends is taken", async () => {
  const { variables, opened } = open();
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint = "" } = await variables(APP, ARGV, {});
  const send = async (more: Partial<PageRequest> & { headers?: Record<string, string> } = {}): Promise<number> => {
    const headers: Record<string, string> = { "content-type": "application/x-protobuf", ...more.headers };
    const request = {
      method: "POST",
      path: new URL(endpoint).pathname,
      bytes: () => Promise.resolve(new Uint8Array()),
    };
    return (await opened.intake({ ...request, header: (name: string) => headers[name], ...more } as PageRequest))
      .status;
  };
  expect(await send()).toBe(200);
  expect(opened.answered).toEqual([["api", []]]);
  expect(await send({ path: `/${"x".repeat(24)}/v1/traces` })).toBe(404);
  expect(await send({ path: new URL(endpoint).pathname.replace("traces", "metrics") })).toBe(404);
  expect(await send({ headers: { origin: "http://127.0.0.1:4000" } })).toBe(404);
  expect(await send({ headers: { "sec-fetch-site": "cross-site" } })).toBe(404);
  expect(await send({ method: "GET" })).toBe(405);
  expect(await send({ headers: { "content-type": "application/json" } })).toBe(415);
  expect(await send({ headers: { "content-encoding": "gzip" } })).toBe(415);
  expect(await send({ bytes: () => Promise.resolve(null) })).toBe(413);
  expect(await send({ bytes: () => Promise.resolve(Uint8Array.of(0xff)) })).toBe(400);
  opened.stop();
  expect(await send()).toBe(200);
  expect(opened.answered).toHaveLength(1);
});
