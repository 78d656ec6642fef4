import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Page } from "playwright-core";
import { expect, test, type TestContext } from "vitest";
import type { Status } from "../../../src/model/status.ts";
import { openPage } from "../../rigs/browser.ts";
import { noDocker, removeComposeProject } from "../../rigs/docker.ts";
import { ask } from "../../rigs/http.ts";
import { askForPage } from "../../rigs/page.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { addWorktree, openRepository } from "../../rigs/worktrees.ts";
import { isAccessible, shows } from "./looks.ts";

const IMAGE = "postgres:17";
const SECRET = "hunter2-is-no-secret";
const API = `import os

import psycopg
from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{name}")
def items(name):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        return [db.execute("SELECT %s::text || current_database()::text", [name]).fetchone()[0]]


@app.get("/stop")
def stop():
    answer = 42
    breakpoint()
    return answer


@app.get("/login")
def login():
    return len(input("Password: "))
`;

interface Shop {
  project: Project;
  main: string;
  tree: string;
}

async function openShop(ctx: TestContext): Promise<Shop> {
  const unable = noDocker(IMAGE);
  ctx.skip(unable !== null, unable ?? "");
  const [port = 0, database = 0] = await freePorts(2);
  const venv = await pythonWith(["fastapi[standard]", "uvicorn[standard]", "psycopg[binary]"]);
  const project = await openProject(ctx, {});
  const name = `devpm-t-${randomBytes(4).toString("hex")}`;
  ctx.onTestFinished(() => removeComposeProject(name));
  const postgres = {
    image: IMAGE,
    environment: { POSTGRES_USER: "shop", POSTGRES_PASSWORD: "shop", POSTGRES_DB: "shop" },
    ports: [`127.0.0.1:${database}:5432`],
    healthcheck: { test: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "shop"], interval: "1s", retries: 30 },
  };
  const api = {
    command: [path.join(venv, "bin/uvicorn"), "api:app", "--port", "$PORT"],
    ...{ cwd: "backend", port, reload: "warm", dependsOn: ["postgres"], env: { LOG_LEVEL: "debug" } },
  };
  const main = openRepository(project, {
    ".gitignore": "__pycache__\n",
    "backend/api.py": API,
    "backend/.env": `DATABASE_URL=postgresql://shop:shop@localhost:${database}/shop\nSECRET_KEY=${SECRET}\n`,
    "compose.yml": JSON.stringify({ name, services: { postgres } }),
    "ecosystem.config.json": JSON.stringify({ name: "shop", infra: { services: ["postgres"] }, apps: { api } }),
  });
  const tree = addWorktree(main, "tree", "feature/<b>");
  return { project, main, tree };
}

async function start(project: Project, cwd: string): Promise<void> {
  const dev = await project.devpm(["dev", "--detach"], { cwd, deadlineMs: 120_000 });
  expect(dev, dev.output).toMatchObject({ code: 0 });
}

async function urlIn(project: Project, cwd: string): Promise<string> {
  const { stdout } = await project.devpm(["status", "--json"], { cwd });
  return (JSON.parse(stdout) as Status).apps[0]!.url!;
}

test(
  "main and a worktree with Postgres: services, branches, environment, prompts, requests, the switcher",
  { timeout: 480_000 },
  async (ctx) => {
    const page = await openPage(ctx);
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    const { project, main, tree } = await openShop(ctx);
    await start(project, main);
    await start(project, tree);
    await page.goto((await askForPage(project, main)).link);

    await shows(page, "state-api", /^ready$/);
    await shows(page, "state-postgres", /^healthy$/);
    await shows(page, "branch", /^main$/);
    const rows = await page.locator(".parts tbody tr").evaluateAll((all) => all.map((row) => row.dataset.testid));
    expect(rows).toEqual(["part-postgres", "part-api"]);

    await environment(page);
    await prompts(page, await urlIn(project, main));

    // the other worktree's page, from the list of sessions
    await page.keyboard.press("M");
    const card = page.locator("li.card", { hasText: tree });
    await card.waitFor();
    const branches = async (): Promise<string[]> => page.locator("li.card .branch").allInnerTexts();
    await until("both branches", async () => (await branches()).toSorted().join() === "feature/<b>,main");
    await card.getByRole("button").click();
    await until("the worktree's page", async () => (await page.locator(".root").innerText()) === tree);
    await page.keyboard.press("N");
    await shows(page, "branch", /^feature\/<b>$/);
    await shows(page, "state-api", /^ready$/);
    const own = await urlIn(project, tree);
    expect(own).not.toBe(await urlIn(project, main));
    expect((await ask(`${own}/items/of-`)).body).toMatch(/of-shop_\w+/);
    await page.keyboard.press("R");
    await shows(page, "request", /200 GET \/items\/of- api [\d.]+ m?s/);
    await page.getByTestId("request").locator("summary").first().click();
    await shows(page, "request", /route \/items\/\{name\}/);

    // as wide as screens are
    await page.keyboard.press("N");
    await page.setViewportSize({ width: 3840, height: 2160 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(3840);
    await isAccessible(page);
    expect(problems).toEqual([]);
    const down = await project.devpm(["down", "--all"], { cwd: main });
    expect(down, down.output).toMatchObject({ code: 0 });
    await shows(page, "connection", /has ended/);
  },
);

/** Where each variable comes from; a secret never reaches the page. */
async function environment(page: Page): Promise<void> {
  const answers: Promise<string>[] = [];
  page.on("response", (response) => {
    if (!response.url().includes("environment?")) return;
    const text = response.text();
    // of a page that is left meanwhile there is none, and nothing waits for it
    text.catch(() => {});
    answers.push(text);
  });
  await page.locator(".environment summary").click();
  await shows(page, "variables", /SECRET_KEY\s+•••• hidden\s+backend\/\.env:2/);
  await shows(page, "variables", /LOG_LEVEL\s+debug\s+configuration/);
  expect(answers.length).toBeGreaterThan(0);
  for (const text of await Promise.all(answers)) expect(text).not.toContain(SECRET);
  expect(await page.content()).not.toContain(SECRET);
  await isAccessible(page);
}

/** A program that waits is answered from the page, by the keyboard alone. */
async function prompts(page: Page, url: string): Promise<void> {
  // on connections of their own: a server ends a kept one after a while
  const headers = { connection: "close" };
  const answer = fetch(`${url}/stop`, { headers });
  await page.getByTestId("prompt-api").waitFor();
  await shows(page, "prompt-api", /api\.py:\d+\s+\(Pdb\)/);
  await isAccessible(page);
  await page.keyboard.press("i");
  await page.keyboard.type("answer = 43 ;; c");
  await page.keyboard.press("Enter");
  expect(await (await answer).text()).toBe("43");
  await page.getByTestId("prompt-api").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");

  // what is nobody else's is not shown while it is typed
  const login = fetch(`${url}/login`, { headers });
  await shows(page, "prompt-api", /Password:/);
  const line = page.getByLabel("a line for api");
  expect(await line.getAttribute("type")).toBe("password");
  await line.fill("hunter2");
  await line.press("Enter");
  expect(await (await login).text()).toBe("7");
  await page.getByTestId("prompt-api").waitFor({ state: "detached" });
}
