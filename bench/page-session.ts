import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import type { Status } from "../src/model/status.ts";
import { CHROMIUM_PLACES, QUIET_CHROMIUM } from "../test/rigs/browser.ts";
import { builtDevpm } from "../test/rigs/devpm.ts";
import { cleanEnvironment } from "../test/rigs/environment.ts";
import { freePort } from "../test/rigs/ports.ts";
import { pythonWith } from "../test/rigs/python.ts";
import { Absent } from "./harness.ts";
import { pssOf } from "./pss.ts";

const FLASK = `from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "FIRST"
`;

/** So many lines a second, in the small pieces in which programs print. */
const SPAM = `import sys, time
rate, began, sent = int(sys.argv[1]), time.monotonic(), 0
while True:
    due = int((time.monotonic() - began) * rate)
    for n in range(sent, due):
        print(f"line {n} of a program that prints much " + "x" * 40)
    sys.stdout.flush()
    sent = due
    time.sleep(0.02)
`;

const MANY = `import sys
for n in range(int(sys.argv[2])):
    print(f"{sys.argv[1]} line {n} of many, some with a needle" if n % 1000 == 0 else f"{sys.argv[1]} line {n} of many")
`;

/** A million lines are four of these: each app's history has a limit. */
const PARTS = ["a", "b", "c", "d"];
export const LINES = 1_000_000;
const SPAM_RATE = 10_000;

/** A session with a Flask app, programs that print, and the browser to look at it. */
export class PageSession {
  readonly folder = mkdtempSync(path.join(tmpdir(), "devpm-bench-page-"));
  readonly env = { ...cleanEnvironment(this.folder), DEVPM_HOME: path.join(this.folder, "d") };
  #browser: Browser | null = null;

  static async open(): Promise<PageSession> {
    const session = new PageSession();
    const venv = await pythonWith(["flask==3.1.*"]);
    const back = [path.join(venv, "bin/flask"), "--app", "shop", "run", "--port", "$PORT"];
    const config = {
      name: "looked-at",
      apps: {
        back: { command: back, port: await freePort(), reload: "warm" },
        spam: { command: `python3 -u spam.py ${SPAM_RATE}`, start: false, reload: false },
      },
      tasks: Object.fromEntries(
        PARTS.map((name) => [name, { run: ["python3", "many.py", name, String(LINES / PARTS.length)], start: false }]),
      ),
    };
    const files = { "shop.py": FLASK, "spam.py": SPAM, "many.py": MANY };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(session.folder, name), text);
    writeFileSync(path.join(session.folder, "ecosystem.config.json"), JSON.stringify(config));
    session.devpm("dev", "--detach");
    return session;
  }

  devpm(...args: string[]): string {
    const [file = "", ...words] = [...builtDevpm(), ...args];
    const done = spawnSync(file, words, {
      cwd: this.folder,
      env: this.env,
      encoding: "utf8",
    });
    if (done.status !== 0) throw new Error(`devpm ${args.join(" ")}: ${done.stdout}${done.stderr}`);
    return done.stdout;
  }

  edit(from: string, to: string): void {
    const file = path.join(this.folder, "shop.py");
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  }

  get engine(): number {
    return (JSON.parse(this.devpm("status", "--json")) as Status).session!.pid;
  }

  /** In MB. */
  memory(pid = this.engine): number {
    return pssOf([{ pid } as Parameters<typeof pssOf>[0][number]]);
  }

  /** Percent of one core, over so long. */
  async cpu(ms: number): Promise<number> {
    const pid = this.engine;
    const before = ticksOf(pid);
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ((ticksOf(pid) - before) * TICK_MS * 100) / (performance.now() - began);
  }

  /** A browser that is there already. */
  async browser(): Promise<Browser> {
    const executablePath = CHROMIUM_PLACES.find((place) => existsSync(place));
    if (executablePath === undefined) throw new Absent("no Chromium");
    return (this.#browser ??= await chromium.launch({ executablePath, args: QUIET_CHROMIUM }));
  }

  async look(): Promise<Page> {
    const page = await (await this.browser()).newPage();
    await page.goto(this.devpm("ui", "--no-open").trim());
    await page.getByTestId("session-state").waitFor();
    return page;
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    this.devpm("down");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const parts = (): readonly string[] => PARTS;

/** The kernel counts processor time in hundredths of a second. */
const TICK_MS = 10;

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
