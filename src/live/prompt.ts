import type { Key } from "../system/terminal/keys.ts";

/** A question in the footer: what is typed is shown there, and nowhere else. */
export interface FooterPrompt {
  question: string;
  /** What can be typed. */
  hint: string;
  /** `key`: the first key answers; `text`: Enter does. */
  takes: "key" | "text";
  typed: string;
  /** What was answered before, the newest last: the arrow keys bring it back. */
  before?: readonly string[];
  /** The one of `before` that is shown; absent: what is typed now. */
  recalled?: number;
  /** Ctrl+D where nothing is typed: the end of the input. Absent: it does nothing. */
  end?: () => void;
  /** null: Esc. Enter alone is an empty text. */
  answer(text: string | null): void;
}

/** What a key does to a prompt: the prompt as it is then, or null once it was answered. */
export function promptAfter(prompt: FooterPrompt, { name, text, ctrl, pasted }: Key): FooterPrompt | null {
  const answered = (answer: string | null): null => {
    prompt.answer(answer);
    return null;
  };
  // a pasted line end answers nothing
  if (pasted && (text === "" || prompt.takes === "key")) return prompt;
  if (name === "escape") return answered(null);
  if (name === "return" || name === "enter") return answered(prompt.typed);
  if (prompt.takes === "key") return text === "" ? prompt : answered(text);
  if (name === "backspace") return { ...prompt, typed: withoutLast(prompt.typed) };
  if (name === "up" || name === "down") return recalled(prompt, name === "up" ? -1 : 1);
  if (ctrl && name === "d" && prompt.typed === "" && prompt.end) {
    prompt.end();
    return null;
  }
  if (ctrl && name === "u") return { ...prompt, typed: "" };
  if (ctrl && name === "w") return { ...prompt, typed: prompt.typed.replace(/\s*\S+\s*$/, "") };
  return text === "" ? prompt : { ...prompt, typed: prompt.typed + text };
}

function recalled(prompt: FooterPrompt, by: number): FooterPrompt {
  const { before = [] } = prompt;
  const index = Math.max(0, Math.min(before.length, (prompt.recalled ?? before.length) + by));
  return { ...prompt, recalled: index, typed: before[index] ?? "" };
}

/** What a person takes for one character may be several: an accent, an emoji of a family. */
const characters = new Intl.Segmenter();

const withoutLast = (text: string): string => text.slice(0, [...characters.segment(text)].at(-1)?.index ?? 0);
