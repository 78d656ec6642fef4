import { describe, expect, it } from "vitest";
import { helpLines } from "../../../src/live/help.ts";
import { actionOf, KEYS, SIGNS } from "../../../src/live/keys.ts";
import { promptAfter, type FooterPrompt } from "../../../src/live/prompt.ts";
import { accepts, acceptsBatch, EVERYTHING, filterOf, type Filter } from "../../../src/live/view.ts";
import type { Streamed } from "../../../src/model/protocol.ts";
import { boundedPattern } from "../../../src/system/bounded-pattern.ts";
import { displayWidth } from "../../../src/util/text.ts";
import { at, plain } from "../ui/fake.ts";

const key = (name: string, more = {}) => ({
  name,
  text: name.length === 1 ? name : "",
  ctrl: false,
  pasted: false,
  ...more,
});

describe("the table of keys", () => {
  it("gives each key one action, and none to any other", () => {
    const names = KEYS.flatMap((row) => row.names);
    expect(new Set(names).size).toBe(names.length);
    for (const row of KEYS)
      for (const name of row.names)
        expect(actionOf({ name: name.replace("^", ""), ctrl: name.startsWith("^") })).toBe(row.action);
    for (const name of ["x", "up", "f1", "tab", "É"]) expect(actionOf({ name, ctrl: false })).toBeNull();
    expect(actionOf({ name: "q", ctrl: true })).toBe("pause");
    expect(actionOf({ name: "r", ctrl: true })).toBeNull();
  });

  it("is the help: each key, each sign, and the digit of each app", () => {
    for (const columns of [40, 100]) {
      const lines = helpLines(["backend", "web"], columns, plain);
      const text = lines.join("\n");
      for (const { keys } of KEYS) expect(text).toMatch(new RegExp(`^  ${keys.replaceAll(/[/?]/g, "\\$&")} `, "m"));
      for (const [sign] of SIGNS) expect(text).toContain(`  ${sign}`);
      expect(text).toMatch(/^ {2}1 +backend\n {2}2 +web$/m);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    }
  });
});

describe("a question in the footer", () => {
  const asked = (takes: FooterPrompt["takes"], keys: readonly ReturnType<typeof key>[]) => {
    const answers: (string | null)[] = [];
    let prompt: FooterPrompt | null = {
      question: "/",
      hint: "",
      takes,
      typed: "",
      answer: (text) => answers.push(text),
    };
    for (const one of keys) prompt = prompt && promptAfter(prompt, one);
    return { answers, typed: prompt?.typed ?? null };
  };

  it("is answered by Enter, with what was typed, edited and pasted", () => {
    const space = key("space", { text: " " });
    expect(asked("text", [key("a"), key("b"), key("backspace"), space, key("c")])).toEqual({
      answers: [],
      typed: "a c",
    });
    expect(asked("text", [key("a"), key("return")]).answers).toEqual(["a"]);
    expect(asked("text", [key("a"), space, key("b"), key("w", { ctrl: true, text: "" })]).typed).toBe("a");
    for (const character of ["é", "e\u0301", "👩‍👩‍👧", "語"])
      expect(asked("text", [key("a"), key(character, { text: character }), key("backspace")]).typed).toBe("a");
    expect(asked("text", [key("a"), key("u", { ctrl: true, text: "" })]).typed).toBe("");
    expect(asked("text", [key("a", { pasted: true }), key("return", { pasted: true })])).toEqual({
      answers: [],
      typed: "a",
    });
  });

  it("brings back with the arrow keys what was answered before, and what is typed instead", () => {
    const question: FooterPrompt = {
      question: "/",
      hint: "",
      takes: "text",
      typed: "",
      before: ["one", "two"],
      answer() {},
    };
    let prompt: FooterPrompt | null = question;
    const shown = ["up", "up", "up", "down", "down", "down", "x"].map((name) => {
      prompt = prompt && promptAfter(prompt, key(name));
      return prompt?.typed;
    });
    expect(shown).toEqual(["two", "one", "one", "two", "", "", "x"]);
  });

  it("ends the input by Ctrl+D where nothing is typed and there is an input", () => {
    const ends: string[] = [];
    const question = { question: "(Pdb)", hint: "", takes: "text", answer() {}, end: () => ends.push("end") } as const;
    const ctrlD = key("d", { ctrl: true, text: "" });
    expect(promptAfter({ ...question, typed: "p x" }, ctrlD)).toMatchObject({ typed: "p x" });
    expect(ends).toEqual([]);
    expect(promptAfter({ ...question, typed: "" }, ctrlD)).toBeNull();
    expect(ends).toEqual(["end"]);
    const { end: _, ...searched } = question;
    expect(promptAfter({ ...searched, typed: "" }, ctrlD)).toMatchObject({ typed: "" });
  });

  it("is answered by one key where that is what it takes, and by Esc with nothing", () => {
    expect(asked("key", [key("1")])).toEqual({ answers: ["1"], typed: null });
    expect(asked("key", [key("return")])).toEqual({ answers: [""], typed: null });
    expect(asked("key", [key("up")])).toEqual({ answers: [], typed: "" });
    expect(asked("key", [key("1", { pasted: true })]).answers).toEqual([]);
    for (const takes of ["key", "text"] as const) expect(asked(takes, [key("escape")]).answers).toEqual([null]);
  });
});

describe("what is shown", () => {
  const line = (text: string, app = "web"): Streamed => ({ event: "log", at, app, stream: "out", line: text });
  const filter = (text: string): Filter => filterOf(text, boundedPattern) as Filter;

  it("a text is found in any case, also under colours; a pattern as JavaScript finds it", () => {
    expect(filter("Needle").test("hay \u001B[1mneed\u001B[0mle hay")).toBe(true);
    expect(filter("a.c").test("abc")).toBe(false);
    expect(filter("/a.c$/").test("xabc")).toBe(true);
    expect(filter("/A.C/i").test("xabcx")).toBe(true);
    expect(filter("/a/g").test("a") && filter("/a/g").test("a")).toBe(true);
    expect(filter("/usr/local").test("in /usr/local/bin")).toBe(true);
    expect(filterOf("/(/", boundedPattern)).toMatch(/Invalid regular expression/);
  });

  it("a pattern that backtracks for ever is given up", () => {
    const hopeless = filter("/^(a+)+$/");
    expect(hopeless.test(`${"a".repeat(300)}!`)).toBe(false);
  });

  it("of one app only its lines and events, and what is about the session", () => {
    const view = { ...EVERYTHING, names: ["web"] };
    expect(accepts(view, line("a"))).toBe(true);
    expect(accepts(view, line("a", "api"))).toBe(false);
    expect(accepts(view, { event: "app.ready", at, app: "api", url: null, ms: 1 })).toBe(false);
    expect(accepts(view, { event: "session.ready", at, ms: 1 })).toBe(true);
    expect([acceptsBatch(view, { app: "web" }), acceptsBatch(view, { app: "api" })]).toEqual([true, false]);
  });

  it("filtered only matching lines, and every event that is none", () => {
    const view = { ...EVERYTHING, filter: filter("needle") };
    expect([accepts(view, line("a needle")), accepts(view, line("hay"))]).toEqual([true, false]);
    expect(accepts(view, { event: "app.ready", at, app: "api", url: null, ms: 1 })).toBe(true);
    expect(acceptsBatch(view, { app: "web" })).toBeNull();
  });
});
