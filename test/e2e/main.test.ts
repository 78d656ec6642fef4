import type { Page } from "playwright-core";
import { type TestContext, expect, test } from "vitest";
import { openPage } from "../rigs/browser.ts";
import { listShape, logShape, parseJson, statusShape, stoppedShape, waitShape } from "../rigs/contract.ts";
import { askInside, openMarket } from "../rigs/market.ts";
import type { Namespace } from "../rigs/namespace.ts";
import { tree } from "../rigs/processes.ts";
import type { Project } from "../rigs/project.ts";
import { until } from "../rigs/wait.ts";

const ROUTES = "examples/market/web/market_routes.py";
const WIDGET = "examples/market/ui/src/HypeMeterWidget.jsx";
/** Set-up of the demo is part of its first start. */
const FIRST_START = { deadlineMs: 120_000 };

type Status = ReturnType<typeof statusShape.parse>;

async function statusOf(project: Project): Promise<Status> {
  const said = await project.devpm(["status", "--json"]);
  expect(said).toMatchObject({ code: 0, stderr: "" });
  return parseJson(statusShape, said.stdout);
}

const backendOf = ({ apps }: Status): Status["apps"][number] => apps.find(({ name }) => name === "backend")!;

async function text(page: Page, testId: string, wanted: RegExp): Promise<void> {
  const seen = (): Promise<string> => page.getByTestId(testId).innerText({ timeout: 2_000 });
  await until(`${testId} to be ${String(wanted)}`, async () => wanted.test(await seen()));
}

/** Nothing of devpm's in a machine that held nothing else, and both ports free. */
async function nothingInside(namespace: Namespace): Promise<void> {
  const { left } = namespace;
  await until("the namespace to be empty", () => left().length === 0, { describe: () => tree(left()) });
  expect(namespace.listening()).toEqual([]);
}

/** Both saves of the demo, seen in a real browser. */
async function editBoth(ctx: TestContext, project: Project, namespace: Namespace): Promise<void> {
  const page = await openPage(ctx, namespace.enterNetwork);
  await page.goto("http://localhost:5173/");
  await text(page, "headline", /^The market is listening$/);
  await page.getByTestId("boost").click();
  await page.getByTestId("boost").click();
  await text(page, "boost-count", /^2$/);
  await page.evaluate("window.neverReloaded = true");

  project.edit(ROUTES, "The market is listening", "Saved and answered");
  await text(page, "headline", /^Saved and answered$/);
  const waited = await project.devpm(["wait", "backend", "--for", "reload", "--json"]);
  expect(waited, waited.output).toMatchObject({ code: 0 });
  expect(parseJson(waitShape, waited.stdout)).toMatchObject({ ok: true, error: null });
  expect(backendOf(await statusOf(project))).toMatchObject({
    state: "ready",
    reloads: 1,
    lastReload: { ok: true, file: expect.stringMatching(/web\/market_routes\.py$/) },
  });

  project.edit(WIDGET, `const TITLE = "Hype meter"`, `const TITLE = "Hotter module"`);
  await text(page, "hype-title", /^Hotter module$/i);
  await text(page, "boost-count", /^2$/);
  expect(await page.evaluate("window.neverReloaded")).toBe(true);
}

test.for([
  ["Flask", []],
  ["FastAPI", ["--config", "ecosystem.fastapi.config.ts"]],
] as const)("the demo on %s: both saves show at once, Ctrl+C leaves nothing", async ([, config], ctx) => {
  const { project, namespace } = await openMarket(ctx);
  const terminal = await project.terminal(["dev", "--no-infra", ...config]);
  await terminal.waitFor(/ready in/, FIRST_START);
  expect(JSON.parse(await askInside(namespace, "http://localhost:5050/api/health"))).toEqual({ ok: true });
  expect(await askInside(namespace, "http://localhost:5173/")).toContain("<title>");

  await editBoth(ctx, project, namespace);

  terminal.write("\x03");
  expect(await terminal.ended()).toEqual({ code: 130, signal: null });
  expect(terminal.output()).toMatch(/5050.*5173.*free/);
  await nothingInside(namespace);
  await project.nothingLeft();
});

test("every command beside a running session, from another terminal", async (ctx) => {
  const { project, namespace } = await openMarket(ctx, { env: { MARKET_NOTE: "kept" } });
  const started = await project.devpm(["dev", "--no-infra", "--detach"], FIRST_START);
  expect(started, started.output).toMatchObject({ code: 0 });
  const status = await statusOf(project);
  expect(status).toMatchObject({ project: "market", root: project.root, session: { detached: true, state: "ready" } });
  expect(status.apps.map(({ name, state, port }) => [name, state, port])).toEqual([
    ["backend", "ready", 5050],
    ["web", "ready", 5173],
  ]);

  const listed = await project.devpm(["list", "--json"], { cwd: project.home });
  expect(parseJson(listShape, listed.stdout).sessions).toMatchObject([
    { project: "market", root: project.root, id: status.session?.id, ports: [5050, 5173] },
  ]);

  const second = await project.devpm(["dev", "--no-infra"]);
  expect(second).toMatchObject({ code: 3 });
  expect(second.output).toContain("DEVPM_SESSION_RUNNING");

  const restarted = await project.devpm(["restart", "backend"]);
  expect(restarted, restarted.output).toMatchObject({ code: 0 });
  const after = backendOf(await statusOf(project));
  expect(after).toMatchObject({ state: "ready" });
  expect(after.pid).not.toBe(backendOf(status).pid);

  project.edit(ROUTES, `HEADLINE = "The market is listening"`, `HEADLINE = (`);
  const broken = await project.devpm(["wait", "--for", "reload", "--json"]);
  expect(broken).toMatchObject({ code: 1 });
  expect(parseJson(waitShape, broken.stdout)).toMatchObject({
    ok: false,
    error: expect.stringContaining("SyntaxError"),
  });
  project.edit(ROUTES, `HEADLINE = (`, `HEADLINE = "Mended"`);
  const mended = await project.devpm(["wait", "--for", "reload"]);
  expect(mended, mended.output).toMatchObject({ code: 0 });
  expect(JSON.parse(await askInside(namespace, "http://localhost:5050/api/hype"))).toMatchObject({
    headline: "Mended",
  });

  // what it printed comes by another way than the answers to the waits
  const logs = await until("the error in the logs", async () => {
    const said = await project.devpm(["logs", "backend", "--no-follow"]);
    return said.code === 0 && said.stderr === "" && said.stdout.includes("SyntaxError") ? said : null;
  });
  expect(logs.stdout.match(/SyntaxError/g)).toHaveLength(1);
  const json = await project.devpm(["logs", "backend", "--no-follow", "--json", "--grep", "api/health"]);
  const lines = json.stdout
    .trim()
    .split("\n")
    .map((line) => parseJson(logShape, line));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.every(({ app, line }) => app === "backend" && line.includes("api/health"))).toBe(true);

  const down = await project.devpm(["down", "--json"]);
  expect(down, down.output).toMatchObject({ code: 0 });
  expect(parseJson(stoppedShape, down.stdout)).toMatchObject({ leftovers: [], portsFree: [5050, 5173] });
  await nothingInside(namespace);
  expect((await statusOf(project)).session).toBeNull();
  const past = await project.devpm(["logs", "backend", "--no-follow", "--grep", "SyntaxError"]);
  expect(past.stdout).toContain("SyntaxError");
  const again = await project.devpm(["down"]);
  expect(again, again.output).toMatchObject({ code: 0 });
});
