import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { everySession } from "../../../src/checkout/all-sessions.ts";
import { archiveStale, staleSessions } from "../../../src/session/store/lock.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import { readFrame } from "../../../src/model/frame.ts";
import { parseRecord } from "../../../src/model/session-record.ts";
import { boundedPattern } from "../../../src/system/bounded-pattern.ts";
import { clock } from "../../../src/system/clock.ts";
import { files } from "../../../src/system/files/files.ts";
import { processes } from "../../../src/system/processes/processes.ts";
import { openProject } from "../../rigs/project.ts";
import { record } from "../../unit/teardown/sample.ts";
import { folderWith, outside } from "../../unit/config/outside.ts";
import { DEADLINE, PROCESS_HUNG_MS, holds, nasty } from "./rig.ts";

/** A JSON text, a piece of it replaced. */
const broken = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length), fc.nat({ max: 30 }), fc.oneof(nasty, fc.json(), fc.constant("")))
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length));

/** The same object, one of its values replaced by another. */
const changed = (original: object): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...Object.keys(original)), fc.jsonValue())
    .map(([key, other]) => JSON.stringify({ ...original, [key]: other }));

const requests = [
  { op: "hello", protocol: 1, devpm: "0.1.0", nonce: "n" },
  { op: "wait", apps: ["a"], for: "ready", timeoutMs: 1 },
  { op: "report", app: "a", session: "s", report: { what: "reloading", file: "a.py", savedAt: 1 } },
  {
    op: "report",
    app: "a",
    session: "s",
    report: { what: "crashed", file: null, savedAt: null, excerpt: ["x"], during: "run", exitCode: 1, signal: null },
  },
];

it("any line on the socket is a frame that can be acted on, or is refused in a sentence", DEADLINE, async () => {
  const lines = fc.oneof(
    nasty,
    fc.json(),
    ...requests.flatMap((one) => [
      broken(JSON.stringify(one)),
      changed(one),
      ...("report" in one
        ? [changed(one.report!).map((report) => JSON.stringify({ ...one, report: JSON.parse(report) as unknown }))]
        : []),
    ]),
  );
  await holds(0.05, lines, (line) => {
    const read = readFrame(line);
    if (!read.ok) expect(read.error).toMatch(/^malformed request: /);
    else if (read.frame.op === "report" && "savedAt" in read.frame.report && read.frame.report.savedAt !== null)
      new Date(read.frame.report.savedAt).toISOString();
  });
});

it("any session file of a crashed devpm is swept as one, or left alone", DEADLINE, async () => {
  const root = folderWith({});
  const { environment } = outside(root);
  const instance = instanceOf(root, environment);
  mkdirSync(instance.folder, { recursive: true });
  const whole = record({ root, apps: [{ name: "a", pmId: 0, pids: [], ports: [5050], graceMs: 1 }] });
  const texts = fc.oneof(
    nasty,
    fc.json(),
    broken(JSON.stringify(whole)),
    changed(whole),
    changed(whole.apps[0]!).map((app) => JSON.stringify({ ...whole, apps: [JSON.parse(app) as unknown] })),
  );
  await holds(0.04, texts, async (text) => {
    writeFileSync(instance.sessionFile, text);
    const found = parseRecord(text);
    const listed = await everySession(files, environment);
    expect(listed).toEqual(found === null ? [] : [found]);
    const archived = await archiveStale({ files, processes, clock }, instance);
    expect(archived.ok && archived.value).toBeNull();
    for (const stale of await staleSessions(files, instance)) {
      expect(path.dirname(path.join(instance.folder, "dead", `${stale.id}.json`))).toBe(
        path.join(instance.folder, "dead"),
      );
      for (const { graceMs, ports } of stale.apps) expect(Math.max(0, graceMs, ...ports)).not.toBeNaN();
    }
    await files.remove(path.join(instance.folder, "dead"));
  });
});

it("any pattern is done with any line in time", DEADLINE, async () => {
  const atoms = fc.constantFrom("a", "b", ".", "\\d", "\\w", "[ab]", "[^b]", "(?=a)", "\\1", "^", "$", "\\b");
  const pattern = fc
    .array(fc.tuple(atoms, fc.constantFrom("", "+", "*", "?", "{2,}", "{1,9}", "+?")), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.map((part) => part.join("")).join(""));
  const nested = fc
    .tuple(pattern, fc.constantFrom("", "+", "*", "{2,}"), pattern)
    .map(([inner, times, tail]) => `(${inner})${times}${tail}`);
  const sources = fc
    .oneof(
      pattern,
      nested,
      fc.tuple(nested, nested).map((both) => `(${both.join("|")})+x`),
    )
    .filter(isPattern);
  const lines = fc.oneof(
    nasty,
    fc.tuple(fc.constantFrom("a", "ab", "1", "a1_"), fc.nat(3_000)).map(([piece, count]) => piece.repeat(count)),
  );
  await holds(0.05, fc.tuple(sources, lines), ([source, line]) => {
    const bounded = boundedPattern(new RegExp(source));
    const began = performance.now();
    for (let again = 0; again < 5; again++) bounded.test(line);
    // three tries of a tenth of a second each, and a machine that is busy; without a bound it would be years
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

it("any arguments are answered, and nothing is started", { timeout: DEADLINE.timeout + 240_000 }, async (ctx) => {
  const project = await openProject(ctx, { files: { "ecosystem.config.json": '{"apps":{"a":{"command":""}}}' } });
  const words = fc.oneof(
    fc.constantFrom(
      "dev",
      "down",
      "logs",
      "status",
      "restart",
      "wait",
      "list",
      "render",
      "doctor",
      "explain",
      "completion",
      "infra",
      "init",
    ),
    fc.constantFrom(
      "-d",
      "--json",
      "--timeout",
      "--port",
      "--only",
      "-C",
      "--config",
      "--since",
      "--grep",
      "-n",
      "--for",
      "--help",
      "--",
      "a=99999",
      "a=1",
      "-1",
      "0",
      "1e9",
      "5m",
    ),
    nasty.filter((text) => !text.includes("\u0000") && text.length < 100),
  );
  const argv = fc
    .array(words, { minLength: 1, maxLength: 4 })
    .filter((args) => !args.includes("init") && !(args.includes("wait") && !args.includes("--help")));
  const answered = async (args: string[]): Promise<void> => {
    const done = await project.devpm(args, { deadlineMs: PROCESS_HUNG_MS });
    if (![0, 1, 2, 3].includes(done.code ?? -1) || /DEVPM_BUG|^\s+at \S.*[jt]s:\d+:\d+/m.test(done.output))
      throw new Error(`devpm ${JSON.stringify(args)}: ${done.code}\n${done.output}`);
  };
  await holds(0.02, argv, answered, 2 * PROCESS_HUNG_MS);
  await project.nothingLeft();
});
