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


@app.get("/broken")
def broken():
    return {}["tea"]
`;
const API = `from fastapi import FastAPI

app = FastAPI()


@app.get("/items")
def items():
    return []


@app.post("/broken")
def broken():
    return {}["milk"]
`;

test("requests of Flask and FastAPI, with what made them fail", async (ctx) => {
  const [shop = 0, api = 0] = await freePorts(2);
  const [flask, fastapi] = [await pythonWith(["flask==3.1.*"]), await pythonWith(FASTAPI)];
  const apps = {
    shop: { command: [path.join(flask, "bin/flask"), "--app", "shop", "run", "--port", "$PORT"], port: shop },
    api: { command: [path.join(fastapi, "bin/uvicorn"), "api:app", "--port", "$PORT"], port: api },
  };
  const project = await openProject(ctx, {
    files: { "shop.py": SHOP, "api.py": API, "ecosystem.config.json": JSON.stringify({ name: "traced", apps }) },
  });
  const dev = await project.devpm(["dev", "--detach"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
  const found = async (...args: string[]) =>
    parseJson(requestsShape, (await project.devpm(["requests", "--json", ...args])).stdout).requests;

  await ask(`http://127.0.0.1:${shop}/`);
  await ask(`http://127.0.0.1:${shop}/broken?q=1`);
  await ask(`http://127.0.0.1:${api}/items`);
  await fetch(`http://127.0.0.1:${api}/broken`, { method: "POST" });
  const all = await until("each of them, with its cause", async () => {
    const requests = await found();
    return requests.length === 4 && requests.filter(({ exception }) => exception).length === 2 ? requests : null;
  });
  const of = (app: string) =>
    all.filter((one) => one.app === app).map(({ method, path: at, status }) => [method, at, status]);
  expect(of("shop")).toEqual([
    ["GET", "/", 200],
    ["GET", "/broken?q=1", 500],
  ]);
  expect(of("api")).toEqual([
    ["GET", "/items", 200],
    ["POST", "/broken", 500],
  ]);
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
      line: 13,
      frame: expect.arrayContaining([expect.stringContaining(`{}["milk"]`)]),
    },
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
  expect(text.stdout).toMatch(/200 GET \/\n.*500 GET \/broken\?q=1\n {2}shop\.py:14 {2}KeyError: 'tea'\n/);
  await project.nothingLeft();
});
