import { until } from "./wait.ts";

export interface Answer {
  status: number;
  body: string;
}

/** One request with a bounded wait; throws where nothing answers. */
export async function ask(url: string, deadlineMs = 30_000): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(deadlineMs), headers: { connection: "close" } });
  return { status: response.status, body: await response.text() };
}

/** One that was taken and is not answered, by a server that was then replaced for example, is asked again. */
const ATTEMPT_MS = 10_000;

/** Asks again until the answer is one that `accepts` takes (default: 200). */
export async function untilAnswers(
  url: string,
  accepts: (answer: Answer) => boolean = (answer) => answer.status === 200,
  options: { deadlineMs?: number; describe?: () => string } = {},
): Promise<Answer> {
  let last = "no answer";
  return until(
    `an answer of ${url}`,
    async () => {
      const answer = await ask(url, ATTEMPT_MS);
      last = `${answer.status} ${answer.body.slice(0, 500)}`;
      return accepts(answer) ? answer : null;
    },
    { ...options, describe: () => `last answer: ${last}\n${options.describe?.() ?? ""}` },
  );
}
