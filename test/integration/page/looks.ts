import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { until } from "../../rigs/wait.ts";

/** The text of an element, once it is what is wanted. */
export async function shows(page: Page, testId: string, wanted: RegExp): Promise<void> {
  const all = (): Promise<string[]> => page.getByTestId(testId).allInnerTexts();
  await until(`${testId} to show ${String(wanted)}`, async () => wanted.test((await all()).join("\n")), {
    describe: () => page.url(),
  });
}

export async function isAccessible(page: Page): Promise<void> {
  // its script is the test's, not the page's: evaluated by the debugger, which no policy concerns
  await page.evaluate(axe.source);
  const violations = await page.evaluate<string[]>(
    `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html + failureSummary).join(" | ")))`,
  );
  expect(violations).toEqual([]);
}
