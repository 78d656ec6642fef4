import { useState } from "preact/hooks";
import { asksForSecret, promptPlace, type Prompt } from "../../src/model/prompt.ts";
import { plainText } from "../logs/ansi.ts";
import { answerPrompt } from "../store.ts";

/** The program waits for a line of its terminal: what it asks, and a way to answer. */
export function PromptForm({ app, prompt }: { app: string; prompt: Prompt }) {
  const [text, type] = useState("");
  const place = promptPlace(prompt);
  const question = plainText(prompt.text).trimEnd();
  const isSecret = asksForSecret(prompt.text);
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
        waits at a prompt{place === "" ? "" : `, ${place}`} <code>{question === "" ? "?" : question}</code>{" "}
        <input
          class="prompt-line"
          type={isSecret ? "password" : "text"}
          aria-label={`a line for ${app}`}
          autocomplete={isSecret ? "new-password" : "off"}
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
