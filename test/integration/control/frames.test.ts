import { expect, it } from "vitest";
import { greet, openWire, sessionRecord, type Wire } from "../../rigs/control.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { until, within } from "../../rigs/wait.ts";

const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

/** Requests that no devpm would send; before they were checked, twelve of them ended the session. */
const malformed = (id: string): string[] => {
  const report = (body: unknown): string => JSON.stringify({ op: "report", app: "a", session: id, report: body });
  const crash = { what: "crashed", excerpt: ["x"], during: "run", exitCode: null, signal: null, file: "a" };
  return [
    "null",
    "1",
    "true",
    '"x"',
    "[]",
    "{}",
    '{"op":null}',
    '{"op":5}',
    '{"op":["status"]}',
    '{"op":"nope"}',
    '{"op":"__proto__"}',
    '{"op":"constructor"}',
    '{"op":"restart"}',
    '{"op":"restart","apps":5}',
    '{"op":"restart","apps":[5]}',
    '{"op":"restart","apps":"a"}',
    '{"op":"restart","apps":{"length":1}}',
    '{"op":"restart","__proto__":{"apps":["a"]}}',
    '{"op":"wait"}',
    '{"op":"wait","apps":["a"]}',
    '{"op":"wait","apps":null,"for":"ready","timeoutMs":1}',
    '{"op":"wait","apps":[],"for":"x","timeoutMs":1}',
    '{"op":"wait","apps":[],"for":"ready","timeoutMs":-1}',
    '{"op":"wait","apps":[],"for":"ready","timeoutMs":1e300}',
    '{"op":"wait","apps":[],"for":"ready","timeoutMs":"x"}',
    '{"op":"events"}',
    '{"op":"events","logs":"y"}',
    '{"op":"down","force":"yes"}',
    '{"op":"report"}',
    report(null),
    report(5),
    report({}),
    report({ what: "toString" }),
    report({ what: "reloading", file: 5, savedAt: 1 }),
    report({ what: "reloading", file: "a" }),
    report({ what: "crashed" }),
    report({ ...crash, savedAt: 1e300 }),
    report({ ...crash, savedAt: null, excerpt: "x" }),
    report({ ...crash, savedAt: null, excerpt: [null] }),
  ];
};

/** What is no JSON, too long or too deep: the connection ends with the answer. */
const garbage = ["", "{", "\0\0\0", "GET / HTTP/1.1", `{"op":"x","y":${deep(100_000)}}`, `"${"x".repeat(300_000)}"`];

async function session(project: Project): Promise<Wire> {
  const { socket, secret = "" } = sessionRecord(project);
  const wire = await openWire(socket);
  await greet(wire, secret);
  return wire;
}

const ready = async (project: Project): Promise<unknown> => {
  const wire = await session(project);
  wire.write('{"op":"status"}');
  const { status } = (await wire.next()) as { status?: { session: { state: string; id: string } } };
  wire.socket.destroy();
  return status?.session;
};

it("answers each malformed frame once, with what is wrong with it, and does nothing else", async (ctx) => {
  const project = await openProject(ctx, {
    files: { "ecosystem.config.json": JSON.stringify({ apps: { a: { command: "sleep 100000" } } }) },
  });
  const started = await project.devpm(["dev", "-d"]);
  expect(started.code, started.output).toBe(0);
  const before = await ready(project);
  const { id } = sessionRecord(project);

  const wire = await session(project);
  for (const frame of malformed(id)) {
    wire.write(frame);
    expect(await wire.next(), frame).toEqual({ ok: false, error: expect.stringMatching(/^malformed request: /) });
  }
  for (const frame of garbage) {
    const one = await session(project);
    const answered = one.next();
    one.write(frame);
    expect(await answered, frame.slice(0, 40)).toMatchObject({ ok: false });
    await within("the end of the connection", one.closed);
    // one answer, beside the one to its greeting
    expect(one.answers, frame.slice(0, 40)).toHaveLength(2);
  }

  // the same connection goes on, and the session with it
  wire.write('{"op":"status"}');
  expect(await wire.next()).toMatchObject({ ok: true, status: { apps: [{ name: "a", state: "ready" }] } });
  expect(wire.answers).toHaveLength(malformed(id).length + 2);
  expect(await ready(project)).toEqual(before);
  wire.socket.destroy();

  // requests of whoever does not know the secret, and of a devpm from before there was one
  const stranger = await openWire(sessionRecord(project).socket);
  stranger.write('{"op":"down","force":true}');
  expect(await stranger.next()).toMatchObject({ ok: false, error: expect.stringContaining("another version") });
  stranger.write('{"op":"prove","proof":"x"}');
  expect(await stranger.next()).toMatchObject({ ok: false });
  stranger.write('{"op":"down","force":true}');
  expect(await stranger.next()).toMatchObject({ ok: false });
  stranger.socket.destroy();
  expect(await ready(project)).toEqual(before);

  // a thousand at once, each with its answer, and as many that say nothing
  const silent = await Promise.all(Array.from({ length: 1_000 }, () => openWire(sessionRecord(project).socket)));
  const asking = await Promise.all(Array.from({ length: 1_000 }, () => session(project)));
  for (const each of asking) each.write('{"op":"wait","apps":[],"for":"ready","timeoutMs":60000}');
  for (const each of asking) expect(await each.next()).toMatchObject({ ok: true });
  // they fill the socket: whoever comes next takes the place of one that is silent
  expect(await ready(project)).toEqual(before);
  await until("a silent one to have gone", () => silent.some(({ socket }) => socket.destroyed));
  expect(asking.filter(({ socket }) => socket.destroyed)).toEqual([]);
  for (const { socket } of [...asking, ...silent]) socket.destroy();

  const down = await project.devpm(["down"]);
  expect(down.code, down.output).toBe(0);
});
