import type { Streamed } from "../model/protocol.ts";
import type { ActionOptions } from "./action-options.ts";
import { asksForSecret } from "../model/prompt.ts";
import { plainLine } from "../util/text.ts";
import { asking, indexOf, numbered, printing } from "./actions.ts";

/** The key `i`: what an app asks is answered in the footer, a line at a time, until Esc or until the program goes on. */
export interface FooterInput {
  begin(): void;
  /** An event of the session; when the app that is answered asks again, so does the footer. */
  event(event: Streamed): void;
}

/** Nothing is computed for it: the line is only handed over. */
const SENT_MS = 5_000;

export function createInput(options: Omit<ActionOptions, "input">): FooterInput {
  const { shown, session, colors } = options;
  let answered: string | null = null;
  /** It is asked, and its words are still to come. */
  let isWordless = false;
  const lines: string[] = [];
  const ask = (app: string, text: string, typed = ""): void => {
    answered = app;
    isWordless = text === "";
    const question = asking(
      "text",
      `${app} ${plainLine(text).trimEnd()}`,
      "Enter sends the line, Esc leaves it waiting",
      (line) => {
        isWordless = false;
        if (line === null) return void (answered = null);
        if (!asksForSecret(text) && line !== "" && line !== lines.at(-1)) lines.push(line);
        void send(app, "line", line);
      },
    );
    shown.prompt = { ...question, typed, before: lines, end: () => void send(app, "end", "") };
  };
  const send = async (app: string, what: "line" | "end", text: string): Promise<void> => {
    const answer = await session.ask({ op: "input", app, what, text }, SENT_MS);
    if (answer?.ok === true) return;
    answered = null;
    printing(options)([colors.red(`✖ ${answer?.error ?? "the session does not answer"}`)]);
  };
  return {
    begin() {
      const waiting = [...shown.state.model.apps.values()].flatMap(({ status: { name, prompt } }) =>
        prompt ? [{ name, text: prompt.text }] : [],
      );
      const [only, ...others] = waiting;
      if (only === undefined) return printing(options)([], "no app waits at a prompt");
      if (others.length === 0) return ask(only.name, only.text);
      const apps = [...shown.state.model.apps.keys()];
      const waits = (app: string | undefined) => waiting.find(({ name }) => name === app);
      const hint = `${numbered(apps, (app) => waits(app) !== undefined)}  Esc none`;
      shown.prompt = asking("key", "answer which?", hint, (key) => {
        const chosen = waits(apps[indexOf(key ?? "")]);
        if (chosen) ask(chosen.name, chosen.text);
      });
    },
    event(event) {
      if (answered === null || !("app" in event) || event.app !== answered) return;
      const { prompt } = shown;
      if (event.event === "app.prompt" && (prompt === null || isWordless)) ask(event.app, event.text, prompt?.typed);
      if (event.event === "app.resumed") {
        answered = null;
        shown.prompt = null;
      }
    },
  };
}
