import type { Prompt } from "../../model/prompt.ts";
import type { System } from "../../system/system.ts";
import { abortsWith } from "../../util/abort.ts";
import { evaluate } from "../prompts/evaluate.ts";
import type { ControlOptions } from "./options.ts";
import type { Served } from "./requests.ts";

/** The requests to a program that waits at a prompt. */
export function atPrompt(system: System, options: ControlOptions): Pick<Served, "attend" | "input" | "evaluate"> {
  const { prompts, stream, stop, model } = options;
  const unknown = (app: string): string | null => (model().apps.has(app) ? null : `no app is called "${app}"`);
  return {
    attend({ app, terminal }, gone): { prompt: Prompt | null } | { error: string } {
      const group = app !== null && options.project()?.groups[app] !== undefined;
      const error = app === null || group ? null : unknown(app);
      if (error !== null) return { error };
      // an aborted signal fires no more: this reader would count for ever as one who looks
      if (!gone.aborted) gone.addEventListener("abort", prompts.attend(group ? null : app), { once: true });
      if (terminal !== undefined) gone.addEventListener("abort", () => system.showCursor(terminal), { once: true });
      return { prompt: app === null ? null : prompts.at(app) };
    },
    input: (app, input) => unknown(app) ?? prompts.send(app, input),
    async evaluate({ app, text, timeoutMs }, gone) {
      const error = unknown(app);
      if (error !== null) return { error };
      const over = abortsWith(gone, stop.signal);
      const evaluating = { clock: system.clock, stream, prompts, gone: over.signal };
      return evaluate(evaluating, { app, text, timeoutMs }).finally(() => over.abort());
    },
  };
}
