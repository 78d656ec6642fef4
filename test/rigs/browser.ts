import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Page, chromium } from "playwright-core";
import type { TestContext } from "vitest";
import { DEADLINE_MS } from "./wait.ts";

export const CHROMIUM_PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

// without the last three it looks up its maker's hosts at every start
export const QUIET_CHROMIUM = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * A page of a real Chromium with a fresh profile, closed with its test; skips the test where there is none. `through` is
 * put before its command: a namespace's network.
 */
export async function openPage(ctx: TestContext, through: readonly string[] = []): Promise<Page> {
  const executablePath = CHROMIUM_PLACES.find((place) => existsSync(place));
  ctx.skip(executablePath === undefined, `no Chromium (looked for ${CHROMIUM_PLACES.join(", ")})`);
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-chromium-"));
  const start = path.join(folder, "start");
  writeFileSync(start, `#!/bin/sh\nexec ${[...through, executablePath].join(" ")} "$@"\n`, { mode: 0o755 });
  const context = await chromium.launchPersistentContext(path.join(folder, "profile"), {
    executablePath: start,
    headless: true,
    args: QUIET_CHROMIUM,
    timeout: DEADLINE_MS,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  ctx.onTestFinished(async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return context.pages()[0] ?? context.newPage();
}
