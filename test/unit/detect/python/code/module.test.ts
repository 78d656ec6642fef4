import { expect, test } from "vitest";
import { appNamed } from "../../../../../src/detect/python/frameworks.ts";
import { importRoot, moduleName } from "../../../../../src/detect/python/code/import-root.ts";
import { importsIn } from "../../../../../src/detect/python/code/imports.ts";
import { parseModule } from "../../../../../src/detect/python/code/module.ts";
import { launchesOf } from "../../../../../src/detect/python/launch.ts";
import { FASTAPI, python } from "../../layout.ts";

test("a module's surface, by its syntax tree", () => {
  const module = parseModule(
    "a.py",
    `from ..b.c import (d as e, f)  # comment
import g.h as i, j
class App(Flask):
    port: int = 8000
    secret: str
def create_app(config: str, debug=False, *args, **kw) -> "Flask":
    app = App(__name__)
    return app
x = y = int("3")
if __name__ == "__main__":
    create_app("x").run(port=5001)
`,
  );
  expect(module.imports).toMatchObject([
    {
      module: "b.c",
      level: 2,
      names: [
        { name: "d", as: "e" },
        { name: "f", as: "f" },
      ],
    },
    { module: "g.h", as: "i", names: null },
    { module: "j" },
  ]);
  expect(module.classes).toMatchObject([{ name: "App", bases: ["Flask"], line: 3 }]);
  expect(module.functions).toMatchObject([{ name: "create_app", required: ["config"], returnType: "Flask" }]);
  expect(module.assigns.map(({ target, scope }) => [target, scope])).toEqual([
    ["port", "App"],
    ["secret", "App"],
    ["app", "create_app"],
    ["x", ""],
    ["y", ""],
  ]);
  expect(module.calls).toMatchObject([{ callee: "create_app().run", main: true, named: { port: { value: 5001 } } }]);
});

test("texts, comments and broken code do not deceive", () => {
  const module = parseModule(
    "a.py",
    "'''\napp = Flask(__name__)\n'''\n# app = Flask()\nx = = 3\napp2 = Flask(__name__)\n",
  );
  expect(module.assigns.map(({ target }) => target)).toContain("app2");
  expect(importsIn('"""\nfrom a import b\n"""\nfrom .c import d\nimport e, f.g\n')).toEqual([
    { module: "c", level: 1 },
    { module: "e", level: 0 },
    { module: "f.g", level: 0 },
  ]);
});

test.each<[string, Record<string, string>, string, string | null]>([
  ["a constructor", { "m.py": FASTAPI }, "app", "fastapi"],
  ["an alias", { "m.py": "from fastapi import FastAPI as F\napp = F()\n" }, "app", "fastapi"],
  ["a subclass", { "m.py": "from flask import Flask\nclass Shop(Flask): pass\napp = Shop('x')\n" }, "app", "flask"],
  [
    "a subclass elsewhere",
    { "m.py": "from lib.web import Api\napp = Api()\n", "lib/web.py": "class Api(FastAPI):\n  pass\n" },
    "app",
    "fastapi",
  ],
  [
    "a subclass of a subclass, many times",
    {
      "m.py": `class C0(Flask): pass\n${Array.from({ length: 9 }, (_, at) => `class C${at + 1}(C${at}): pass\n`).join("")}app = C9()\n`,
    },
    "app",
    "flask",
  ],
  [
    "a factory elsewhere",
    {
      "m.py": "from lib import make\napp = make('prod')\n",
      "lib/__init__.py": "def make(x):\n  it = Flask(x)\n  return it\n",
    },
    "app",
    "flask",
  ],
  ["a re-export", { "m.py": "from lib.web import app as APP\n", "lib/web.py": FASTAPI }, "APP", "fastapi"],
  ["a wrapper", { "m.py": `${FASTAPI}sio_app = socketio.ASGIApp(sio, app)\n` }, "sio_app", "fastapi"],
  ["an annotation", { "m.py": "def get() -> FastAPI:\n  return build(1)\napp = get()\n" }, "app", "fastapi"],
  [
    "a function of its own around a factory elsewhere",
    {
      "m.py": "from lib import create\ndef deploy():\n  app = create(config)\n  return app\napp = deploy()\n",
      "lib/__init__.py": "def create(x):\n  it = Flask(x)\n  return it\n",
    },
    "app",
    "flask",
  ],
  ["Celery", { "m.py": "app = Celery('x')\n" }, "app", null],
  ["a name of the main block", { "m.py": "if __name__ == '__main__':\n  app = Flask('x')\n" }, "app", null],
  ["a circle of imports", { "m.py": "from n import app\n", "n.py": "from m import app\n" }, "app", null],
])("an application by %s", (_, files, name, framework) => {
  expect(appNamed(python(files), "m.py", name)?.framework ?? null).toBe(framework);
});

test.each<[string, Record<string, string>, string, string, string]>([
  ["beside what it imports", { "api/main.py": "import db\n", "api/db.py": "" }, "api/main.py", "api", "main"],
  [
    "above its package",
    { "api/app/main.py": "from app.db import x\n", "api/app/db.py": "" },
    "api/app/main.py",
    "api",
    "app.main",
  ],
  [
    "above a folder that is a package's name",
    { "api/src/main.py": "from src.core import x\n", "api/src/core.py": "" },
    "api/src/main.py",
    "api",
    "src.main",
  ],
  [
    "within a src folder",
    { "api/src/main.py": "from core import x\n", "api/src/core.py": "" },
    "api/src/main.py",
    "api/src",
    "main",
  ],
  [
    "at the repository's root",
    { "backend/app.py": "from backend.db import x\n", "backend/db.py": "" },
    "backend/app.py",
    ".",
    "backend.app",
  ],
  [
    "above relative imports",
    { "shop/app.py": "from .db import x\n", "shop/db.py": "" },
    "shop/app.py",
    ".",
    "shop.app",
  ],
  [
    "above relative imports of two levels",
    { "a/shop/web/app.py": "from ..db import x\n", "a/shop/db.py": "" },
    "a/shop/web/app.py",
    "a",
    "shop.web.app",
  ],
  [
    "by what a module behind it imports",
    { "api/app/main.py": "from app.db import x\n", "api/app/db.py": "from lib import y\n", "api/lib.py": "" },
    "api/app/main.py",
    "api",
    "app.main",
  ],
  [
    "the file beside it before the folder",
    { "server/wsgi.py": "from server import app\n", "server/server.py": FASTAPI },
    "server/wsgi.py",
    "server",
    "wsgi",
  ],
  [
    "above its package where nothing decides",
    { "api/shop/__init__.py": "", "api/shop/main.py": "" },
    "api/shop/main.py",
    "api",
    "shop.main",
  ],
  ["below a folder that cannot be a module", { "my-api/app/main.py": "" }, "my-api/app/main.py", "my-api/app", "main"],
])("import root: %s", (_, files, file, root, module) => {
  const at = importRoot(python(files), file);
  expect([at, moduleName(file, at)]).toEqual([root, module]);
});

const launch = (files: Record<string, string>, variables: Record<string, string> = {}) => {
  const all = python(files);
  const module = all.module("m.py");
  return module ? launchesOf(all, module, variables)[0] : undefined;
};

test.each<[string, string, number | undefined]>([
  ["a literal", "uvicorn.run('a:app', port=8001)", 8001],
  ["Flask's", "app = Flask('x')\nif __name__ == '__main__':\n  app.run('0.0.0.0', 5002)", 5002],
  ["a variable with a default", "uvicorn.run(app, port=int(os.environ.get('PORT', 8003)))", 8003],
  ["or", "uvicorn.run(app, port=int(os.getenv('PORT') or 8004))", 8004],
  ["a constant", "PORT = 8005\nuvicorn.run(app, port=PORT)", 8005],
  ["an option of argparse", "p.add_argument('--port', type=int, default=8006)\nuvicorn.run(app, port=args.port)", 8006],
  ["a field of settings", "class S(BaseSettings):\n  port: int = 8007\ns = S()\nuvicorn.run(app, port=s.port)", 8007],
  ["imported run", "from uvicorn import run\nrun('a:app', port=8008)", 8008],
  [
    "the main block first",
    "def f():\n  uvicorn.run(app, port=1000)\nif __name__ == '__main__':\n  uvicorn.run(app, port=8009)",
    8009,
  ],
  ["none", "uvicorn.run(app)", undefined],
])("the port of a program: %s", (_, text, port) => {
  expect(launch({ "m.py": text })?.port?.port).toBe(port);
});

test("a port that an env file sets, and settings of another module", () => {
  expect(launch({ "m.py": "uvicorn.run(app, port=int(os.getenv('PORT', 1000)))" }, { PORT: "8100" })?.port).toEqual({
    port: 8100,
    variable: "PORT",
    set: true,
  });
  expect(
    launch({
      "m.py": "from conf import settings\nuvicorn.run(app, port=settings.API_PORT)",
      "conf.py": "class C(BaseSettings):\n  API_PORT: int = Field(default=8101)\nsettings = C()\n",
    })?.port?.port,
  ).toBe(8101);
});

test("a package without an `__init__.py` that names the folder above is imported from there", () => {
  const files = {
    "backend/main.py": "from fastapi import FastAPI\nfrom backend.api.routes import orders\napp = FastAPI()\n",
    "backend/api/routes/orders.py": "",
    "backend/requirements.txt": "fastapi",
  };
  expect(importRoot(python(files), "backend/main.py")).toBe(".");
  // a folder with the settings of a store is none
  const store = { ...files, "backend/main.py": "import redis\n", "redis/redis.conf": "" };
  expect(importRoot(python(store), "backend/main.py")).toBe("backend");
});
