import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../rigs/wait.ts";
import {
  apiFiles,
  FASTAPI,
  FLASK_RUN,
  flaskFiles,
  flaskRoutes,
  makeVenvs,
  startWarm,
  type Warm,
  type WarmOptions,
} from "./rig.ts";
import { fixture } from "../../rigs/fixtures.ts";

beforeAll(makeVenvs, 400_000);

const RELOADS = 50;
/** Requests that wait at once: where the machine is slower than the stream, they must not become ever more. */
const MOST_WAITING = 64;
// uvicorn closes a connection that is idle for 5 s, and a request that is sent at that moment is lost
const UVICORN = ["uvicorn", "api:app", "--port", "$PORT", "--timeout-keep-alive", "300"];

const servers: Record<string, WarmOptions & { save: (warm: Warm, value: string) => void }> = {
  "Flask, new connections": {
    files: flaskFiles("v0;"),
    program: FLASK_RUN,
    save: (warm, value) => warm.write("web/routes.py", flaskRoutes(value)),
  },
  "uvicorn, new connections": {
    requirements: FASTAPI,
    files: apiFiles("v0;"),
    program: UVICORN,
    save: (warm, value) => warm.write("values.py", `VALUE = "${value}"\n`),
  },
  "uvicorn, kept connections": {
    requirements: FASTAPI,
    files: apiFiles("v0;"),
    program: UVICORN,
    save: (warm, value) => warm.write("values.py", `VALUE = "${value}"\n`),
  },
  "uvicorn on asyncio and h11, kept connections": {
    requirements: FASTAPI,
    files: apiFiles("v0;"),
    program: [...UVICORN, "--loop", "asyncio", "--http", "h11"],
    save: (warm, value) => warm.write("values.py", `VALUE = "${value}"\n`),
  },
};

describe("a stream of 200 requests a second through reloads", () => {
  it.for(Object.entries(servers))("%s", { timeout: 480_000 }, async ([name, server], ctx) => {
    const warm = await startWarm(ctx, server);
    await warm.warmedUp();
    const agent = name.includes("kept") ? new http.Agent({ keepAlive: true, maxSockets: 8 }) : undefined;
    const stream = requestStream(warm, agent);
    for (let reload = 1; reload <= RELOADS; reload += 1) {
      server.save(warm, `v${reload};`);
      await until(`v${reload}`, () => stream.newest >= reload, { everyMs: 5 });
      const enough = stream.answers + 20;
      await until("some more answers", () => stream.answers >= enough, { everyMs: 5 });
    }
    const { failures, stale } = await stream.end();
    agent?.destroy();
    expect(failures).toEqual([]);
    expect(stale).toBe(0);
  });
});

it("what asyncio accepts as its worker retires is answered", async (ctx) => {
  const files = apiFiles("v0;");
  // the moment between accepting and reading becomes so long that each retirement falls into it
  files["api.py"] +=
    `\n\nimport socket, time\n\naccept = socket.socket.accept\n\n\ndef slowly(self):\n    accepted = accept(self)\n    time.sleep(0.02)\n    return accepted\n\n\nsocket.socket.accept = slowly\n`;
  const program = [...UVICORN, "--loop", "asyncio"];
  const warm = await startWarm(ctx, { requirements: FASTAPI, files, program });
  await warm.warmedUp();
  const failures: string[] = [];
  let newest = 0;
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        newest = Math.max(newest, Number(/v(\d+);/.exec((await warm.get("/")).body)?.[1]));
      } catch (error) {
        failures.push(`after v${newest}: ${String(error)}`);
      }
    }
  };
  const clients = [client(), client(), client()];
  for (let reload = 1; reload <= 10; reload += 1) {
    warm.write("values.py", `VALUE = "v${reload};"\n`);
    await until(`v${reload}`, () => newest >= reload, { everyMs: 5 });
  }
  over.abort();
  await Promise.all(clients);
  expect(failures).toEqual([]);
});

interface Stream {
  newest: number;
  answers: number;
  end(): Promise<{ failures: string[]; stale: number }>;
}

/** Stale is an answer that is older than one which had been given before its request was sent. */
function requestStream(warm: Warm, agent: http.Agent | undefined): Stream {
  const running = new Set<Promise<void>>();
  let stale = 0;
  const over = new AbortController();
  const failures: string[] = [];
  const stream: Stream = {
    newest: 0,
    answers: 0,
    async end() {
      over.abort();
      await pacing;
      await Promise.all(running);
      return { failures, stale };
    },
  };
  const one = async (): Promise<void> => {
    const floor = stream.newest;
    try {
      const { status, body } = await warm.get("/", {}, agent);
      const value = Number(/v(\d+);/.exec(body)?.[1]);
      if (status !== 200 || Number.isNaN(value)) failures.push(`${status} ${body.slice(0, 80)}`);
      if (value < floor) stale += 1;
      stream.newest = Math.max(stream.newest, value);
      stream.answers += 1;
    } catch (error) {
      failures.push(String(error));
    }
  };
  const pacing = (async () => {
    while (!over.signal.aborted) {
      await delay(5);
      if (running.size >= MOST_WAITING) continue;
      const asked = one();
      running.add(asked);
      void asked.then(() => running.delete(asked));
    }
  })();
  return stream;
}

describe("what is open while a worker is replaced", () => {
  const api = {
    "api.py": fixture("reload/streaming_api.py"),
    "values.py": `VALUE = "one"\n`,
  };

  it("a request in flight gets its answer, then the lifespan ends", async (ctx) => {
    const warm = await startWarm(ctx, { requirements: FASTAPI, files: api, program: UVICORN });
    await warm.warmedUp();
    const slow = warm.get("/slow");
    await until("the request to be under way", () => warm.output().includes("begun"));
    warm.write("values.py", `VALUE = "two"\n`);
    await warm.untilBody("two");
    expect((await slow).body).toBe('{"slow":"one"}');
    await until("the end of the lifespan", () => warm.output().includes("lifespan of one ended"));
  });

  it("event streams and WebSockets are cut after their bound and named; the reload does not wait", async (ctx) => {
    const warm = await startWarm(ctx, {
      requirements: FASTAPI,
      files: api,
      program: UVICORN,
      options: ["--stream", "0.3", "--grace", "1"],
    });
    await warm.warmedUp();
    const events = openStream(warm.port, "/events");
    await until("an event", () => events.text().includes("data: one"));
    const socket = await openWebSocket(warm.port);
    const endless = warm.get("/endless").catch((error: unknown) => String(error));
    await until("the request to be under way", () => warm.output().includes("begun"));
    warm.write("values.py", `VALUE = "two"\n`);
    await warm.untilBody("two");
    await events.ended;
    const notices = (): string =>
      warm
        .all("notice")
        .map(({ text }) => text)
        .join("\n");
    await until("the notice", () => notices().includes("GET /events"));
    expect(await endless).toMatch(/hang up|reset/i);
    await until("the second notice", () => notices().includes("GET /endless"));
    await until("the old worker to be gone", () => warm.output().includes("lifespan of one ended"));
    await socket.ended;
  });

  it("Flask: an event stream is cut, atexit runs, a request in flight is answered", async (ctx) => {
    const app = (value: string): string => fixture("reload/streaming_flask.py", { __VALUE__: value });
    const warm = await startWarm(ctx, {
      files: { "app.py": app("one") },
      program: ["-m", "flask", "--app", "app", "run", "--port", "$PORT"],
      options: ["--stream", "0.3"],
    });
    await warm.warmedUp();
    const events = openStream(warm.port, "/events");
    await until("an event", () => events.text().includes("data: one"));
    const slow = warm.get("/slow");
    await until("the request to be under way", () => warm.output().includes("begun"));
    warm.write("app.py", app("two"));
    await warm.untilBody("two");
    expect((await slow).body).toBe("slow one");
    await events.ended;
    await until("the notice", () => warm.all("notice").some(({ text }) => text.includes("GET /events")));
    await until("atexit", () => warm.output().includes("atexit one"));
  });
});

function openStream(port: number, target: string): { text: () => string; ended: Promise<void> } {
  let text = "";
  const ended = new Promise<void>((resolve) => {
    const headers = { accept: "text/event-stream" };
    http
      .get({ host: "127.0.0.1", port, path: target, headers, agent: false }, (response) => {
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("error", () => resolve());
        response.on("close", () => resolve());
      })
      .on("error", () => resolve());
  });
  return { text: () => text, ended };
}

/** As much of the protocol as it takes to have one open. */
function openWebSocket(port: number): Promise<{ ended: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    http
      .get({ host: "127.0.0.1", port, path: "/ws", headers, agent: false })
      .on("upgrade", (_response, socket) => {
        const ended = new Promise<void>((end) => {
          socket
            .on("error", () => end())
            .on("close", () => end())
            .resume();
        });
        resolve({ ended });
      })
      .on("error", reject);
  });
}
