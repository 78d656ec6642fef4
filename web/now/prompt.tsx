import { useState } from "preact/hooks";
import { placeOf, type Prompt } from "../../src/model/prompt.ts";
import { answerPrompt } from "../store.ts";

/** The program waits for a line of its terminal: what it asks, and a way to answer. */
export function PromptForm({ app, prompt }: { app: string; prompt: Prompt }) {
  const [text, type] = useState("");
  const place = placeOf(prompt);
  return (
    <form
      class="prompt"
      data-testid={`prompt-${app}`}
      onSubmit={(event) => {
        event.preventDefault();
        void answerPrompt(app, text).then((sent) => sent && type(""));
      }}
    >
      <label>
        waits at a prompt{place === "" ? "" : `, ${place}`}{" "}
        <code>{prompt.text === "" ? "?" : prompt.text.trimEnd()}</code>{" "}
        <input
          class="prompt-line"
          aria-label={`a line for ${app}`}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget: { value } }) => type(value)}
        />
      </label>
      <button>
        Send<span class="hidden"> to {app}</span>
      </button>
    </form>
  );
}
