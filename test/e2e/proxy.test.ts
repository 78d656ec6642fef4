import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openPage } from "../rigs/browser.ts";
import { openMarket } from "../rigs/market.ts";
import { until } from "../rigs/wait.ts";
import { fixture } from "../rigs/fixtures.ts";

const ROUTES = "examples/market/web/market_routes.py";
/** Set-up of the demo is part of its first start. */
const FIRST_START = { deadlineMs: 120_000 };
const SAVES = 10;
/** What Vite prints when a proxied request got no answer. */
const PROXY_ERROR = /http proxy error|ECONNREFUSED|ECONNRESET|socket hang up/;

const headlineOf = (save: number): string => (save === 0 ? "The market is listening" : `Save ${save} of ${SAVES}`);

/**
 * Runs in the page: fifty requests a second through Vite's proxy. `floor` is the newest headline that had been answered
 * when a request was sent: answers may overtake each other, but none may be older than that.
 */
const STREAM = fixture("browser/stream.js", {
  __HEADLINES__: JSON.stringify(Array.from({ length: SAVES + 1 }, (_, save) => headlineOf(save))),
});

/** What a developer would see in red. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`pageerror: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    complaints.push(`failed: ${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return complaints;
}

async function untilHeadline(page: Page, save: number): Promise<void> {
  const shown = page.getByTestId("headline");
  await until(`the page to show save ${save}`, async () => {
    return (await shown.innerText({ timeout: 2_000 })) === headlineOf(save);
  });
  await until(`the stream to see save ${save}`, () => page.evaluate(`window.stream.newest === ${save}`));
}

test.for([
  ["Flask", []],
  ["FastAPI", ["--config", "ecosystem.fastapi.config.ts"]],
] as const)("%s: ten saves under a page that asks without a pause, and nothing turns red", async ([, config], ctx) => {
  const { project, namespace } = await openMarket(ctx);
  const terminal = await project.terminal(["dev", "--no-infra", ...config]);
  await terminal.waitFor(/ready in/, FIRST_START);
  const page = await openPage(ctx, namespace.enterNetwork);
  const complaints = complaintsOf(page);
  await page.goto("http://localhost:5173/");
  await page.evaluate(STREAM);
  await untilHeadline(page, 0);

  for (let save = 1; save <= SAVES; save += 1) {
    project.edit(ROUTES, headlineOf(save - 1), headlineOf(save));
    await untilHeadline(page, save);
  }

  await page.evaluate("clearInterval(window.stream.pacing)");
  await page.evaluate("Promise.all(window.stream.running).then(() => null)");
  expect(await page.evaluate("window.stream.wrong")).toEqual([]);
  expect(await page.evaluate("window.stream.answers")).toBeGreaterThan(SAVES);
  expect(complaints).toEqual([]);
  // the terminal may have cut a long line
  const logs = await project.devpm(["logs", "web", "--no-follow"]);
  expect(logs).toMatchObject({ code: 0 });
  expect(`${terminal.output()}\n${logs.output}`).not.toMatch(PROXY_ERROR);

  terminal.write("\x03");
  expect(await terminal.ended()).toEqual({ code: 130, signal: null });
  await project.nothingLeft();
});
