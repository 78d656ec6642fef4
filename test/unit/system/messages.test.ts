import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PROTOCOL } from "../../../src/model/protocol.ts";
import { engineFault } from "../../../src/system/docker/fault.ts";
import { lineReader } from "../../../src/system/docker/frames.ts";
import type { ContainerLine } from "../../../src/system/docker/types.ts";
import { createGreeting, createReception, OLDER, STRANGER } from "../../../src/system/engine/handshake.ts";
import { explainLoadFailure } from "../../../src/system/loader/load-failure.ts";
import { boundedPattern } from "../../../src/system/bounded-pattern.ts";

describe("the proof that both ends of the socket know the session's secret", () => {
  /** One conversation; `meddle` changes what the engine answers. */
  function talk(
    clientSecret: string,
    engineSecret: string,
    meddle: (welcome: never) => unknown = (welcome) => welcome,
  ) {
    const greeting = createGreeting(clientSecret);
    const reception = createReception(engineSecret);
    const reply = greeting.reply(meddle(reception.welcome(greeting.hello) as never) as never);
    if (reply.ok && reply.frame.op === "prove") reception.prove(reply.frame.proof);
    return { reply, reception };
  }

  test("with the same secret each takes the other", () => {
    const { reply, reception } = talk("s", "s");
    expect(reply.ok).toBe(true);
    expect(reception.known).toBe(true);
  });

  test("an engine without the secret is not talked to, and learns no proof", () => {
    const { reply, reception } = talk("s", "other");
    expect(reply).toEqual({ ok: false, error: STRANGER });
    expect(reception.known).toBe(false);
  });

  test("a client without the secret is not taken, even with the engine's own proof sent back", () => {
    const reception = createReception("s");
    const welcome = reception.welcome(createGreeting("guess").hello);
    if (!welcome.ok) throw new Error("not welcome");
    for (const proof of ["", "guess", welcome.proof, welcome.nonce]) expect(reception.prove(proof)).toBe(false);
    expect(reception.known).toBe(false);
  });

  test("a proof counts for one conversation only", () => {
    const first = createReception("s");
    const greeting = createGreeting("s");
    const reply = greeting.reply(first.welcome(greeting.hello));
    if (!reply.ok || reply.frame.op !== "prove") throw new Error("no proof");
    const second = createReception("s");
    second.welcome(createGreeting("s").hello);
    expect(second.prove(reply.frame.proof)).toBe(false);
    expect(first.prove(reply.frame.proof)).toBe(true);
  });

  test("nothing proves anything before it was asked for", () => {
    expect(createReception("s").prove("")).toBe(false);
  });

  test("another version is named on both sides", () => {
    const newer = createReception("s").welcome({
      ...createGreeting("s").hello,
      protocol: PROTOCOL + 1,
      devpm: "9.9.9",
    });
    expect(newer).toMatchObject({ ok: false, error: expect.stringContaining("devpm 9.9.9") as string });
    expect(
      talk("s", "s", () => ({ ok: true, protocol: PROTOCOL + 1, devpm: "9.9.9", nonce: "", proof: "" })).reply,
    ).toMatchObject({
      ok: false,
      error: expect.stringMatching(/run by devpm 9\.9\.9, which devpm .* cannot talk to/) as string,
    });
    expect(talk("s", "s", () => ({ ok: false, error: "unknown request" })).reply).toEqual({ ok: false, error: OLDER });
  });
});

describe("the logs of a container", () => {
  const frame = (stream: 1 | 2, text: string): Buffer => {
    const body = Buffer.from(text);
    const head = Buffer.alloc(8);
    head[0] = stream;
    head.writeUInt32BE(body.length, 4);
    return Buffer.concat([head, body]);
  };
  const read = (bytes: Buffer, cuts: readonly number[], tty = false): ContainerLine[] => {
    const lines: ContainerLine[] = [];
    const reader = lineReader({ tty }, (line) => lines.push(line));
    const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
    for (const [index, end] of at.slice(1).entries()) reader.push(bytes.subarray(at[index], end));
    reader.end();
    return lines;
  };
  const AT = "2026-01-31T12:00:00.123456789Z";
  const text = fc
    .array(fc.constantFrom("a", "ü", "🙂", " ", "x".repeat(50)), { maxLength: 6 })
    .map((parts) => parts.join(""));
  const written = fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), text), { minLength: 1, maxLength: 8 });
  const cuts = fc.array(fc.nat({ max: 2_000 }), { maxLength: 6 });

  test("are whole lines with their stream and time, wherever the chunks are cut", () => {
    fc.assert(
      fc.property(written, cuts, (lines, at) => {
        const bytes = Buffer.concat(lines.map(([stream, line]) => frame(stream, `${AT} ${line}\n`)));
        const expected = lines.map(([stream, line]) => ({ stream: stream === 1 ? "out" : "err", line, at: AT }));
        expect(read(bytes, at)).toEqual(expected);
      }),
    );
  });

  test("of a terminal have no frames, and one stream", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), cuts, (lines, at) => {
        const bytes = Buffer.from(lines.map((line) => `${AT} ${line}\r\n`).join(""));
        expect(read(bytes, at, true)).toEqual(lines.map((line) => ({ stream: "out", line, at: AT })));
      }),
    );
  });

  test("parts of one long line are one line, with the time of the first", () => {
    const bytes = Buffer.concat([
      frame(1, `${AT} one `),
      frame(2, `${AT} other\n`),
      frame(1, "2027-01-01T00:00:00Z two\n"),
    ]);
    expect(read(bytes, [])).toEqual([
      { stream: "err", line: "other", at: AT },
      { stream: "out", line: "one two", at: AT },
    ]);
  });

  test("a line without an end does not fill the memory", () => {
    const lines = read(frame(1, `${AT} ${"x".repeat(3 << 20)}`), []);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.map(({ line }) => line.length).reduce((sum, n) => sum + n, 0)).toBe(3 << 20);
  });
});

describe("why an engine did not answer", () => {
  const error = (more: object): Error => Object.assign(new Error("message"), more);

  test.each([
    ["no socket", { code: "ENOENT" }, "absent", "no such file"],
    ["no such host", { code: "ENOTFOUND" }, "absent", "no such host"],
    ["nothing listens", { code: "ECONNREFUSED" }, "refused", "connection refused: nothing listens there"],
    ["no permission", { code: "EACCES" }, "denied", "permission denied"],
    ["no answer", { name: "TimeoutError" }, "hangs", "it accepts the connection and does not answer"],
    [
      "aborted by a deadline behind another name",
      { name: "AbortError", cause: { name: "TimeoutError" } },
      "hangs",
      "it accepts the connection and does not answer",
    ],
    ["a certificate that nobody signed", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }, "denied", "message"],
    ["a TLS failure", { code: "ERR_SSL_WRONG_VERSION_NUMBER" }, "denied", "message"],
    ["a connection that broke", { code: "ECONNRESET" }, "lost", "message"],
    ["anything else", {}, "lost", "message"],
  ] as const)("%s", (_, more, kind, detail) => {
    expect(engineFault(error(more))).toEqual({ kind, detail, status: null });
  });

  test("an answer of the engine is its own words, with the status", () => {
    expect(engineFault(error({ statusCode: 409, json: { message: " conflict\n" } }))).toEqual({
      kind: "answered",
      detail: "conflict",
      status: 409,
    });
    expect(engineFault(error({ statusCode: 500 }))).toMatchObject({ kind: "answered", detail: "message" });
  });

  test.each([undefined, null, "text", 5])("what is no error is unknown: %s", (thrown) => {
    expect(engineFault(thrown)).toEqual({ kind: "lost", detail: "unknown failure", status: null });
  });
});

describe("why a configuration could not be run", () => {
  const CONFIG = "/home/ana/shop/ecosystem.config.ts";
  const thrown = (message: string, stack: string, name = "Error"): Error =>
    Object.assign(new Error(message), { name, stack: `${name}: ${message}\n${stack}` });

  const explain = (error: unknown, sources: Record<string, string> = {}) =>
    explainLoadFailure(CONFIG, error, new Map(Object.entries(sources)));

  test("a syntax error that esbuild found, in whatever file", () => {
    const error = new Error(`Transform failed with 1 error:\n/home/ana/shop/part.ts:7:3: ERROR: Expected ")"`);
    expect(explain(error)).toEqual({
      ok: false,
      kind: "syntax",
      message: 'Expected ")"',
      at: { file: "/home/ana/shop/part.ts", line: 7 },
    });
  });

  test("one in an ES module is in the file that was loaded, not in the one that tsx names", () => {
    const error = new Error("Transform failed with 1 error:\n/home/ana/shop/part.js:1:3: ERROR: Unexpected end");
    const loaded = { [CONFIG]: "", "/home/ana/shop/part.mjs": "", "/home/ana/shop/other.mjs": "" };
    expect(explain(error, loaded).at).toEqual({ file: "/home/ana/shop/part.mjs", line: 1 });
  });

  test.each([
    [`{\n  "a": 1\n  "b": 2 }`, "Expected ',' or '}' after property value in JSON at position 13", 3],
    [`{ "a": 1`, "Expected ',' or '}' after property value in JSON at position 8 (line 1 column 9)", 1],
    [`{\n  "a": 1,\n`, "Unexpected end of JSON input", 2],
  ])("a JSON file that is loaded: %j", (text, message, line) => {
    const file = "/home/ana/shop/part.json";
    expect(explain(new SyntaxError(`${file}: ${message}`), { [CONFIG]: "", [file]: text })).toEqual({
      ok: false,
      kind: "syntax",
      message: message.replace(/ at position.*/, ""),
      at: { file, line },
    });
  });

  test("a syntax error that Node found", () => {
    const error = Object.assign(new SyntaxError("Unexpected token"), {
      stack: "file:///home/ana/my%20shop/a.mjs:3\n  x\n",
    });
    expect(explain(error)).toMatchObject({
      kind: "syntax",
      at: { file: "/home/ana/my shop/a.mjs", line: 3 },
    });
  });

  test.each([
    [
      "the first frame of the user's",
      "    at load (/home/ana/shop/lib/x.ts:9:1)\n    at /home/ana/shop/ecosystem.config.ts:2:1",
      "/home/ana/shop/lib/x.ts",
      9,
    ],
    ["beside the config's folder too", "    at load (/home/ana/shared/x.ts:4:1)", "/home/ana/shared/x.ts", 4],
    [
      "past what is installed",
      "    at x (/home/ana/shop/node_modules/zod/x.js:1:1)\n    at file:///home/ana/shop/a.ts?t=1:5:2",
      "/home/ana/shop/a.ts",
      5,
    ],
  ])("a line is named only where it is certain: %s", (_, stack, file, line) => {
    expect(explain(thrown("no", stack)).at).toEqual({ file, line });
  });

  test("a frame of ours alone is no line of theirs", () => {
    expect(explain(thrown("no", "    at x (/opt/devpm/dist/loader.js:1:1)")).at).toBeNull();
  });

  test("the message is one line, with the error's name where it says something", () => {
    expect(explain(thrown("first\nsecond", "")).message).toBe("first");
    expect(explain(thrown("x is not a function", "", "TypeError")).message).toBe("TypeError: x is not a function");
  });

  test.each([
    [5, "threw 5"],
    ["text", "threw 'text'"],
    [undefined, "threw undefined"],
    [{ code: 3 }, "threw { code: 3 }"],
    [Object.create(null), "threw [Object: null prototype] {}"],
  ])("what is not an error is shown: %s", (value, message) => {
    expect(explain(value)).toMatchObject({ kind: "throw", message, at: null });
  });
});

/** The limit is one of the clock: on a busy machine 100 ms can be over before the pattern has been tried. */
const LONG_ENOUGH_MS = 60_000;

describe("a user's pattern on whatever an app prints", () => {
  test.each([
    [/listening on \d+/, "listening on 5050", true],
    [/listening on \d+/, "starting", false],
    [/^ready$/i, "READY", true],
    [/(a|b)+c/, `${"ab".repeat(200)}c`, true],
    [/(?<verb>GET|POST) .*5\d\d/, "GET /shop 503", true],
    [/lines? .* of \d{2}/, "line 7 of 12", true],
    [/(a)\1/, "aba", false],
  ])("%s on %s, alone and among others", (pattern, line, found) => {
    const bounded = boundedPattern(pattern, LONG_ENOUGH_MS);
    expect(bounded.test(line)).toBe(found);
    expect(bounded.testAll(["", line, "x".repeat(5_000), line])).toEqual([false, found, false, found]);
  });

  test.each([
    ["what may be there or not", `^${"a?".repeat(60)}b$`],
    ["many alternatives", `^${"(?:a|aa)".repeat(60)}b$`],
    ["counts", `^${"a{1,99}".repeat(8)}b$`],
    ["what repeats", `^${"a*".repeat(20)}b$`],
    ["lazily", `^${"a*?".repeat(20)}b$`],
    ["a group that repeats", "^(?:a+)+b$"],
  ])("one that tries %s in every way is given up", (_, source) => {
    const pattern = boundedPattern(new RegExp(source));
    const hostile = "a".repeat(200);
    expect(pattern.testAll([hostile, hostile])).toEqual([false, false]);
    expect(pattern.givenUp).toBe(false);
    expect(pattern.test(hostile)).toBe(false);
    expect(pattern.givenUp).toBe(true);
  });

  test("one that takes years is given up, and says so; a line it matches at once is still found before that", () => {
    expect(boundedPattern(/^(a+)+$/, LONG_ENOUGH_MS).test("aaa")).toBe(true);
    const pattern = boundedPattern(/^(a+)+$/);
    const hostile = `${"a".repeat(40)}!`;
    for (let n = 0; n < 4; n++) expect(pattern.test(hostile)).toBe(false);
    expect(String(pattern)).toContain("given up");
    expect(pattern.test("aaa")).toBe(false);
  });
});
