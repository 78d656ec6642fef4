// docs/pictures/page-*.png: the page of a real session of the demo, in Chromium. Starts `devpm dev` with a state folder of its own,
// saves, breaks and mends a file, and asks the app for something. `npm start` once before, so that nothing is left to install.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chromium } from "playwright-core";
import { freePort } from "./free-port.mjs";

const root = path.dirname(import.meta.dirname);
const EDITED = path.join(root, "examples/market/web/market_routes.py");
const PICTURES = path.join(root, "docs/pictures");
const SIZE = { width: 1100, height: 620 };
const LONGEST_MS = 30_000;
const SAVES = 12;

const state = mkdtempSync(path.join(os.tmpdir(), "devpm-picture-"));
const env = { ...process.env, DEVPM_HOME: state };

function devpm(...args) {
  const done = spawnSync(process.execPath, [path.join(root, "bin/devpm.js"), ...args], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(`devpm ${args.join(" ")}: ${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** What is specific to this machine gets a generic name. */
const genericNames = (page) =>
  page.evaluate((home) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) walker.currentNode.data = walker.currentNode.data.replaceAll(home, "~/code/market");
  }, root);

async function shoot(page, name) {
  await genericNames(page);
  await page.screenshot({ path: path.join(PICTURES, `page-${name}.png`) });
}

const before = readFileSync(EDITED, "utf8");
mkdirSync(PICTURES, { recursive: true });
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const [backend, web] = [await freePort(), await freePort()];
  devpm("dev", "--detach", "--no-infra", "--port", `backend=${backend}`, `web=${web}`);
  const page = await browser.newPage({ viewport: SIZE });
  await page.goto(devpm("ui", "--no-open").trim());
  await page.getByTestId("state-backend").waitFor();
  for (let save = 1; save <= SAVES; save++) {
    writeFileSync(EDITED, `${before}\n# ${save}\n`);
    devpm("wait", "backend", "--for", "reload");
  }
  for (const asked of ["/api/hype", "/api/nothing"]) await (await fetch(`http://127.0.0.1:${backend}${asked}`)).text();
  writeFileSync(EDITED, before.replace('return {"ok": True}', 'return {"ok": market.is_open}'));
  devpm("wait", "backend", "--for", "reload");
  await (await fetch(`http://127.0.0.1:${backend}/api/health`)).text();
  await page.getByTestId("fault").first().waitFor({ timeout: LONGEST_MS });
  // memory is measured every few seconds
  await page
    .getByText(/\d+ MB/)
    .first()
    .waitFor({ timeout: LONGEST_MS });
  await page
    .locator(".notice")
    .first()
    .waitFor({ state: "detached", timeout: LONGEST_MS })
    .catch(() => {});
  await shoot(page, "now");
  writeFileSync(EDITED, before);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("link", { name: "Logs" }).click();
  await page.locator(".line").first().waitFor({ timeout: LONGEST_MS });
  await delay(500);
  await shoot(page, "logs");
} finally {
  writeFileSync(EDITED, before);
  await browser.close();
  devpm("down");
  rmSync(state, { recursive: true, force: true });
}
