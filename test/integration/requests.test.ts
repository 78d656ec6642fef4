import path from "node:path";
import { expect, test } from "vitest";
import { parseJson, requestsShape } from "../rigs/contract.ts";
import { ask } from "../rigs/http.ts";
import { freePorts } from "../rigs/ports.ts";
import { openProject } from "../rigs/project.ts";
import { pythonWith } from "../rigs/python.ts";
import { until } from "../rigs/wait.ts";
import { FASTAPI } from "./reload/rig.ts";

const SHOP = `from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    print("asked", flush=True)
    return "shop"


@app.get("/broken/<name>")
def broken(name):
    return {}["tea"]
`;
const API = `import asyncio

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


@app.get("/items/{item}")
async def items(item, tasks: BackgroundTasks):
    tasks.add_task(asyncio.sleep, 60)
    return []


@app.post("/broken")
def broken():
    return {}["milk"]


@app.get("/plain/{item}")
def plain(item):
    return []
`;

const DJANGO = `import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path

settings.configure(DEBUG=True, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x")
urlpatterns = [path("posts/<int:post>/", lambda request, post: HttpResponse("post"))]
if __name__ == "__main__":
    execute_from_command_line([sys.argv[0], "runserver", os.environ["PORT"], "--noreload"])
`;

/**
 * The apps are warm, and measure their requests; `traced` is not, and sends its traces. Both it and `quiet` print no access
 * lines; `cold` prints them and measures nothing.
 */
test("requests of Flask, FastAPI and Django, with how long they took and what made them fail", async (ctx) => {
  const [shop = 0, api = 0, quiet = 0, cold = 0, blog = 0, traced = 0] = await freePorts(6);
  const [flask, fastapi] = [await pythonWith(["flask==3.1.*"]), await pythonWith(FASTAPI)];
  const django = await pythonWith(["django==5.2.*"]);
  const runFlask = [path.join(flask, "bin/flask"), "--app", "shop", "run", "--port", "$PORT"];
  const runUvicorn = [path.join(fastapi, "bin/uvicorn"), "api:app", "--port", "$PORT"];
  const apps = {
    shop: { command: runFlask, port: shop, reload: "warm" },
    cold: { command: runFlask, port: cold, reload: false },
    api: { command: runUvicorn, port: api, reload: "warm" },
    traced: { command: [...runUvicorn, "--no-access-log"], port: traced, reload: false },
    quiet: { command: [...runUvicorn, "--no-access-log"], port: quiet, reload: "warm" },
    blog: { command: [path.join(django, "bin/python"), "blog.py"], port: blog, reload: "warm" },
  };
  const files = { "shop.py": SHOP, "api.py": API, "blog.py": DJANGO };
  const project = await openProject(ctx, {
    files: { ...files, "ecosystem.config.json": JSON.stringify({ name: "traced", apps }) },
  });
  const dev = await project.devpm(["dev", "--detach"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
  const found = async (...args: string[]) =>
    parseJson(requestsShape, (await project.devpm(["requests", "--json", ...args])).stdout).requests;

  const get = (port: number, at: string): Promise<unknown> => ask(`http://127.0.0.1:${port}${at}`);
  await get(shop, "/");
  await get(shop, "/broken/t%C3%A9a?q=1");
  await get(cold, "/");
  await get(api, "/items/7");
  await fetch(`http://127.0.0.1:${api}/broken`, { method: "POST" });
  await fetch(`http://127.0.0.1:${quiet}/broken`, { method: "POST" });
  await get(blog, "/posts/3/?q=1");
  await get(traced, "/plain/8?q=2");
  await fetch(`http://127.0.0.1:${traced}/broken`, { method: "POST" });
  // what is measured, printed as an access line and printed besides comes by different ways
  const all = await until("each of them, measured, with its cause and its line", async () => {
    const requests = await found();
    const measured = requests.filter(({ app, ms }) => app !== "cold" && ms !== null);
    const hasCold = requests.some(({ app }) => app === "cold");
    const hasLine = requests.some(({ app, lines }) => app === "shop" && lines.some(({ line }) => line === "asked"));
    const hasAll = measured.length === 8 && requests.filter(({ exception }) => exception).length === 4;
    return hasAll && hasCold && hasLine ? requests : null;
  });
  const of = (app: string) =>
    all.filter((one) => one.app === app).map(({ method, path: at, route, status }) => [method, at, route, status]);
  expect(of("shop")).toEqual([
    ["GET", "/", "/", 200],
    ["GET", expect.stringMatching(/^\/broken\/t(é|%C3%A9)a\?q=1$/), "/broken/<name>", 500],
  ]);
  expect(of("cold")).toEqual([["GET", "/", null, 200]]);
  expect(of("api")).toEqual([
    ["GET", "/items/7", "/items/{item}", 200],
    ["POST", "/broken", "/broken", 500],
  ]);
  expect(of("quiet")).toEqual([["POST", "/broken", "/broken", 500]]);
  expect(of("traced")).toEqual([
    ["GET", "/plain/8?q=2", "/plain/{item}", 200],
    ["POST", "/broken", "/broken", 500],
  ]);
  expect(of("blog")).toEqual([["GET", "/posts/3/?q=1", "/posts/<int:post>/", 200]]);
  // a task that runs behind the answer is not of it
  expect(all.find(({ path: at }) => at === "/items/7")!.ms).toBeLessThan(60_000);
  const causes = Object.fromEntries(all.flatMap(({ app, exception }) => (exception ? [[app, exception]] : [])));
  expect(causes).toEqual({
    shop: {
      message: "KeyError: 'tea'",
      file: "shop.py",
      line: 14,
      frame: expect.arrayContaining([expect.stringContaining(`{}["tea"]`)]),
    },
    api: {
      message: "KeyError: 'milk'",
      file: "api.py",
      line: 16,
      frame: expect.arrayContaining([expect.stringContaining(`{}["milk"]`)]),
    },
    traced: expect.objectContaining({ message: "KeyError: 'milk'", file: "api.py", line: 16 }),
    quiet: expect.objectContaining({ message: "KeyError: 'milk'", file: "api.py", line: 16 }),
  });
  expect(all.find(({ path: at }) => at === "/")?.lines.map(({ line }) => line)).toContain("asked");

  expect((await found("api")).map(({ app }) => app)).toEqual(["api", "api"]);
  expect(await found("--since", "2099-01-01")).toEqual([]);
  const unknown = await project.devpm(["requests", "shpo"]);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("shop") });
  expect(await project.devpm(["requests", "--since", "noon"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("noon"),
  });

  const down = await project.devpm(["down"]);
  expect(down, down.output).toMatchObject({ code: 0 });
  // also after the session
  const text = await project.devpm(["requests", "shop"]);
  expect(text).toMatchObject({ code: 0, stderr: "" });
  expect(text.stdout).toMatch(
    /200 GET \/ [\d.]+ m?s\n.*500 GET \/broken\/.+\?q=1 [\d.]+ m?s\n {2}shop\.py:14 {2}KeyError: 'tea'\n/,
  );
  await project.nothingLeft();
});
