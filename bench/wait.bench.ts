import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
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

/** Once it was awaited. */
async function mustAnswer({ url }: Backend, word: string): Promise<void> {
  const body = await (await fetch(url)).text();
  if (!body.includes(word)) throw new Error(`it was awaited, and ${body} answers instead of ${word}`);
}

/** From a save to the end of the wait; that its code answers by then is checked each time. */
const saved = (backend: Backend, untilKnown: Wait): Opened["sample"] => {
  return async (round) => {
    await delay(REST_MS);
    const word = `word${round + 100}`;
    const began = performance.now();
    backend.save(word);
    await untilKnown(word);
    const value = performance.now() - began;
    await mustAnswer(backend, word);
    return value;
  };
};

const firstAnswer = (how: How): Contender =>
  contender("the first answer of the new code", "flask", underDevpm(how), (backend) =>
    Promise.resolve(saved(backend, (word) => untilAnswers(backend.url, word, LOOK_MS))),
  );

const waits = (backend: Backend): Promise<unknown> =>
  done(devpm("wait", "--for", "reload", "--file", "words.py"), at(backend));

const command = (how: How): Contender =>
  contender("devpm wait --for reload --file", "flask", underDevpm(how), (backend) =>
    Promise.resolve(saved(backend, () => waits(backend))),
  );

/** What any command takes that is a Node program. */
const emptyNode: Contender = {
  name: "node -e 0",
  open: () =>
    Promise.resolve({
      async sample() {
        const began = performance.now();
        await done([process.execPath, "-e", "0"], { cwd: "/", env: {} });
        return performance.now() - began;
      },
      close: () => Promise.resolve(),
    }),
};

/** Longer than the command takes to ask, and unlike REST_MS: saves at even intervals look like a loop of the app's own. */
const THERE_MS = 3_000;

/**
 * From a save that comes while a reload is under way, for whose end something waits already, until that knows of the save.
 * A command waits for nothing where the newest save answers, so that one is held in its import until the next is made. A restart ends
 * it there: if it could come through before, it would be what was waited for.
 */
const savedMeanwhile = (backend: Backend, how: How, untilKnown: Wait): Opened["sample"] => {
  const gate = path.join(backend.folder, "go.log");
  return async (round) => {
    rmSync(gate, { force: true });
    await delay(REST_MS);
    const word = `word${round + 100}`;
    backend.save(`held${round + 100}"\nimport os, time\nwhile not os.path.exists("go.log"): time.sleep(0.001)\n"`);
    await delay(LOOK_MS);
    const known = untilKnown(word).then(() => performance.now());
    await delay(THERE_MS);
    const began = performance.now();
    backend.save(word);
    if (how === "warm") writeFileSync(gate, "");
    const value = (await known) - began;
    await mustAnswer(backend, word);
    return value;
  };
};

const answerMeanwhile = (how: How): Contender =>
  contender("the first answer of the new code", "flask", underDevpm(how), (backend) =>
    Promise.resolve(savedMeanwhile(backend, how, (word) => untilAnswers(backend.url, word, LOOK_MS))),
  );

const commandMeanwhile = (how: How): Contender =>
  contender("devpm wait, begun before the save", "flask", underDevpm(how), (backend) =>
    Promise.resolve(savedMeanwhile(backend, how, () => waits(backend))),
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
        contenders: [firstAnswer(how), tool(how), command(how), emptyNode],
      },
      { quick },
    );
  for (const how of ["warm", "restart"] as const)
    await compare(
      {
        name: `wait-there-${how}`,
        measures: `A save while a reload is awaited until it is known that the new code answers, a trivial Flask app (reload: "${how}")`,
        unit: "ms",
        better: "lower",
        rounds: 10,
        quickRounds: 5,
        contenders: [answerMeanwhile(how), commandMeanwhile(how)],
      },
      { quick },
    );
}
