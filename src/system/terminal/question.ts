import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";

/** Asks the person at the terminal; anything but a yes is a no, and so is Ctrl+C or a closed terminal. */
export async function confirm(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const over = new AbortController();
    prompt.once("close", () => over.abort());
    const answer = await prompt.question(`${question} [y/N] `, { signal: over.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    prompt.close();
  }
}

/** null where no answer is possible. */
export const asker = (): ((question: string) => Promise<boolean>) | null => (isatty(0) ? confirm : null);
