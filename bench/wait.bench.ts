import { setTimeout as delay } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { type Contender, type Opened, compare } from "./harness.ts";
import type { Backend } from "./reload-apps.ts";
import { LOOK_MS, REST_MS, at, contender, underDevpm } from "./reload-ways.ts";
import { devpm, done, untilAnswers } from "./stack.ts";

type How = "warm" | "restart";

/** What returns once the save answers. */
type Wait = (word: string) => Promise<unknown>;

/** From a save to the end of the wait; that its code answers by then is checked each time. */
const saved = (backend: Backend, untilKnown: Wait): Opened["sample"] => {
  return async (round) => {
    await delay(REST_MS);
    const word = `word${round + 100}`;
    const began = performance.now();
    backend.save(word);
    await untilKnown(word);
    const value = performance.now() - began;
    const body = await (await fetch(backend.url)).text();
    if (!body.includes(word)) throw new Error(`it was awaited, and ${body} answers instead of ${word}`);
    return value;
  };
};

const firstAnswer = (how: How): Contender =>
  contender("the first answer of the new code", "flask", underDevpm(how), (backend) =>
    Promise.resolve(saved(backend, (word) => untilAnswers(backend.url, word, LOOK_MS))),
  );

const command = (how: How): Contender =>
  contender("devpm wait --for reload --file", "flask", underDevpm(how), (backend) =>
    Promise.resolve(saved(backend, () => done(devpm("wait", "--for", "reload", "--file", "words.py"), at(backend)))),
  );

function tool(how: How): Contender {
  const name = "wait_for_save, over MCP";
  return {
    name,
    async open() {
      const client = new Client({ name: "devpm-bench", version: "1.0.0" });
      const opened = await contender(name, "flask", underDevpm(how), async (backend) => {
        const [file = "", ...args] = devpm("mcp");
        await client.connect(new StdioClientTransport({ command: file, args, ...at(backend), stderr: "ignore" }));
        return saved(backend, async () => {
          const given = { name: "wait_for_save", arguments: { file: "words.py" } };
          const { isError, content } = await client.callTool(given);
          if (isError) throw new Error(JSON.stringify(content));
        });
      }).open();
      return {
        sample: opened.sample,
        async close() {
          await client.close();
          await opened.close();
        },
      };
    },
  };
}

export default async function wait({ quick }: { quick: boolean }): Promise<void> {
  for (const how of ["warm", "restart"] as const)
    await compare(
      {
        name: `wait-${how}`,
        measures: `Save until it is known that the new code answers, a trivial Flask app (reload: "${how}")`,
        unit: "ms",
        better: "lower",
        rounds: 20,
        quickRounds: 5,
        contenders: [firstAnswer(how), tool(how), command(how)],
      },
      { quick },
    );
}
