import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type BrowserContext, type Page, chromium } from "playwright-core";
import { CHROMIUM_PLACES, QUIET_CHROMIUM } from "../test/rigs/browser.ts";
import { Absent, type Contender, compare } from "./harness.ts";
import { type Running, type Stack, devpm, makeStack, pageCode, run, untilAnswers } from "./stack.ts";

/** Between two saves: the page and the server come to rest. */
const REST_MS = 300;

/** Resolves, in the page, with the wall-clock time at which the word was put into the document. */
const SEEN = `(word) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("not within 20 s, the page shows " + document.body.innerHTML)), 20_000);
  const look = () => document.querySelector("#word")?.textContent === word;
  const seen = () => resolve(performance.timeOrigin + performance.now());
  if (look()) return seen();
  const observer = new MutationObserver(() => {
    if (!look()) return;
    observer.disconnect();
    seen();
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true });
})`;

function contender(name: string, browser: () => Promise<BrowserContext>, begin: (stack: Stack) => Running): Contender {
  return {
    name,
    async open() {
      const context = await browser();
      const stack = await makeStack();
      const running = begin(stack);
      const close = async (): Promise<void> => {
        await running.end("SIGINT");
        stack.remove();
      };
      try {
        await untilAnswers(stack.frontend.url, "root");
        const page = await context.newPage();
        await page.goto(stack.frontend.url);
        await seen(page, "first");
        return { sample: (round) => saved(page, stack, `word${round + 100}`), close };
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

async function saved(page: Page, { frontend }: Stack, word: string): Promise<number> {
  // Chromium slows down what happens in a tab nobody looks at
  await page.bringToFront();
  await delay(REST_MS);
  const visible = seen(page, word);
  // the question is in the page before the answer is
  await page.evaluate("0");
  // as editors save; written in place, now and then Vite itself reads the file while it is empty, and shows nothing new
  const beside = `${frontend.file}.saved`;
  writeFileSync(beside, pageCode(word));
  const began = performance.timeOrigin + performance.now();
  renameSync(beside, frontend.file);
  return (await visible) - began;
}

const seen = (page: Page, word: string): Promise<number> => page.evaluate<number>(`(${SEEN})(${JSON.stringify(word)})`);

export default async function hmr({ quick }: { quick: boolean }): Promise<void> {
  const executablePath = CHROMIUM_PLACES.find((place) => existsSync(place));
  const profile = mkdtempSync(path.join(tmpdir(), "devpm-bench-chromium-"));
  const launched: Promise<BrowserContext>[] = [];
  const browser = (): Promise<BrowserContext> => {
    if (executablePath === undefined) throw new Absent("no Chromium");
    const [first = chromium.launchPersistentContext(profile, { executablePath, args: QUIET_CHROMIUM })] = launched;
    launched[0] = first;
    return first;
  };
  try {
    await compare(
      {
        name: "hmr",
        measures: "Save of a JSX file to the change in the page (Chromium)",
        unit: "ms",
        better: "lower",
        rounds: 40,
        quickRounds: 10,
        warmups: 3,
        contenders: [
          contender("vite", browser, ({ frontend, env }) => run(frontend.command, { cwd: frontend.folder, env })),
          contender("devpm dev", browser, ({ folder, env }) => run(devpm("dev"), { cwd: folder, env })),
        ],
      },
      { quick },
    );
  } finally {
    for (const context of launched) await (await context).close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
