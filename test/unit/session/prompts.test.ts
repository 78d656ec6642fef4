import { describe, expect, it, test } from "vitest";
import type { Stamped } from "../../../src/model/events.ts";
import { atPrompt } from "../../../src/session/control/at-prompt.ts";
import type { ControlOptions } from "../../../src/session/control/options.ts";
import { evaluate } from "../../../src/session/prompts/evaluate.ts";
import { reportInspectors } from "../../../src/session/prompts/inspector.ts";
import { consolesOf, secondsOf, type ConsolesOptions } from "../../../src/session/prompts/consoles.ts";
import { createPrompts, type PromptReport } from "../../../src/session/prompts/prompts.ts";
import { echoOf, isPrompt, placeInWords } from "../../../src/session/prompts/unfinished.ts";
import { createEventStream } from "../../../src/session/stream.ts";
import type { Peer } from "../../../src/system/engine/engine-server.ts";
import { virtualClock } from "../virtual-clock.ts";

const ASKS: PromptReport = { what: "prompt", file: "site.py", line: 12, request: true };

/** A session with one app, whose output and reports the test writes. */
function session({ warm = true, seconds = 90 } = {}) {
  const clock = virtualClock();
  const stream = createEventStream(clock);
  const events: Stamped[] = [];
  stream.subscribe((event) => void events.push(event));
  const prompts = createPrompts(clock, stream);
  const sent: object[] = [];
  const written: string[] = [];
  const typed: string[] = [];
  let text = "";
  let onItsWay = Promise.resolve();
  const said = ["> /srv/site.py(7)index()", "-> return x"];
  prompts.connect({
    unfinished: () => text,
    finish: (_, line) => {
      typed.push(`${text}${line}`);
      text = "";
    },
    write: (_, line) => Promise.resolve(void written.push(line)),
    recent: () => ({ lines: said, folder: "/srv" }),
    isWarm: () => warm,
    seconds: () => seconds,
    printed: () => onItsWay,
  });
  const peer = { send: (message: object) => void sent.push(message) } as Peer;
  return {
    ...{ clock, stream, prompts, events, sent, written, typed },
    print: (now: string) => {
      text = now;
      prompts.begun("site");
    },
    /** What was printed before the next report comes only then. */
    comesAt: (ms: number, act: () => void) => {
      onItsWay = new Promise((resolve) => clock.at(ms, () => resolve(act())));
    },
    report: (report: PromptReport) => prompts.reported("site", report, peer),
    names: () => events.filter(({ event }) => event !== "notice").map(({ event }) => event),
    notices: () => events.flatMap((event) => (event.event === "notice" ? [event.text] : [])),
  };
}

describe("a warm Python at a prompt", () => {
  it("is shown with its text, which comes later than its report, and its place", async () => {
    const { clock, report, print, prompts, events, notices } = session();
    print("-> return x");
    report(ASKS);
    clock.at(100, () => print("(Pdb) "));
    await clock.pass(400);
    const prompt = { text: "(Pdb) ", file: "site.py", line: 12 };
    expect(events.filter(({ event }) => event === "app.prompt")).toMatchObject([{ app: "site", ...prompt }]);
    expect(prompts.at("site")).toEqual(prompt);
    expect(prompts.open).toEqual(["site"]);
    expect(notices()).toEqual([
      "site waits at a prompt, site.py:12: `devpm attach site` answers it; without that its request ends with 503 after 90 s",
    ]);
  });

  it("gets its text as soon as that is there, however late: a machine may be busy", async () => {
    const { clock, report, print, prompts, events, notices } = session();
    report(ASKS);
    clock.at(2_000, () => print("Password: "));
    await clock.pass(1_000);
    expect(prompts.at("site")).toMatchObject({ text: "" });
    await clock.pass(2_000);
    const prompt = { text: "Password: ", file: "site.py", line: 12 };
    expect(prompts.at("site")).toEqual(prompt);
    expect(events.filter(({ event }) => event === "app.prompt")).toMatchObject([{ text: "" }, prompt]);
    expect(notices()).toHaveLength(1);
  });

  it("has its text at once where that was on its way when it was reported", async () => {
    const { clock, report, print, comesAt, events } = session();
    comesAt(1_000, () => print("Password: "));
    report(ASKS);
    await clock.pass(3_000);
    expect(events.filter(({ event }) => event === "app.prompt")).toMatchObject([{ text: "Password: " }]);
  });

  it("is shown once, with its place, where PM2's daemon answers late, after the debugger's prompt", async () => {
    const { clock, report, print, comesAt, prompts, events } = session();
    comesAt(1_000, () => {});
    report(ASKS);
    print("(Pdb) ");
    await clock.pass(900);
    expect([prompts.at("site"), prompts.send("site", { what: "line", text: "n" })]).toEqual([
      null,
      "site is not waiting at a prompt",
    ]);
    await clock.pass(1_000);
    const shown = events.filter(({ event }) => event === "app.prompt");
    expect(shown).toMatchObject([{ text: "(Pdb) ", file: "site.py", line: 12 }]);
  });

  it("gets each line, which the log shows behind the prompt; how to attach is said once for all of a debugger's", async () => {
    const { clock, report, print, prompts, sent, typed, names, notices } = session();
    for (const line of ["n", "p x"]) {
      print("(Pdb) ");
      report(ASKS);
      await clock.pass(300);
      expect(prompts.send("site", { what: "line", text: line })).toBeNull();
      expect(prompts.at("site")).toBeNull();
    }
    report({ what: "went_on" });
    expect(sent).toEqual([
      { do: "input", what: "line", text: "n" },
      { do: "input", what: "line", text: "p x" },
    ]);
    expect(typed).toEqual(["(Pdb) n", "(Pdb) p x"]);
    expect(names()).toEqual(["app.prompt", "app.prompt", "app.resumed"]);
    expect(notices()).toHaveLength(1);
    expect(prompts.send("site", { what: "line", text: "c" })).toBe("site is not waiting at a prompt");
  });

  it("that has gone on before its text came is at no prompt", async () => {
    const { clock, report, names } = session();
    report(ASKS);
    report({ what: "went_on" });
    await clock.pass(1_000);
    expect(names()).toEqual([]);
  });

  it.each(["app.starting", "app.crashed", "app.stopped"] as const)("is at none after %s", async (event) => {
    const { clock, stream, report, print, prompts, names } = session();
    print("(Pdb) ");
    report(ASKS);
    await clock.pass(300);
    stream.emit({ event, app: "site" } as Stamped);
    expect(prompts.open).toEqual([]);
    expect(names()).toEqual(["app.prompt", event, "app.resumed"]);
  });
});

describe("a request whose prompt nobody attends to", () => {
  it.each([
    ["and one who looks is waited for", false, 0],
    ["and one who had gone before that was heard is not", true, 1],
  ])("%s", async (_, gone, answered) => {
    const { clock, prompts, stream, print, report, sent } = session({ seconds: 90 });
    const model = () => ({ apps: new Map([["site", {}]]) });
    const options = { prompts, stream, model, project: () => null } as unknown as ControlOptions;
    const client = gone ? AbortSignal.abort() : new AbortController().signal;
    atPrompt({ clock } as never, options).attend({ op: "attend", app: "site" }, client);
    print("(Pdb) ");
    report(ASKS);
    await clock.pass(200_000);
    expect(sent).toHaveLength(answered);
  });

  it("the terminal of one who has gone has its cursor back", () => {
    const { clock, prompts, stream } = session({ seconds: 90 });
    const options = { prompts, stream, model: () => ({ apps: new Map() }), project: () => null };
    const shown: string[] = [];
    const system = { clock, showCursor: (device: string) => shown.push(device) };
    const client = new AbortController();
    const request = { op: "attend", app: null, terminal: "/dev/pts/3" } as const;
    atPrompt(system as never, options as unknown as ControlOptions).attend(request, client.signal);
    expect(shown).toEqual([]);
    client.abort();
    expect(shown).toEqual(["/dev/pts/3"]);
  });

  const waiting = async (options: { seconds?: number } = {}) => {
    const one = session(options);
    one.print("(Pdb) ");
    one.report(ASKS);
    await one.clock.pass(300);
    return one;
  };

  it("is given up after the bound, with the reason and the way to do better", async () => {
    const { clock, sent, notices } = await waiting();
    await clock.pass(89_000);
    expect(sent).toEqual([]);
    await clock.pass(2_000);
    expect(sent).toMatchObject([{ do: "input", what: "give up" }]);
    expect((sent[0] as { text: string }).text).toMatch(
      /^site waits at a prompt, site\.py:12, and nobody came within 90 s\. `devpm attach site`[^]*DEVPM_PROMPT_SECONDS/,
    );
    expect(notices().at(-1)).toMatch(/nobody came within 90 s: its request was answered with 503/);
  });

  it("waits while somebody is there, and begins to count when the last one leaves", async () => {
    const { clock, prompts, sent } = await waiting();
    const [one, other] = [prompts.attend("site"), prompts.attend(null)];
    await clock.pass(1_000_000);
    one();
    await clock.pass(1_000_000);
    expect(sent).toEqual([]);
    other();
    await clock.pass(91_000);
    expect(sent).toHaveLength(1);
  });

  it("somebody at another app's prompt does not count", async () => {
    const { clock, prompts, sent } = await waiting();
    prompts.attend("api");
    await clock.pass(91_000);
    expect(sent).toHaveLength(1);
  });

  it("each line that is sent begins the time again", async () => {
    const { clock, prompts, print, report, sent } = await waiting();
    await clock.pass(60_000);
    prompts.send("site", { what: "line", text: "p x" });
    print("(Pdb) ");
    report(ASKS);
    await clock.pass(60_000);
    expect(sent).toHaveLength(1);
  });

  it("waits for ever with 0, and where it is no request", async () => {
    const forever = await waiting({ seconds: 0 });
    await forever.clock.pass(1_000_000);
    const atImport = session();
    atImport.print("Name? ");
    atImport.report({ ...ASKS, request: false });
    await atImport.clock.pass(1_000_000);
    expect([...forever.sent, ...atImport.sent]).toEqual([]);
    expect(atImport.notices()[0]).not.toMatch(/503/);
  });

  test.each([
    [undefined, 90],
    ["", 90],
    ["5", 5],
    ["0", 0],
    ["0.5", 0.5],
    ["-1", 90],
    ["soon", 90],
  ])("DEVPM_PROMPT_SECONDS=%j: %d", (given, seconds) => expect(secondsOf(given)).toBe(seconds));
});

describe("a program that reports nothing", () => {
  it("is at a prompt when a line that ends like a question stays unfinished", async () => {
    const { clock, print, prompts, written, names } = session({ warm: false });
    print("Load");
    clock.at(50, () => print("Loading: "));
    clock.at(100, () => print("Loading: 40"));
    await clock.pass(900);
    expect(names()).toEqual([]);
    print("Number? ");
    await clock.pass(400);
    expect(prompts.at("site")).toEqual({ text: "Number? ", file: null, line: null });
    expect(prompts.send("site", { what: "interrupt", text: "" })).toMatch(/whole lines only/);
    expect(prompts.send("site", { what: "line", text: "7" })).toBeNull();
    expect(written).toEqual(["7\n"]);
    await clock.pass(900);
    expect(names()).toEqual(["app.prompt"]);
    await clock.pass(2_000);
    expect(names()).toEqual(["app.prompt", "app.resumed"]);
  });

  it("takes lines without having asked, and no key", async () => {
    const { prompts, written, typed } = session({ warm: false });
    expect(prompts.send("site", { what: "line", text: "rs" })).toBeNull();
    expect(prompts.send("site", { what: "end", text: "" })).toBe("site is not waiting at a prompt");
    expect([written, typed]).toEqual([["rs\n"], []]);
  });

  it("the same question again is another prompt; a debugger's has its place", async () => {
    const { clock, print, prompts, names } = session({ warm: false });
    for (const text of ["Number? ", "Number? ", "(Pdb) "]) {
      print(text);
      await clock.pass(1_200);
      if (text !== "(Pdb) ") prompts.send("site", { what: "line", text: "7" });
    }
    expect(names()).toEqual(["app.prompt", "app.prompt", "app.prompt"]);
    expect(prompts.at("site")).toEqual({ text: "(Pdb) ", file: "site.py", line: 7 });
  });

  test.each([
    ["Name: ", true, false],
    ["Go on? [y/N] ", true, false],
    ["(Pdb) ", true, true],
    ["ipdb> ", true, true],
    ["((Pdb)) ", true, true],
    ["\x1b[32m>\x1b[0m ", true, false],
    ["Loading...", false, false],
    ["42 %", false, false],
    [" 10%|###   | 1/10 [00:01<00:09,  1.00s/it]", false, false],
    ["12it [1:00:01, 10.0it/s]", false, false],
    ["\x1b[2K\x1b[1GProgress [=====>    ] ", false, false],
    ["In [12]: ", true, false],
    ["Port [5432] ", true, false],
    ["", false, false],
  ])("%j: a prompt %s, of a warm Python's child %s", (text, plain, warm) => {
    expect([isPrompt(text, false), isPrompt(text, true)]).toEqual([plain, warm]);
  });

  test("only a debugger's own words are a place, and the last of them", () => {
    const lines = ["> /srv/a.py(3)<module>()", "-> x = 1", "> /opt/lib.py(90)run()->None", "-> return"];
    expect(placeInWords("(Pdb) ", lines, "/srv")).toEqual({ file: "/opt/lib.py", line: 90 });
    expect(placeInWords("(Pdb) ", lines.slice(0, 2), "/srv")).toEqual({ file: "a.py", line: 3 });
    expect(placeInWords("Name? ", lines, "/srv")).toEqual({ file: null, line: null });
  });

  test.each([
    ["(Pdb) ", "line", "p x", "p x"],
    ["Password: ", "line", "hunter2", ""],
    ["API token? ", "line", "abc", ""],
    ["Passwort für root: ", "line", "hunter2", ""],
    ["(Pdb) ", "interrupt", "", "^C"],
    ["(Pdb) ", "end", "", "^D"],
    ["(Pdb) ", "give up", "why", ""],
  ])("behind %j a %s is logged as %j", (prompt, what, text, echo) => expect(echoOf(prompt, what, text)).toBe(echo));
});

it("what was printed has come when PM2's daemon has answered after a pause, or is gone", async () => {
  const clock = virtualClock();
  const began = clock.monotonic();
  const asked: number[] = [];
  const version = () => Promise.resolve(String(asked.push(clock.monotonic() - began)));
  const consoles = (client: object) =>
    consolesOf({ clock, client, output: {}, launcher: {} } as unknown as ConsolesOptions);
  await clock.run(consoles({ version }).printed());
  expect(asked).toEqual([0, 10, 10]);
  await consoles({ version: () => Promise.reject(new Error("gone")) }).printed();
});

it("says where Node's debugger listens, at each start, and only where Node says it", () => {
  const { stream, notices } = session();
  reportInspectors(stream);
  const url = "ws://127.0.0.1:9229/0f2c936f-b1cd-4ac9-aab3-f63b0f33d55e";
  const lines = (text: string, from: "out" | "err") =>
    stream.emitLines({ app: "api", stream: from, at: "", n: 1, text, count: 1, escapes: false });
  lines(`up\nDebugger listening on ${url}`, "err");
  stream.emit({ event: "log", app: "api", stream: "err", line: `Debugger listening on ${url}x` });
  lines(`Debugger listening on ${url}`, "out");
  lines(`I wait: Debugger listening on ${url}`, "err");
  expect(notices()).toEqual(
    [url, `${url}x`].map(
      (at) => `api's debugger listens on ${at}: chrome://inspect, or your editor's "attach" to port 9229`,
    ),
  );
});

describe("a line and its answer", () => {
  const gone = new AbortController().signal;
  const asked = async () => {
    const one = session();
    one.print("(Pdb) ");
    one.report(ASKS);
    await one.clock.pass(300);
    const answer = (timeoutMs = 30_000) => evaluate({ ...one, gone }, { app: "site", text: "p x", timeoutMs });
    const log = (app: string, line: string) => one.stream.emit({ event: "log", app, stream: "out", line });
    return { ...one, answer, log };
  };

  it("is what the app alone prints until its next prompt", async () => {
    const { clock, stream, answer, log, print, report } = await asked();
    const answered = answer();
    log("other", "not this");
    log("site", "\x1b[31m41\x1b[0m");
    stream.emitLines({ app: "site", stream: "out", at: "", n: 1, text: "a\nb", count: 2, escapes: false });
    print("(Pdb) ");
    report({ ...ASKS, line: 13 });
    expect(await clock.run(answered)).toEqual({
      lines: ["41", "a", "b"],
      prompt: { text: "(Pdb) ", file: "site.py", line: 13 },
    });
  });

  it("ends without a prompt where the program goes on, and with an error where it computes for too long", async () => {
    const one = await asked();
    const answered = one.answer();
    one.comesAt(1_000, () => one.log("site", "41"));
    one.report({ what: "went_on" });
    expect(await one.clock.run(answered)).toEqual({ lines: ["41"], prompt: null });
    const other = await asked();
    expect(await other.clock.run(other.answer(2_000))).toEqual({
      error: "site has not come back to a prompt within 2 s: it is still running",
    });
    expect(await other.answer()).toEqual({ error: "site is not waiting at a prompt" });
  });
});
