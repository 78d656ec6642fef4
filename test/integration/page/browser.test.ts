import path from "node:path";
import type { Page, Route } from "playwright-core";
import { expect, test, type TestContext } from "vitest";
import type { Status } from "../../../src/model/status.ts";
import { openPage } from "../../rigs/browser.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { ask } from "../../rigs/http.ts";
import { askForPage } from "../../rigs/page.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project, type ProjectOptions } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { DEADLINE_MS, until } from "../../rigs/wait.ts";
import { isAccessible, shows } from "./looks.ts";

const FLASK = `from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "FIRST"


@app.get("/broken")
def broken():
    prices = {}
    return prices["tea"]
`;

/** What a terminal would act on, and a browser if it took text for markup. */
const HOSTILE = String.raw`import sys
for n in range(20_000):
    print(f"line {n} of many")
print("x" * 70_000 + "far away" + "y" * 5_000)
print("<img src=x onerror=window.hacked=1><script>window.hacked=1</script>")
print("\x1b]0;title\x07\x1b[2J\x1b[31mred \x1b]8;;javascript:window.hacked=1\x07link\x1b]8;;\x07\x1b[0m plain")
print("\u202Ereversed \u2067" + "x" * 20_000)
print("needle in the stack", file=sys.stderr)
`;

const VITE = path.join(REPOSITORY, "node_modules/vite/bin/vite.js");

async function shop(ctx: TestContext, more: ProjectOptions = {}): Promise<Project> {
  const [back, front] = [await freePort(), await freePort()];
  const venv = await pythonWith(["flask==3.1.*"]);
  const config = {
    name: "shop <b>&amp;",
    apps: {
      back: {
        command: [path.join(venv, "bin/flask"), "--app", "shop", "run", "--port", "$PORT"],
        port: back,
        reload: "warm",
      },
      front: { command: [process.execPath, VITE, "--port", "$PORT", "--strictPort"], port: front, dependsOn: ["back"] },
    },
    tasks: { chatter: { run: ["python3", "chatter.py"], start: false } },
  };
  return openProject(ctx, {
    awkwardPath: true,
    ...more,
    files: {
      "shop.py": FLASK,
      "chatter.py": HOSTILE,
      "index.html": "<!doctype html><title>shop</title>",
      "ecosystem.config.json": JSON.stringify(config),
    },
  });
}

async function start(project: Project): Promise<void> {
  const dev = await project.devpm(["dev", "--detach"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
}

const statusOf = async (project: Project): Promise<Status> =>
  JSON.parse((await project.devpm(["status", "--json"])).stdout) as Status;

async function end(project: Project): Promise<void> {
  const down = await project.devpm(["down"]);
  expect(down, down.output).toMatchObject({ code: 0 });
  await project.nothingLeft();
}

async function onlyItsSession(page: Page): Promise<string[]> {
  const foreign: string[] = [];
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== new URL(page.url()).origin && page.url() !== "about:blank")
      foreign.push(request.url());
  });
  return foreign;
}

// a session in all its states, and every view of it
const WHOLE_MS = 480_000;

test(
  "the page shows a session as it is: saves, errors, lines, actions, other sessions, its end",
  { timeout: WHOLE_MS },
  async (ctx) => {
    const page = await openPage(ctx);
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    const project = await shop(ctx);
    await start(project);
    const { link } = await askForPage(project);
    const foreign = await onlyItsSession(page);
    await page.goto(link);

    await shows(page, "session-state", /^ready$/);
    expect(await page.locator("h1").innerText()).toBe("shop <b>&amp;");
    await shows(page, "state-back", /^ready$/);
    // what starts first is above what needs it
    const names = await page
      .locator("tbody tr")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-testid")));
    expect(names.indexOf("part-back")).toBeLessThan(names.indexOf("part-front"));
    await shows(page, "no-errors", /Nothing is broken/);
    await isAccessible(page);

    // a save, its row and where its time went
    project.edit("shop.py", "FIRST", "SECOND");
    await shows(page, "last-save", /shop\.py.*\d+(\.\d+)? m?s/s);
    expect(await page.locator("svg.timeline").getAttribute("aria-label")).toMatch(/noticed .* answering/);

    // a save that breaks it, its frame, and its fix
    project.edit("shop.py", 'return "SECOND"', "return (");
    await shows(page, "fault", /SyntaxError/);
    await shows(page, "fault", /shop\.py:8/);
    expect(await page.getByTestId("fault").locator("a", { hasText: "shop.py:8" }).getAttribute("href")).toMatch(
      /^vscode:\/\/file\/.*\/shop\.py:8$/,
    );
    await shows(page, "session-state", /^degraded$/);
    await isAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await isAccessible(page);
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    await isAccessible(page);
    await page.setViewportSize({ width: 1280, height: 720 });
    project.edit("shop.py", "return (", 'return "THIRD"');
    await shows(page, "no-errors", /Nothing is broken/);

    // an action is confirmed by what happens
    const restarts = page.getByTestId("part-back").locator('[data-label="Restarts"]');
    await page.getByTestId("part-back").getByRole("button", { name: "Restart back" }).click();
    await until("the restart", async () => /^1\b/.test(await restarts.innerText()));
    await shows(page, "state-back", /^ready$/);
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

    await lines(page);

    await connections(page);

    await requests(page, project);

    // the other session of this user, in the same state folder
    const other = await shop(ctx, { env: { DEVPM_HOME: project.devpmHome } });
    await start(other);
    await page.getByRole("link", { name: "Machine" }).click();
    const card = page.locator("li.card", { hasText: other.root });
    await card.waitFor({ timeout: DEADLINE_MS });
    await isAccessible(page);
    await card.getByRole("button").click();
    await until("the other session's page", async () => (await page.locator(".root").innerText()) === other.root);
    await shows(page, "session-state", /^ready$/);
    expect(problems.filter((text) => !/ERR_CONNECTION_REFUSED/.test(text))).toEqual([]);
    expect(foreign.filter((url) => !url.includes("/enter?token="))).toEqual([]);

    // its end, and one without a word
    await end(other);
    await shows(page, "connection", /has ended/);
    await page.goto((await askForPage(project)).link);
    await shows(page, "session-state", /^ready$/);
    process.kill((await statusOf(project)).session!.pid, "SIGKILL");
    await shows(page, "connection", /gone without a word/);
    await isAccessible(page);
    await project.devpm(["down"]);
    await project.nothingLeft();
  },
);

/** Twenty thousand lines and what is hostile in them. */
async function lines(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run chatter" }).click();
  await shows(page, "state-chatter", /^done$/);
  await page.keyboard.press("L");
  const list = page.getByRole("log");
  const text = (): Promise<string> => list.innerText();
  // of two pipes
  const last = [
    "needle in the stack",
    "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>",
    "red link plain",
    String.raw`\u202ereversed`,
  ];
  for (const line of last) await until(line, async () => (await text()).includes(line));
  // nothing in a line moves what stands behind it
  expect(await page.evaluate("getComputedStyle(document.querySelector('.line bdi')).unicodeBidi")).toBe("isolate");
  expect(await list.locator(".ansi-red").first().innerText()).toContain("red");
  expect(await page.evaluate("window.hacked")).toBeUndefined();
  // only what can be seen is in the document
  expect(await list.locator(".line").count()).toBeLessThan(200);
  await isAccessible(page);

  await page.keyboard.press("Home");
  await until(
    "the oldest line",
    async () => (await text()).includes("Running on") || (await text()).includes("line 0 of"),
  );
  await page.keyboard.press("End");
  await until("the newest line", async () => (await text()).includes("needle in the stack"));

  await page.keyboard.press("/");
  await page.keyboard.type("line 1234 of");
  await until("the found line", async () => /line 1234 of many/.test(await text()) && !/needle/.test(await text()));
  // the address shows the same in another window; it may have been searched for before its last letter was typed
  await until("the address", () => page.url().includes("#/logs?find=line+1234+of"), { describe: () => page.url() });
  await page.reload();
  await until("the found line again", async () => /line 1234 of many/.test(await text()));
  // what stands where no row reaches is shown with what is around it
  await page.getByRole("searchbox").fill("FAR away");
  await until("the match in a long line", async () =>
    /^.*69,960 characters before … x{40}far away/m.test(await text()),
  );
  // the address names the view, and skipping to the content does not leave it
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  expect(await page.evaluate("document.activeElement.id")).toBe("main");
  expect(page.url()).toContain("#/logs?find=");
  await page.getByRole("searchbox").fill("needle|nothing");
  await page.getByLabel("regex").check();
  await until("the line of the pattern", async () => /needle/.test(await text()) && !/1234/.test(await text()));
  await page.getByRole("searchbox").fill("(");
  await page.getByRole("alert").waitFor({ timeout: DEADLINE_MS });
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Level").selectOption("error");
  await until("errors alone", async () => /needle/.test(await text()) && !/of many/.test(await text()));
  await page.getByLabel("App").selectOption("back");
  await until("no line of another app", async () => !/needle/.test(await text()));
}

/** A page that is still without its session, then one whose connection breaks, then one that has it again. */
async function connections(page: Page): Promise<void> {
  const held: Route[] = [];
  let isLost = false;
  const hold = (route: Route): void => {
    if (isLost) route.abort("connectionrefused").catch(() => {});
    else held.push(route);
  };
  await page.route("**/events", hold);
  await page.route("**/lines?*", hold);
  await page.reload();
  await shows(page, "connection", /Connecting to the session/);
  await shows(page, "session-state", /^connecting$/);
  await until("lines that are waited for", async () => /Loading/.test(await page.getByRole("log").innerText()));
  await page.keyboard.press("N");
  await until("a view without its session", async () => /Loading/.test(await page.locator("main").innerText()));
  await isAccessible(page);

  isLost = true;
  // the one of the view that was left is over
  for (const route of held) await route.abort("connectionrefused").catch(() => {});
  await shows(page, "connection", /connection was lost.*trying again/);
  await shows(page, "session-state", /^lost$/);
  await until("that nothing is known", async () =>
    (await page.locator("main").innerText()).includes("Nothing is known"),
  );
  await isAccessible(page);

  await page.unroute("**/events");
  await page.unroute("**/lines?*");
  await page.getByText(/connected again after \d+ s/).waitFor({ timeout: DEADLINE_MS });
  await shows(page, "session-state", /^ready$/);
  await shows(page, "state-back", /^ready$/);
}

/** One that fails, with its cause. */
async function requests(page: Page, project: Project): Promise<void> {
  await page.getByRole("link", { name: "Requests" }).click();
  const { apps } = await statusOf(project);
  const { port } = apps.find(({ name }) => name === "back")!;
  expect((await ask(`http://127.0.0.1:${port}/broken?<b>`)).status).toBe(500);
  expect((await ask(`http://127.0.0.1:${port}/`)).status).toBe(200);
  await shows(page, "request", /200 GET \/ back[^]*500 GET \/broken/);
  await page.getByLabel("failed only").check();
  const failed = page.getByTestId("request");
  await until("the failed one alone", async () => (await failed.count()) === 1);
  await page.getByLabel("App").selectOption("front");
  await page.getByText("None of the requests is one of these").waitFor({ timeout: DEADLINE_MS });
  await page.getByLabel("App").selectOption("");
  await failed.locator("summary").click();
  await shows(page, "request", /KeyError: 'tea'[^]*shop\.py:14[^]*Traceback/);
  await isAccessible(page);
}
