import { describe, expect, test } from "vitest";
import type { App } from "../../../src/model/project.ts";
import type { Report, Request } from "../../../src/model/protocol.ts";
import { openSessionSocket } from "../../../src/session/control/control.ts";
import { joinedWith } from "../../../src/session/control/join.ts";
import type { ControlOptions } from "../../../src/session/control/options.ts";
import { initialModel, reduce } from "../../../src/session/session-model.ts";
import { createStop } from "../../../src/session/stop.ts";
import type { EngineSocket, Peer } from "../../../src/system/engine/engine-server.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { app as recorded } from "../teardown/sample.ts";
import { lockOf, sessionRoom, untilDone } from "./session-room.ts";

/** A session's socket; a test sends to it as a client would. */
async function socket({ starting = false, apps = [sampleApp({ name: "api", port: 5050 })] as App[] } = {}) {
  let served: EngineSocket | null = null;
  let closed = 0;
  const room = sessionRoom(
    {},
    {
      serveEngine: (options) => {
        served = options;
        return Promise.resolve({ close: () => Promise.resolve(void closed++) });
      },
    },
  );
  const project = { ...sampleProject(apps), groups: { all: ["api"] } };
  let model = initialModel(project);
  room.stream.subscribe((event) => (model = reduce(model, event)));
  const stop = createStop();
  const lock = lockOf({
    apps: [recorded("api", [])],
    secret: "s",
    socket: "/run/engine.sock",
    pm2Home: `${room.root}/pm2`,
  });
  const here = { starting, looks: 0, flushed: 0, settled: 0, later: [] as string[], problems: [] as object[] };
  const options = {
    lock,
    stream: room.stream,
    stop,
    request: { ui: false, instance: room.instance },
    logs: { flush: () => void here.flushed++, measured: () => 0 },
    model: () => model,
    project: () => (here.starting ? null : project),
    apps: () => null,
    configuration: () =>
      here.starting ? null : { now: () => Promise.resolve({ later: here.later, problems: here.problems }) },
    faults: { settled: () => Promise.resolve(void here.settled++) },
  } as unknown as ControlOptions;
  const open = await openSessionSocket(room.system, options);
  const ask = (message: Request) => {
    const answers: object[] = [];
    let leave = (): void => {};
    const peer = {
      send: (answer: object) => void answers.push(answer),
      sendLine: (line: string) => void answers.push(JSON.parse(line) as object),
      sendLog: () => {},
      onClosed: (listener: () => void) => (leave = listener),
    } as Peer;
    served!.receive(message, peer);
    return { answers, leave: () => leave() };
  };
  return { ...room, options, open, ask, stop, here, served: served!, closed: () => closed };
}

describe("a session's socket", () => {
  test("is where its file says, with its secret", async () => {
    const { served } = await socket();
    expect([served.path, served.secret]).toEqual(["/run/engine.sock", "s"]);
  });

  test("answers with the status of now, groups included", async () => {
    const { ask, stream, clock } = await socket();
    stream.emit({ event: "app.ready", app: "api", url: "http://localhost:5050", ms: 1 });
    const { answers } = ask({ op: "status" });
    await clock.pass(1_000);
    expect(answers).toMatchObject([
      {
        ok: true,
        status: { session: { id: "s1" }, apps: [{ name: "api", state: "ready" }], groups: { all: ["api"] } },
      },
    ]);
  });

  test("has the ports of the apps looked at for who asks, and not for what an app reports by itself", async () => {
    const { ask, here, options, served } = await socket();
    Object.assign(options, { apps: () => ({ ports: { lookSoon: () => void here.looks++ }, report: () => {} }) });
    ask({ op: "status" });
    expect(here.looks).toBe(1);
    served.receive({ op: "report", app: "api", report: { what: "notice", text: "" } } as Report, {} as Peer);
    expect(here.looks).toBe(1);
  });

  test("has its last reports in the answer to a question for errors", async () => {
    const { ask, here, clock } = await socket();
    const { answers } = ask({ op: "errors" });
    await clock.pass(1_000);
    await untilDone(() => answers.length > 0);
    expect([here.settled, answers]).toMatchObject([1, [{ ok: true, errors: [], notes: [] }]]);
  });

  test("ends the session for `down`, at once for `--force`, and answers with the receipt before it closes", async () => {
    const { ask, stop, open, clock, closed } = await socket();
    const { answers } = ask({ op: "down", force: false });
    expect([stop.reason, stop.now.aborted]).toEqual(["down", false]);
    const forced = ask({ op: "down", force: true });
    expect(stop.now.aborted).toBe(true);
    await clock.pass(10);
    expect(answers).toEqual([]);
    const receipt = { ended: [], leftovers: [], spared: [], portsFree: [5050], portsHeld: [], infraUp: [], ms: 9 };
    await clock.run(open.close(receipt));
    expect([answers, forced.answers, closed()]).toEqual([[{ ok: true, receipt }], [{ ok: true, receipt }], 1]);
  });

  test("answers that nothing was ended where there is no receipt", async () => {
    const { ask, open, clock } = await socket();
    const { answers } = ask({ op: "down", force: false });
    await clock.run(open.close(null));
    expect(answers).toMatchObject([{ ok: true, receipt: { ended: [], portsFree: [] } }]);
  });

  test("sends events once everything that was logged is in the files", async () => {
    const { ask, here, stream } = await socket();
    const { answers } = ask({ op: "events", logs: false });
    expect([here.flushed, answers]).toEqual([1, [{ ok: true }]]);
    stream.emit({ event: "notice", text: "x" });
    expect(answers[1]).toMatchObject({ event: "notice", text: "x" });
  });
});

describe("a second `devpm dev`", () => {
  const gone = new AbortController().signal;

  test("learns what runs, by the configuration as it is now", async () => {
    const { options, here } = await socket();
    here.later = ["the infra"];
    expect(await joinedWith(options, gone)).toEqual({
      config: "/p/ecosystem.config.ts",
      infra: false,
      isolated: false,
      ports: { api: 5050 },
      later: ["the infra"],
    });
  });

  test("waits for a session that is still loading its configuration", async () => {
    const { options, here, stream, clock } = await socket({ starting: true });
    let answer: object | null = null;
    void joinedWith(options, gone).then((joined) => (answer = joined));
    stream.emit({ event: "notice", text: "loading" });
    await clock.pass(10);
    expect(answer).toBeNull();
    here.starting = false;
    stream.emit({ event: "notice", text: "loaded" });
    await clock.pass(10);
    expect(answer).toMatchObject({ config: "/p/ecosystem.config.ts" });
  });

  test("is refused by one that ends meanwhile, and by a client's leaving the wait is over", async () => {
    const ending = await socket({ starting: true });
    const joined = joinedWith(ending.options, gone);
    ending.stop.request("ctrl-c");
    expect(await joined).toEqual({ error: "the session is ending", diagnostics: [] });
    const left = await socket({ starting: true });
    const leaving = new AbortController();
    const waiting = joinedWith(left.options, leaving.signal);
    leaving.abort();
    expect(await waiting).toMatchObject({ error: expect.any(String) });
  });

  test("gets the problems of a configuration that cannot be used", async () => {
    const { options, here } = await socket();
    here.problems = [{ summary: "apps: expected an object" }, { summary: "port: expected a number" }];
    expect(await joinedWith(options, gone)).toEqual({
      error: "apps: expected an object; port: expected a number",
      diagnostics: here.problems,
    });
  });
});
