import { expect, it } from "vitest";
import type { ActionOptions } from "../../../src/live/action-options.ts";
import { createInput } from "../../../src/live/input.ts";
import { promptAfter } from "../../../src/live/prompt.ts";
import { asOpened } from "../../../src/live/shown.ts";
import { stateAfter, nothingYet } from "../../../src/live/state.ts";
import { EVERYTHING } from "../../../src/live/view.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { Answer, Request } from "../../../src/model/protocol.ts";
import { plain, stamp, written } from "../ui/fake.ts";

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** The screen's part of it, with a session that answers as the test wants. */
function screen(answer: Answer | null = { ok: true }) {
  const out = written(100);
  const asked: Request[] = [];
  const shown = asOpened({ state: nothingYet("shop"), view: EVERYTHING });
  const session = { ask: (request: Request) => (asked.push(request), Promise.resolve(answer)) };
  const input = createInput({
    shown,
    session,
    out,
    colors: plain,
    asTyped: (text: string) => text,
  } as unknown as ActionOptions);
  const happens = (...events: SessionEvent[]): void => {
    for (const event of events.map((one) => stamp(one))) {
      shown.state = stateAfter(shown.state, event);
      input.event(event);
    }
  };
  const type = (...names: string[]): void => {
    for (const name of names) {
      const { prompt } = shown;
      if (prompt === null) throw new Error(`nothing asks for ${name}`);
      shown.prompt = null;
      const text = name.length === 1 ? name : "";
      shown.prompt = promptAfter(prompt, { name, text, ctrl: false, pasted: false }) ?? shown.prompt;
    }
  };
  happens({
    event: "session.starting",
    project: "shop",
    root: "/srv",
    namespace: "n",
    session: "s",
    apps: ["web", "mail", "api"],
  });
  return { out, asked, shown, input, happens, type };
}

const asks = (app: string, text = "(Pdb) "): SessionEvent => ({
  event: "app.prompt",
  app,
  text,
  file: "a.py",
  line: 3,
});

it("answers the one app that waits, line after line, until it goes on", async () => {
  const { asked, shown, input, happens, type } = screen();
  happens(asks("web"));
  expect(shown.prompt).toBeNull();
  input.begin();
  expect(shown.prompt?.question).toBe("web (Pdb)");
  type("p", "return");
  await settled();
  expect(asked).toEqual([{ op: "input", app: "web", what: "line", text: "p" }]);
  expect(shown.prompt).toBeNull();
  happens(asks("api"), asks("web", "(Pdb+) "));
  expect(shown.prompt?.question).toBe("web (Pdb+)");
  happens({ event: "app.resumed", app: "web" });
  expect(shown.prompt).toBeNull();
  happens(asks("web"));
  expect(shown.prompt).toBeNull();
});

it("shows the words of a prompt that come later, and keeps what is typed", async () => {
  const { asked, shown, input, happens, type } = screen();
  happens(asks("web", ""));
  input.begin();
  type("4", "2");
  happens(asks("web", "Password: "));
  expect(shown.prompt).toMatchObject({ question: "web Password:", typed: "42" });
  // another question of its own is not taken away
  happens(asks("web", "Again: "));
  expect(shown.prompt?.question).toBe("web Password:");
  type("return");
  await settled();
  expect(asked).toEqual([{ op: "input", app: "web", what: "line", text: "42" }]);
});

it("a question says its words alone, whatever an app prints with them", () => {
  const { shown, input, happens } = screen();
  happens(asks("web", "\u001B[32mIn [\u001B[92;1m1\u001B[0m\u001B[32m]: \u001B[0m\u001B[2J\u001B]0;title\u0007"));
  input.begin();
  expect(shown.prompt?.question).toBe("web In [1]:");
});

it("the arrow keys bring back what was answered, and no password", async () => {
  const { asked, shown, happens, input, type } = screen();
  happens(asks("web"));
  input.begin();
  type("p", "return");
  happens(asks("web", "Password: "));
  type("x", "return");
  happens(asks("web"));
  type("up");
  expect(shown.prompt?.typed).toBe("p");
  type("up", "down");
  shown.prompt?.end?.();
  await settled();
  expect(asked.map((one) => "text" in one && one.text)).toEqual(["p", "x", ""]);
  expect(asked.at(-1)).toEqual({ op: "input", app: "web", what: "end", text: "" });
});

it("Esc leaves it waiting, and nothing is sent", () => {
  const { asked, shown, input, happens, type } = screen();
  happens(asks("web"));
  input.begin();
  type("p", "escape");
  happens(asks("web"));
  expect(shown.prompt).toBeNull();
  expect(asked).toEqual([]);
});

it("asks which of several, by their digits in the footer", () => {
  const { shown, input, happens, type } = screen();
  happens(asks("web"), asks("api", "Name? "));
  input.begin();
  expect(shown.prompt).toMatchObject({ takes: "key", hint: "1 web  3 api  Esc none" });
  type("3");
  expect(shown.prompt?.question).toBe("api Name?");
});

it("says when nothing waits, and when the line did not arrive", async () => {
  const none = screen();
  none.input.begin();
  expect(none.out.text()).toBe("no app waits at a prompt\n");
  const late = screen({ ok: false, error: "web is not waiting at a prompt" });
  late.happens(asks("web"));
  late.input.begin();
  late.type("c", "return");
  await settled();
  expect(late.out.text()).toBe("✖ web is not waiting at a prompt\n");
  late.happens(asks("web"));
  expect(late.shown.prompt).toBeNull();
});
