import { expect, test } from "vitest";
import { importsOf, likeliest, pythonAppIn, servicesUsed, target } from "../../../src/config/detect-python.ts";

test.each([
  ["from flask import Flask\napp = Flask(__name__)\n", { framework: "flask", object: "app" }],
  ["api: FastAPI = fastapi.FastAPI(title='x')\n", { framework: "fastapi", object: "api" }],
  [
    "def create_app(config=None) -> Flask:\n    '''docs'''\n\n    app = flask.Flask(__name__)\n    return app\n",
    { framework: "flask", object: "create_app()" },
  ],
  ["if True:\n    app = Flask(__name__)\n", null],
  ["# app = Flask(__name__)\nprint('Flask(')\n", null],
])("%j", (text, app) => {
  expect(pythonAppIn(text)).toEqual(app);
});

test("only a name that the framework does not find by itself is written", () => {
  expect(target("web.app", { framework: "flask", object: "app" })).toBe("web.app");
  expect(target("web.app", { framework: "flask", object: "create_app()" })).toBe("web.app");
  expect(target("web.app", { framework: "flask", object: "server" })).toBe("web.app:server");
  expect(target("main", { framework: "fastapi", object: "api" })).toBe("main:api");
});

test("the file that people start", () => {
  const files = ["a/b/app.py", "web/other.py", "web/main.py", "web/__init__.py"].map((file) => ({ file }));
  expect(likeliest(files)?.file).toBe("web/main.py");
});

test("imports, and services by the libraries that talk to them", () => {
  expect(importsOf("import os, sys\nfrom web.db import x\n    import inner\n")).toEqual(["os", "web"]);
  const services = [
    { name: "db", image: "postgres:17" },
    { name: "queue", image: "apache/kafka:4.1.0" },
    { name: "mail", image: "axllent/mailpit" },
  ];
  expect(servicesUsed("Flask\npsycopg[binary]==3\n", services)).toEqual(["db"]);
  expect(servicesUsed("kafka-python\n", services)).toEqual(["queue"]);
});
