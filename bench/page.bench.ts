import type { Page } from "playwright-core";
import { until } from "../test/rigs/wait.ts";
import { compare, type Contender, type Opened } from "./harness.ts";
import { frameCosts } from "./page-frames.ts";
import { LINES, PageSession, parts } from "./page-session.ts";

/** The page of a session: what it costs its engine, how soon it is there, and how it holds a million lines. */
export default async function ofThePage({ quick }: { quick: boolean }): Promise<void> {
  await compare(
    {
      name: "page-memory",
      measures: "Memory of the engine (PSS) from 20 seconds after the page was opened, closed or flooded",
      ...{ unit: "MB", better: "lower", order: "apart", rounds: 3, quickRounds: 1, warmups: 0 },
      contenders: [...STATES, ...FULL].map((state) => contender(state, 20_000, (session) => session.memory())),
    },
    { quick },
  );
  await compare(
    {
      name: "page-cpu",
      measures: "Processor time of the engine over ten seconds, of one core",
      ...{ unit: "%", better: "lower", order: "apart", rounds: 3, quickRounds: 1, warmups: 0 },
      contenders: STATES.map((state) => contender(state, 2_000, (session) => session.cpu(10_000))),
    },
    { quick },
  );
  await compare(
    {
      name: "page-paint",
      measures: "From `devpm ui` to the first paint in a browser that runs; and a save, until its event and its row",
      ...{ unit: "ms", better: "lower", against: "a save, its event", rounds: 20, quickRounds: 5 },
      contenders: [paint, saves("a save, its event", EVENT_OF), saves("a save, its row on the page", ROW_OF)],
    },
    { quick },
  );
  await compare(
    {
      name: "page-lines",
      measures: `Processor time of the page's thread for its most expensive frame while ${LINES.toLocaleString("en")} lines are scrolled, and while they are filtered`,
      ...{ unit: "ms", better: "lower", order: "apart", rounds: 5, quickRounds: 2 },
      contenders: [frames("scrolled up", scroll), frames("filtered by text", filter)],
    },
    { quick },
  );
}

interface State {
  name: string;
  looks: "never" | "closed" | "open";
  isFlooded: boolean;
  /** A million lines were printed before, and looked through. */
  isFull?: boolean;
}

const STATES: readonly State[] = [
  { name: "never asked for", looks: "never", isFlooded: false },
  { name: "closed again", looks: "closed", isFlooded: false },
  { name: "open, idle", looks: "open", isFlooded: false },
  { name: "never asked for, 10,000 lines/s", looks: "never", isFlooded: true },
  { name: "open, 10,000 lines/s", looks: "open", isFlooded: true },
];

const FULL: readonly State[] = [
  { name: "never asked for, a million lines", looks: "never", isFlooded: false, isFull: true },
  { name: "closed again, a million lines searched", looks: "closed", isFlooded: false, isFull: true },
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function contender(
  { name, looks, isFlooded, isFull = false }: State,
  settleMs: number,
  measure: (session: PageSession) => number | Promise<number>,
): Contender {
  return {
    name,
    async open() {
      const session = await PageSession.open();
      if (isFull) for (const part of parts()) session.devpm("start", part);
      const seen = looks === "never" ? null : await session.look();
      if (seen && isFull) await search(seen);
      if (seen && looks === "open") await seen.keyboard.press("L");
      if (looks === "closed") await seen?.close();
      if (isFlooded) session.devpm("start", "spam");
      return {
        async sample(round) {
          await pause(round === 0 ? settleMs : 2_000);
          return measure(session);
        },
        close: () => session.close(),
      };
    },
  };
}

async function search(page: Page): Promise<void> {
  await page.keyboard.press("L");
  await lastLine(page);
  await scroll(page);
  await filter(page, 0);
}

/** With the command itself, and the browser's first request. */
const paint: Contender = {
  name: "devpm ui, first paint",
  async open() {
    const session = await PageSession.open();
    const browser = await session.browser();
    return {
      async sample() {
        const context = await browser.newContext();
        const page = await context.newPage();
        const began = Date.now();
        await page.goto(session.devpm("ui", "--no-open").trim());
        await page.getByTestId("session-state").waitFor();
        // the text stands there a moment before it is painted
        const shown = `performance.getEntriesByName("first-contentful-paint")[0]?.startTime`;
        await page.waitForFunction(`${shown} !== undefined`);
        const painted = await page.evaluate<number>(`performance.timeOrigin + ${shown}`);
        await context.close();
        return painted - began;
      },
      close: () => session.close(),
    };
  },
};

/** Notes when a save's event came and when its row was drawn, in the page's own time. */
const WATCH = `
  window.saved = { event: 0, row: 0 };
  new EventSource("events").addEventListener("message", ({ data }) => {
    if (data.startsWith('{"event":"app.reloaded"')) saved.event = Date.now();
  });
  new MutationObserver(() => {
    const text = document.querySelector("[data-testid=last-save]")?.textContent ?? "";
    const count = document.querySelectorAll("[data-testid=save]").length;
    if (text + count !== saved.text) saved.row = Date.now();
    saved.text = text + count;
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
`;
const EVENT_OF = "saved.event";
const ROW_OF = "saved.row";

function saves(name: string, when: string): Contender {
  return {
    name,
    async open() {
      const session = await PageSession.open();
      const page = await session.look();
      await page.evaluate(WATCH);
      let count = 0;
      return {
        async sample() {
          await pause(700);
          await page.evaluate("saved.event = saved.row = 0");
          const from = count === 0 ? "FIRST" : `SAVE ${count}`;
          const began = Date.now();
          session.edit(from, `SAVE ${++count}`);
          await until("the save on the page", () => page.evaluate<boolean>("saved.event > 0 && saved.row > 0"));
          return (await page.evaluate<number>(when)) - began;
        },
        close: () => session.close(),
      };
    },
  };
}

function frames(name: string, act: (page: Page, round: number) => Promise<void>): Contender {
  return {
    name,
    async open(): Promise<Opened> {
      const session = await PageSession.open();
      for (const part of parts()) session.devpm("start", part);
      const page = await session.look();
      await page.keyboard.press("L");
      await lastLine(page);
      return {
        sample: async (round) => Math.max(...(await frameCosts(page, () => act(page, round)))),
        close: () => session.close(),
      };
    },
  };
}

/** Further up in each round: what is loaded moves through the history. */
async function scroll(page: Page): Promise<void> {
  await page.getByRole("log").hover();
  for (let turn = 0; turn < 60; turn++) {
    await page.mouse.wheel(0, -8_000);
    await pause(30);
  }
}

async function filter(page: Page, round: number): Promise<void> {
  const wanted = `line ${1_000 * (round + 2)} of many, some with a needle`;
  await page.getByRole("searchbox").fill(wanted);
  await page.getByText(wanted).first().waitFor({ timeout: 60_000 });
  await page.getByRole("searchbox").fill("");
  await lastLine(page);
}

const lastLine = (page: Page): Promise<void> =>
  page
    .getByText(`line ${LINES / parts().length - 1} of many`)
    .first()
    .waitFor({ timeout: 60_000 });
