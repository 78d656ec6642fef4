import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { until } from "../../rigs/wait.ts";
import { startThread, type ThreadAnswer } from "../../../src/system/thread.ts";

const PROGRAM = `import { parentPort, threadId } from "node:worker_threads";
parentPort.on("message", ({ say, loop, fail }) => {
  while (loop) {}
  if (fail) throw new Error("on purpose");
  parentPort.postMessage({ say, threadId, secret: process.env.HOME ?? null });
});
`;
const LONG = 30_000;

test("a question that takes too long ends its thread, and the next one has another", async (ctx) => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-thread-"));
  const file = path.join(folder, "program.mjs");
  writeFileSync(file, PROGRAM);
  const thread = await startThread(file);
  ctx.onTestFinished(() => {
    thread.close();
    rmSync(folder, { recursive: true, force: true });
  });
  type Said = { say: number; threadId: number; secret: string | null };
  const said = (given: ThreadAnswer): Said => (given as { answer: Said }).answer;
  const [one, two] = (await Promise.all([thread.ask({ say: 1 }, LONG), thread.ask({ say: 2 }, LONG)])).map(said) as [
    Said,
    Said,
  ];
  expect([one.say, two.say, one.secret]).toEqual([1, 2, null]);
  expect(two.threadId).toBe(one.threadId);
  // what waits behind it is answered all the same
  const [looped, after] = await Promise.all([thread.ask({ loop: true }, 50), thread.ask({ say: 3 }, LONG)]);
  expect(looped).toEqual({ none: "slow" });
  expect(after).toMatchObject({ answer: { say: 3 } });
  expect(said(after).threadId).not.toBe(one.threadId);
  // an answer that is not wanted any more when the question's turn comes
  const gone = new AbortController();
  const answers = [{ say: 5 }, { say: 6 }].map((question, n) =>
    thread.ask(question, LONG, n === 1 ? gone.signal : undefined),
  );
  gone.abort();
  expect(await Promise.all([...answers, thread.ask({ say: 7 }, LONG)])).toMatchObject([
    { answer: { say: 5 } },
    { none: "unwanted" },
    { answer: { say: 7 } },
  ]);
  // one that is under way is ended
  const ended = new AbortController();
  const endless = thread.ask({ loop: true }, LONG, ended.signal);
  const behind = thread.ask({ say: 8 }, LONG);
  await new Promise((resolve) => void setImmediate(resolve));
  ended.abort();
  expect(await endless).toEqual({ none: "unwanted" });
  expect(await behind).toMatchObject({ answer: { say: 8 } });
  // a failure is not taken for a slow answer
  expect(await thread.ask({ fail: true }, LONG)).toEqual({ none: "died" });
  expect(await thread.ask({ say: 4 }, LONG)).toMatchObject({ answer: { say: 4 } });
});

test("a thread that is not asked for a while has ended, and the next question has another", async (ctx) => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-thread-"));
  const file = path.join(folder, "program.mjs");
  writeFileSync(file, PROGRAM);
  const thread = await startThread(file, 1);
  ctx.onTestFinished(() => {
    thread.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const threadOf = async (): Promise<number> => {
    const given = (await thread.ask({ say: 1 }, LONG)) as { answer: { threadId: number } };
    return given.answer.threadId;
  };
  const first = await threadOf();
  await until("another thread", async () => (await threadOf()) !== first);
});
