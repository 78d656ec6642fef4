import { expect, test } from "vitest";
import { detected } from "../../../../src/detect/detect.ts";
import { FASTAPI, FLASK, VITE, found, layout, packageJson } from "../layout.ts";

type Files = Record<string, string>;

const apps = (files: Files) =>
  found(files).apps.map(({ name, kind, cwd, app, port }) => ({ name, kind, cwd, app, port }));
const backend = (files: Files) => apps(files)[0];

test.each<[string, Files, object]>([
  [
    "what FLASK_APP names",
    { "api/.flaskenv": "FLASK_APP=server\nFLASK_RUN_PORT=5005\n", "api/server.py": FLASK, "api/app.py": FLASK },
    { app: "server", port: 5005 },
  ],
  [
    "what FLASK_APP names by its path: Flask imports from the file's own folder",
    {
      "api/.flaskenv": "FLASK_APP = src/server.py\n",
      "api/requirements.txt": "flask",
      "api/src/server.py": FLASK,
      "api/src/db.py": "",
    },
    { cwd: "api/src", app: "server" },
  ],
  [
    "a folder `src` whose modules import each other by their own names",
    {
      "README.md": "`cd api && flask --app src.server run`",
      "api/requirements.txt": "flask",
      "api/src/server.py": `import db\n${FLASK}`,
      "api/src/db.py": "",
    },
    { cwd: "api/src", app: "server" },
  ],
  [
    "one that a function is given by default",
    {
      "api/main.py":
        "from fastapi import FastAPI\ndef create_app(app=FastAPI(), origins=('*',)):\n    app.add_middleware(CORS)\n    return app\napp = create_app()\n",
    },
    { kind: "fastapi", cwd: "api", app: "main" },
  ],
  [
    "one that a function makes anew, whatever it is given by default",
    {
      "api/main.py":
        "from flask import Flask\ndef create_app(app=None, name='x'):\n    app = app or Flask(name)\n    app = Flask(name)\n    return app\napp = create_app()\n",
    },
    { kind: "flask", cwd: "api", app: "main" },
  ],
  [
    "what [tool.fastapi] names",
    {
      "pyproject.toml": '[tool.fastapi]\nentrypoint = "shop.web:api"\n',
      "shop/web.py": "from fastapi import FastAPI\napi = FastAPI()\n",
    },
    { app: "shop.web:api" },
  ],
  [
    "what a Makefile starts, in the folder it goes to",
    { Makefile: "api:\n\tcd api && uv run uvicorn core.main:app --reload --port 8008\n", "api/core/main.py": FASTAPI },
    { cwd: "api", app: "core.main", port: 8008 },
  ],
  [
    "a script of package.json",
    { "package.json": packageJson({ api: "cd srv && flask --app shop run -p 5009" }), "srv/shop.py": FLASK },
    { kind: "flask", cwd: "srv", app: "shop", port: 5009 },
  ],
  [
    "a workspace member that is Python",
    {
      "apps/api/package.json": packageJson({ dev: "uvicorn app.main:app --port 8010" }),
      "apps/api/app/main.py": FASTAPI,
    },
    { cwd: "apps/api", app: "app.main", port: 8010 },
  ],
  [
    "a program that hands its app to uvicorn",
    {
      "README.md": "```\npython run.py\n```\n",
      "run.py": 'import uvicorn\nuvicorn.run("web.api:app", port=8011)\n',
      "web/api.py": FASTAPI,
    },
    { app: "web.api", port: 8011 },
  ],
  [
    "a factory that a program hands on",
    {
      "README.md": "`python -m shop`\n",
      "shop/__main__.py": 'import uvicorn\nuvicorn.run("shop.web:build", factory=True, port=8012)\n',
      "shop/__init__.py": "",
      "shop/web.py": "def build():\n  return FastAPI()\n",
    },
    { app: "shop.web:build", port: 8012 },
  ],
  [
    "a console script",
    {
      Makefile: "run:\n\tuv run shop-api\n",
      "pyproject.toml": '[project]\nname = "x"\n[project.scripts]\nshop-api = "shop.cli:main"\n',
      "shop/cli.py": 'def main():\n  uvicorn.run("shop.web:app", port=8013)\n',
      "shop/web.py": FASTAPI,
    },
    { app: "shop.web", port: 8013 },
  ],
  [
    "wsgi.py before a factory that needs arguments",
    {
      "wsgi.py": "from shop import create_app\napp = create_app('dev')\n",
      "shop/__init__.py": "def create_app(config):\n  return Flask(config)\n",
    },
    { app: "wsgi" },
  ],
  [
    "an app that an object of the project makes, before the function beside it",
    {
      Makefile: "run:\n\tuvicorn shop.main:app --port 8017\n",
      "shop/main.py":
        "from shop.maker import Maker\nmaker = Maker()\napp = maker.make_app()\n\ndef create_app() -> FastAPI:\n  return Maker().make_app()\n",
      "shop/maker.py": "class Maker:\n  def make_app(self):\n    shop = FastAPI()\n    return shop\n",
    },
    { app: "shop.main", port: 8017 },
  ],
  [
    "a launch configuration",
    {
      ".vscode/launch.json":
        '{ "configurations": [{ "type": "debugpy", "module": "uvicorn", "args": ["app.main:app", "--port", "8014"], "cwd": "${workspaceFolder}/api" }] } // x',
      "api/app/main.py": FASTAPI,
    },
    { cwd: "api", port: 8014 },
  ],
  [
    "a dev file of processes",
    { "Procfile.dev": "web: uvicorn main:app --port 8015\n", "main.py": FASTAPI },
    { app: "main", port: 8015 },
  ],
  [
    "a task of pyproject.toml",
    { "api/pyproject.toml": '[tool.poe.tasks]\ndev = "uvicorn main:app --port 8016"\n', "api/main.py": FASTAPI },
    { cwd: "api", port: 8016 },
  ],
  [
    "a script's own folder",
    {
      "README.md": "```bash\npython src/app.py\n```",
      "src/app.py": `${FLASK}if __name__ == "__main__":\n  app.run(port=5017)\n`,
      "requirements.txt": "flask",
    },
    { cwd: "src", app: "app", port: 5017 },
  ],
  [
    "what a container runs, by the folder that is mounted",
    {
      "compose.yml":
        "services:\n  api:\n    build: .\n    volumes: ['./srv:/code/srv']\n    environment: { FLASK_APP: web.main }\n    command: sh -c 'cd /code/srv && flask run --port 8018'\n",
      "srv/__init__.py": "",
      "srv/web/__init__.py": FLASK,
      "srv/web/main.py": "from web import app\napp.register_blueprint(x)\n",
    },
    { cwd: "srv", app: "web.main" },
  ],
  [
    "what a list of words in a compose file says",
    {
      "compose.yml":
        "services:\n  api:\n    build: srv\n    command: [sh, -c, 'alembic upgrade head && uvicorn web.entry:api']\n",
      "srv/web/__init__.py": "",
      "srv/web/entry.py": "from fastapi import FastAPI\napi = FastAPI()\n",
      "srv/main.py": FASTAPI,
    },
    { cwd: "srv", app: "web.entry:api" },
  ],
  [
    "what a script of Windows starts, by the paths of another machine",
    {
      "start.bat":
        "cd /d C:\\work\\shop\\srv\r\nC:\\work\\shop\\srv\\.venv\\Scripts\\python.exe -m uvicorn web.main:app --port 8019\r\n",
      "srv/web/__init__.py": "",
      "srv/web/main.py": FASTAPI,
    },
    { cwd: "srv", app: "web.main", port: 8019 },
  ],
  [
    "one that its project installs: it runs where people start it",
    {
      "pyproject.toml": '[project]\nname = "shop"\n[build-system]\nrequires = ["hatchling"]\n',
      "uv.lock": "",
      Makefile: "run:\n\tuv run uvicorn shop.web:app --port 8051\n",
      "src/shop/__init__.py": "",
      "src/shop/web.py": FASTAPI,
    },
    { cwd: ".", app: "shop.web", port: 8051 },
  ],
  [
    "a file in `src` that is in no package: it runs there",
    {
      "pyproject.toml": '[project]\nname = "shop"\n[build-system]\nrequires = ["hatchling"]\n',
      "uv.lock": "",
      Makefile: "run:\n\tuv run fastapi dev src/main.py --port 8053\n",
      "src/main.py": FASTAPI,
    },
    { cwd: "src", app: "main", port: 8053 },
  ],
  [
    "one that nothing installs: it runs in its `src`",
    {
      "pyproject.toml": '[project]\nname = "shop"\n',
      "uv.lock": "",
      Makefile: "run:\n\tuv run uvicorn shop.web:app --app-dir src --port 8052\n",
      "src/shop/__init__.py": "",
      "src/shop/web.py": FASTAPI,
    },
    { cwd: "src", app: "shop.web", port: 8052 },
  ],
])("the app is %s", (_, files, expected) => {
  expect(backend(files)).toMatchObject(expected);
});

test("an application that its factory returns beside something else, of a class of the project's own", () => {
  const appOf = (assigned: string) =>
    backend({
      "shop/__init__.py": `from shop.base import Base\ndef create():\n    return Base(__name__), None\n${assigned} = create()\n`,
      "shop/base.py": "from flask import Flask\nclass Base(Flask):\n    pass\n",
      "requirements.txt": "flask",
    });
  expect(appOf("app, queue")).toMatchObject({ kind: "flask", app: "shop" });
  expect(appOf("queue, cache")).toBeUndefined();
});

test("Django, by its manage.py, as its preset runs it", () => {
  const manage = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n';
  const [app] = found({
    "backend/manage.py": manage,
    "backend/uv.lock": "",
    Makefile: "run:\n\tcd backend && python manage.py runserver 8020\n",
  }).apps;
  expect(app).toMatchObject({
    kind: "django",
    cwd: "backend",
    preset: "django",
    port: 8020,
    packageManager: "uv",
  });
  const [pip] = found({ "manage.py": manage, "requirements.txt": "django" }).apps;
  expect(pip).toMatchObject({ kind: "django", preset: "django", cwd: ".", port: 8000 });
  expect(pip).not.toHaveProperty("command");
  expect(pip).not.toHaveProperty("app");
});

test("one application that two folders with requirements start is called the same", () => {
  const { apps: started, omitted } = found({
    "desk.py": "import uvicorn\nfrom core.main import app\nif __name__ == '__main__':\n    uvicorn.run(app)\n",
    "requirements.txt": "fastapi",
    "core/__init__.py": "",
    "core/main.py": FASTAPI,
    "core/requirements.txt": "fastapi",
    "README.md": "`python desk.py`",
  });
  expect(started).toHaveLength(1);
  expect(omitted.map(({ why }) => why)).toEqual(["the same application as one that is started"]);
});

test("one app of an import root; the others are said", () => {
  const { apps: taken, omitted } = found({
    "requirements.txt": "",
    Makefile: "run:\n\tuvicorn main:app\n",
    "main.py": FASTAPI,
    "scratch.py": FLASK,
    "tests/app.py": FLASK,
    "examples/app.py": FLASK,
  });
  expect(taken).toMatchObject([{ app: "main" }]);
  expect(omitted).toMatchObject([{ what: "scratch.py: app", at: { file: "scratch.py", line: 2 } }]);
});

test("what is mounted in another app, or given to a cluster, is none of its own", () => {
  const main = `from fastapi import FastAPI\nfrom admin.web import sub\napp = FastAPI()\napp.mount("/admin", sub)\n`;
  const cluster = `${FASTAPI}@serve.ingress(app)\nclass Deployment: ...\n`;
  const { apps: taken, omitted } = found({
    "main.py": main,
    "admin/requirements.txt": "",
    "admin/web.py": "from fastapi import FastAPI\nsub = FastAPI()\n",
    "ray/requirements.txt": "",
    "ray/deploy.py": cluster,
  });
  expect(taken).toMatchObject([{ app: "main" }]);
  expect(omitted.map(({ what, why }) => [what, why])).toEqual([
    ["admin/web.py: sub", "it runs within another app"],
    ["ray/deploy.py: app", "it runs within another app"],
  ]);
});

test("services of one repository, each with its own requirements and port", () => {
  const service = (port: number): string => `FROM python\nCMD ["uvicorn", "main:app", "--port", "${port}"]\n`;
  const compose =
    "services:\n  users: { build: users, ports: ['8031:8031'] }\n  orders: { build: orders, ports: ['8032:8032'] }\n";
  expect(
    apps({
      "users/main.py": FASTAPI,
      "users/Dockerfile": service(8031),
      "orders/main.py": FASTAPI,
      "orders/Dockerfile": service(8032),
      "compose.yml": compose,
    }),
  ).toMatchObject([
    { name: "orders", port: 8032 },
    { name: "users", port: 8031 },
  ]);
});

const UI = { "ui/package.json": VITE };
const proxy = (port: number): string => `export default { server: { proxy: { "/api": "http://localhost:${port}" } } }`;

test.each<[string, Files, number]>([
  [
    "a command before a proxy",
    { Makefile: "run:\n\tuvicorn main:app --port 8041\n", ...UI, "ui/vite.config.ts": proxy(9) },
    8041,
  ],
  [
    "a proxy before a URL",
    { ...UI, "ui/vite.config.ts": proxy(8042), "ui/.env": "VITE_API=http://localhost:8999\n" },
    8042,
  ],
  [
    "a URL before the containers' port",
    {
      ...UI,
      "ui/.env.example": "VITE_API=http://localhost:8043\n",
      "compose.yml": "services:\n  api: { build: ., ports: ['8044:8000'] }\n",
    },
    8043,
  ],
  [
    "the containers' port before the code",
    {
      "compose.yml": "services:\n  api: { build: ., ports: ['8044:8000'] }\n",
      "README.md": "`python main.py`",
      "main.py": `${FASTAPI}uvicorn.run(app, port=8045)\n`,
    },
    8044,
  ],
  [
    "the code before the default",
    { "README.md": "`python main.py`", "main.py": `${FASTAPI}uvicorn.run(app, port=8045)\n` },
    8045,
  ],
  [
    "the code of a program that no command names",
    { "main.py": `${FASTAPI}if __name__ == "__main__":\n  uvicorn.run(app, port=8047)\n` },
    8047,
  ],
  [
    "a server started without a port before that",
    {
      "README.md": "`uvicorn main:app --reload`",
      "main.py": `${FASTAPI}if __name__ == "__main__":\n  uvicorn.run(app, port=8047)\n`,
    },
    8000,
  ],
  ["the default", {}, 8000],
  [
    "another way that a document shows after the plain command",
    { "README.md": "Run `uvicorn main:app`.\n\nIf 8000 is taken: `uvicorn main:app --port 8053`\n" },
    8000,
  ],
  [
    "the port that a document shows first",
    { "README.md": "Run `uvicorn main:app --port 8054`.\n", "docs/more.md": "`uvicorn main:app`\n" },
    8054,
  ],
  ["a line of code by its indent alone", { "README.md": "Start it:\n\n    $ uvicorn main:app --port 8055\n" }, 8055],
  [
    "a URL that a container confirms before a proxy that nothing has",
    {
      ...UI,
      "ui/vite.config.ts": proxy(8056),
      "ui/.env": "VITE_URL=http://localhost:8057\n",
      "compose.yml": "services:\n  api: { build: ., ports: ['8057:8000'] }\n",
    },
    8057,
  ],
  [
    "a document that spells out the default yields to a proxy",
    { "README.md": "`uvicorn main:app --port 8000`", ...UI, "ui/vite.config.ts": proxy(8046) },
    8046,
  ],
  [
    "a store's port is nobody's",
    {
      ...UI,
      "ui/.env": "VITE_URL=http://localhost:5432\n",
      "compose.yml": "services:\n  db: { image: postgres, ports: ['5432:5432'] }\n",
    },
    8000,
  ],
])("port: %s", (_, files, port) => {
  expect(backend({ "main.py": FASTAPI, ...files })?.port).toBe(port);
});

test("Django's port: another way that a document shows after the plain command", () => {
  const port = (readme: string): unknown =>
    found({ "manage.py": "os.environ['DJANGO_SETTINGS_MODULE'] = 'x'", "README.md": readme }).apps[0]?.port;
  expect(port("`python manage.py runserver`\n\nTaken? `python manage.py runserver 8058`\n")).toBe(8000);
  expect(port("`python manage.py runserver 8058`\n")).toBe(8058);
});

test("of two copies of a product the one that is called older moves", () => {
  const serve = (folder: string): Files => ({ [`${folder}/main.py`]: FASTAPI, [`${folder}/requirements.txt`]: "" });
  const { apps: two } = found({
    ...serve("first"),
    ...serve("second"),
    Makefile: "legacy-api:\n\tcd first && uvicorn main:app --port 8000\n\napi:\n\tcd second && uvicorn main:app\n",
  });
  expect(Object.fromEntries(two.map(({ cwd, port }) => [cwd, port]))).toEqual({ first: 8001, second: 8000 });
});

test("an app among plugins is theirs that load it", () => {
  const files = {
    "main.py": FASTAPI,
    "requirements.txt": "",
    "plugins/x/main.py": FASTAPI,
    "plugins/x/requirements.txt": "",
  };
  expect(found(files).apps.map(({ cwd }) => cwd)).toEqual(["."]);
});

test("environments that the app does not run in are named", () => {
  const notes = (files: Files): string[] => found({ "api/main.py": FASTAPI, ...files }).notes;
  expect(notes({ "api/environment.yml": "" })).toEqual([
    "api/environment.yml belongs to conda: activate its environment before `devpm dev`",
  ]);
  expect(notes({ "api/pixi.toml": "", "api/requirements.txt": "" })).toEqual([
    "api/pixi.toml belongs to pixi: the environment is that of pip, without the packages of pixi alone",
  ]);
  const hatch = '[project]\nname = "x"\n[tool.hatch.envs.default]\ndependencies = ["rich>=13"]\n';
  expect(notes({ "api/pyproject.toml": hatch, "api/uv.lock": "" })).toEqual([
    "api/pyproject.toml has an environment of hatch: that of uv is used, without its own packages (rich)",
  ]);
  expect(notes({ "api/pyproject.toml": hatch })).toEqual([]);
  expect(notes({ "api/pixi.toml": "" })).toEqual([]);
});

test("what no preset runs starts in the environment of hatch or pixi", () => {
  const QUART = "from quart import Quart\napp = Quart(__name__)\n";
  const command = (files: Files): string | undefined => found({ "web/main.py": QUART, ...files }).apps[0]?.command;
  const run = "python -m quart --app main:app run --port $PORT";
  const hatch = '[project]\nname = "x"\n[tool.hatch.envs.default]\n';
  expect(command({ "web/pyproject.toml": hatch })).toBe(`hatch run ${run}`);
  expect(command({ "pyproject.toml": hatch })).toBe(`hatch run ${run}`);
  expect(command({ "pixi.toml": "" })).toBe(`pixi run ${run}`);
});

test("tasks of pixi and scripts of hatch start apps", () => {
  const port = (files: Files): number | undefined => found({ "main.py": FASTAPI, ...files }).apps[0]?.port;
  const serve = 'serve = "uvicorn main:app --port 8061"\n';
  expect(port({ "pixi.toml": `[tasks]\n${serve}` })).toBe(8061);
  expect(port({ "pixi.toml": `[feature.dev.tasks.serve]\ncmd = "uvicorn main:app --port 8062"\n` })).toBe(8062);
  expect(port({ "pyproject.toml": `[project]\nname = "x"\n[tool.pixi.tasks]\n${serve}` })).toBe(8061);
  expect(port({ "hatch.toml": `[envs.default.scripts]\n${serve}`, "pyproject.toml": "" })).toBe(8061);
  const several = '[tool.hatch.envs.dev.scripts]\nserve = ["python -V", "uvicorn main:app --port {args:8063}"]\n';
  expect(port({ "pyproject.toml": several })).toBe(8063);
});

test("ports: a proxy's own, a console script's, and the address beside a plain runserver", () => {
  const port = (files: Files): number | undefined => found(files).apps[0]?.port;
  const proxied = "services:\n  proxy:\n    image: nginx\n    ports: ['7777:80']\n";
  const page = { "web/package.json": VITE, "web/src/api.ts": 'export const API = "http://localhost:7777";\n' };
  expect(port({ "api/main.py": FASTAPI, ...page, "compose.yml": proxied })).toBe(8000);
  expect(port({ "api/main.py": FASTAPI, ...page })).toBe(7777);
  const script = '[project]\nname = "x"\n[project.scripts]\nstart = "main:start"\n';
  const start = `import uvicorn\n${FASTAPI}def start():\n    uvicorn.run("main:app", port=8071)\n`;
  expect(port({ "main.py": start, "pyproject.toml": script })).toBe(8071);
  const django = {
    "api/manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "x.settings")\n',
    "api/requirements.txt": "django\n",
    "compose.yml": "services:\n  api:\n    build: ./api\n    ports: ['8001:8000']\n",
  };
  expect(port(django)).toBe(8001);
  const readme = "```\ncd api && python manage.py runserver\n```\nOpen http://localhost:8000/admin.\n";
  expect(port({ ...django, "README.md": readme })).toBe(8000);
  expect(port({ ...django, "README.md": readme.replace("8000", "8001") })).toBe(8001);
  const scripts = { tunnel: "cloudflared tunnel --url http://localhost:8000" };
  const members = {
    "package.json": packageJson(scripts),
    "api/package.json": packageJson({ dev: "python manage.py runserver" }),
  };
  expect(port({ ...django, ...members })).toBe(8000);
});

test("a document's default yields to the backend's own container where another backend has that port", () => {
  const start = "```\nuvicorn main:app --port 8000\n```\n";
  const service = (name: string, port: number) => `  ${name}:\n    build: ./${name}\n    ports: ['${port}:8000']\n`;
  const ports = (...services: string[]) =>
    Object.fromEntries(
      apps({
        "gateway/main.py": FASTAPI,
        "gateway/requirements.txt": "fastapi",
        "login/main.py": FASTAPI,
        "login/requirements.txt": "fastapi",
        "login/README.md": start,
        "compose.yml": `services:\n${services.join("")}`,
      }).map(({ name, port }) => [name, port]),
    );
  expect(ports(service("gateway", 8000), service("login", 8001))).toEqual({ gateway: 8000, login: 8001 });
  // no other has it
  expect(ports(service("gateway", 8002), service("login", 8001))).toEqual({ gateway: 8002, login: 8000 });
  // it has no container, or that has the other's number
  expect(ports(service("gateway", 8000))).toEqual({ gateway: 8001, login: 8000 });
  expect(ports(service("gateway", 8000), service("login", 8000))).toEqual({ gateway: 8001, login: 8000 });
});

test("two that would have one port: the second gets the next, and it is said", () => {
  const { apps: two, notes } = found({ "a/package.json": VITE, "b/package.json": VITE });
  expect(two.map(({ port }) => port)).toEqual([5173, 5174]);
  expect(notes).toEqual(["the app in b gets port 5174: another one has 5173"]);
  // and none that browsers refuse to open
  const dev = packageJson({ dev: "vite --port 5999" }, ["vite"]);
  const near = found({ "a/package.json": dev, "b/package.json": dev });
  expect(near.apps.map(({ port }) => port)).toEqual([5999, 6001]);
});

test.each<[string, Files, string]>([
  ["its lock", { "api/uv.lock": "", "api/requirements.txt": "" }, "uv"],
  [
    "the uv workspace that it is a member of",
    {
      "uv.lock": "",
      "pyproject.toml": "[tool.uv.workspace]\nmembers = ['*']\n",
      "api/pyproject.toml": "[project]\nname='x'\n",
    },
    "uv",
  ],
  ["poetry without a lock", { "api/pyproject.toml": "[tool.poetry]\nname='x'\n" }, "poetry"],
  ["a Pipfile", { "api/Pipfile": "" }, "pipenv"],
  [
    "two locks: what a command uses",
    { "api/uv.lock": "", "api/pdm.lock": "", Makefile: "x:\n\tcd api && pdm run uvicorn main:app\n" },
    "pdm",
  ],
  ["requirements", { "api/requirements.txt": "" }, "pip"],
  ["pixi", { "api/pyproject.toml": "[tool.pixi.workspace]\n" }, "pixi"],
  ["requirements beside pixi", { "api/pixi.lock": "", "api/pixi.toml": "", "api/requirements.txt": "" }, "pip"],
  ["hatch's environment", { "api/pyproject.toml": "[tool.hatch.envs.default]\n" }, "hatch"],
  ["hatch's environment in hatch.toml", { "api/hatch.toml": "[envs.default]\n", "api/pyproject.toml": "" }, "hatch"],
  ["hatch's matrix", { "api/pyproject.toml": "[[tool.hatch.envs.default.matrix]]\npython = ['3.12']\n" }, "pip"],
])("Python's packages: %s", (_, files, manager) => {
  expect(found({ "api/main.py": FASTAPI, ...files }).apps[0]?.packageManager).toBe(manager);
});

test("ready: what the container's health check asks, or a route on the app itself", () => {
  const ready = (files: Files): unknown => found(files).apps[0]?.ready;
  expect(ready({ "main.py": `${FASTAPI}@app.get("/health")\ndef h(): ...\n` })).toBe("/health");
  expect(
    ready({
      "main.py": FASTAPI,
      Dockerfile: "FROM python\nHEALTHCHECK CMD curl -f http://localhost:8000/api/healthz || exit 1\n",
    }),
  ).toBe("/api/healthz");
  expect(ready({ "main.py": `${FASTAPI}@router.get("/health")\ndef h(): ...\n` })).toBeUndefined();
});

test("templates: the command that makes each, and what has to be filled in", () => {
  const templates = (files: Files) =>
    found({ "api/main.py": FASTAPI, ...files }).templates.map(({ command, empty }) => [command, empty]);
  expect(templates({ "api/.env.example": "A=1\nKEY=\nSECRET=change-me\nTOKEN=<token>\n" })).toEqual([
    ["cp api/.env.example api/.env", ["KEY", "SECRET", "TOKEN"]],
  ]);
  const guide = { "CONTRIBUTING.md": "```\ncp sample.env .env\n```" };
  expect(templates({ "sample.env": "", ...guide, "README.md": "```\ncp sample.env .env.local\n```" })).toEqual([
    ["cp sample.env .env.local", []],
  ]);
  expect(
    templates({ ".env.dev": "A=\n", "README.md": "1. Create a `.env` file at the root (from `.env.dev`).\n" }),
  ).toEqual([["cp .env.dev .env", ["A"]]]);
  expect(templates({ ".env.dev": "A=\n", "README.md": "`.env.dev` comes before `.env`.\n" })).toEqual([]);
  const apart = { ".env.dev": "A=\n", "README.md": "Create `api/.env`; the variables are those of `.env.dev`.\n" };
  expect(templates(apart)).toEqual([]);
  // no template by its name, but a document copies it into place
  expect(
    templates({ ".env.api": "A=1\n", "README.md": "- $ cp .env.api > api/.env\n    - $ cp .env.api > api/.env\n" }),
  ).toEqual([["cp .env.api api/.env", []]]);
  expect(
    templates({ ".env.example": "", "compose.yml": "services:\n  api: { build: ., env_file: .env.dev }\n" }),
  ).toEqual([["cp .env.example .env.dev", []]]);
  expect(
    templates({
      ".env.example": "",
      "compose.yml": 'services:\n  api: { build: ., env_file: "${SHOP_ENV:-.env}" }\n',
    }),
  ).toEqual([["cp .env.example .env", []]]);
  expect(
    templates({
      "api/.envs/db.env": "DB_USER=\n",
      "api/.envs/mail.env": "",
      "api/.envs/dev/mail.env": "",
      "api/compose.yml":
        "services:\n  api: { build: ., env_file: [.envs/dev/db.env, .envs/dev/mail.env] }\n  db: { image: postgres:17 }\n",
    }),
  ).toEqual([["cp api/.envs/db.env api/.envs/dev/db.env", ["DB_USER"]]]);
  expect(
    templates({
      "api/.envs/db.env": "",
      "api/compose.yml": "services:\n  db: { image: postgres:17, env_file: .envs/dev/db.env }\n",
    }),
  ).toEqual([["mkdir -p api/.envs/dev && cp api/.envs/db.env api/.envs/dev/db.env", []]]);
  expect(templates({ "api/.env.example": "", "api/.env": "" })).toEqual([]);
  expect(templates({ ".env.production.example": "", "tests/.env.example": "" })).toEqual([]);
});

test("notes: the workers that targets of a Makefile start, each with its place", () => {
  const { notes } = found({
    "manage.py": "",
    Makefile: [
      "PYTHON ?= .venv/bin/python",
      "worker: install",
      "\t@cd backend && uv run celery -A app.worker worker -l info \\",
      "\t\t--pool solo",
      "rq:",
      "\t$(VENV)/bin/rq worker --with-scheduler",
      "jobs:",
      "\t$(PYTHON) -m app.mail_worker",
      "queue:",
      "\tpython manage.py rqworker default",
      "format:",
      "\tpython -m app.working",
      "test-worker:",
      "\tcelery -A tests.worker worker",
    ].join("\n"),
    "backend/x.py": "",
  });
  expect(notes.filter((note) => note.includes("worker"))).toEqual([
    "worker is not started: `uv run celery -A app.worker worker -l info --pool solo` in backend (Makefile:3)",
    "worker is not started: `$(VENV)/bin/rq worker --with-scheduler` (Makefile:6)",
    "worker is not started: `.venv/bin/python -m app.mail_worker` (Makefile:8)",
    "worker is not started: `python manage.py rqworker default` (Makefile:10)",
  ]);
});

test("notes: workers, migrations, container names, a port nobody has, a workspace's script", () => {
  const { notes } = found({
    "main.py": FASTAPI,
    Procfile: "web: uvicorn main:app\nworker: celery -A tasks worker\n",
    Makefile: "migrate:\n\tuv run aerich upgrade\n",
    ".env.example": "CACHE_URL=redis://cache:6379/0\n",
    "compose.yml": "services:\n  cache: { image: 'redis:8' }\n",
    "package.json": packageJson({ dev: "turbo run dev" }),
    "ui/package.json": VITE,
    "ui/vite.config.ts":
      'export default { server: { proxy: { "/a": "http://localhost:8000", "/b": "http://localhost:8777" } } }',
  });
  expect(notes).toEqual([
    "worker is not started: `celery -A tasks worker` (Procfile:2)",
    "before the first start: `uv run aerich upgrade` (Makefile:2)",
    expect.stringMatching(/^cache publishes no port.*\(compose\.yml:2\)$/),
    "CACHE_URL in the env files of the root names a container: outside of Compose use localhost and the published port",
    "ui/vite.config.ts expects port 8777, which no app has (ui/vite.config.ts:1)",
    "`dev` of package.json (turbo run dev) starts several apps: devpm starts them itself (package.json:1)",
    'the proxy follows backend to another port with `process.env.DEVPM_URL_BACKEND ?? "http://localhost:8000"` (ui/vite.config.ts:1)',
  ]);
});

test("an entry file that takes its application from a module of settings is what is started", () => {
  const settings = `${FLASK}api = Api(app)\n`;
  const entry = 'from settings import app, api\n\nif __name__ == "__main__":\n  app.run(port=5044)\n';
  expect(
    backend({ "srv/settings.py": settings, "srv/app.py": entry, "srv/models.py": "from settings import app\n" }),
  ).toEqual({ name: "srv", kind: "flask", cwd: "srv", app: "app", port: 5044 });
  // one that only uses it, and one whose application an entry file makes, change nothing
  expect(backend({ "srv/settings.py": settings, "srv/app.py": "from settings import app\n" })).toMatchObject({
    app: "settings",
  });
  expect(
    backend({
      "srv/app.py": `${FLASK}@app.route("/")\ndef x(): ...\n`,
      "srv/run.py": entry.replace("settings", "app"),
    }),
  ).toMatchObject({ app: "app", port: 5044 });
});

test("an application that its own program makes is run by that program", () => {
  const cli = [
    "import argparse, uvicorn",
    "from .web import make_app",
    "def main():",
    "  parser = argparse.ArgumentParser()",
    '  parser.add_argument("--port", type=int, default=8055)',
    "  args = parser.parse_args()",
    "  app = make_app(read(args.config))",
    "  uvicorn.run(app, host=args.host, port=args.port)",
  ].join("\n");
  const files = {
    "pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\nshop = "shop.cli:main"\n',
    "shop/__init__.py": "",
    "shop/web.py": "from fastapi import FastAPI\ndef make_app(settings) -> FastAPI:\n  app = FastAPI()\n  return app\n",
    "shop/cli.py": cli,
    "README.md": "```\nuv run shop import orders.csv\nuv run shop serve --host 0.0.0.0 --port 8055\n```\n",
  };
  const [uv] = found({ ...files, "uv.lock": "" }).apps;
  expect(uv).toMatchObject({ kind: "other-python", cwd: ".", port: 8055, command: "uv run shop serve --port $PORT" });
  const [pip] = found({ ...files, "README.md": "```\nshop serve\n```\n" }).apps;
  expect(pip).toMatchObject({
    command: ".venv/bin/shop serve --port $PORT",
    setup: [
      { run: "python3 -m venv .venv", output: ".venv" },
      { run: ".venv/bin/python -m pip install -e .", inputs: ["pyproject.toml"] },
    ],
  });
  const [module] = found({ ...files, "uv.lock": "", "README.md": "`python -m shop.cli serve --port 8055`" }).apps;
  expect(module?.command).toBe("uv run python -m shop.cli serve --port $PORT");
  // a file that makes one for a server comes first, and a program that serves nothing is none
  const [ready] = found({ ...files, "asgi.py": "from shop.web import make_app\napp = make_app(1)\n" }).apps;
  expect(ready).toMatchObject({ kind: "fastapi", app: "asgi" });
  expect(apps({ ...files, "README.md": "```\nshop import orders.csv\n```\n" })).toEqual([]);
});

test("a proxy's target that is a Node server's own port is not the Python backend's", () => {
  const files = {
    "ml/main.py": FASTAPI,
    "web/package.json": VITE,
    "web/vite.config.ts": 'export default { server: { proxy: { "/api": "http://localhost:5060" } } }',
  };
  expect(backend(files)).toMatchObject({ port: 5060 });
  const server = packageJson({ dev: "nodemon server.js" }, ["express", "nodemon"]);
  const listens = "const port = process.env.PORT || 5060;\napp.listen(port);\n";
  expect(backend({ ...files, "api/package.json": server, "api/src/server.js": listens })).toMatchObject({ port: 8000 });
  expect(backend({ ...files, "api/package.json": server, "api/index.ts": "app.listen(5060, ready)" })).toMatchObject({
    port: 8000,
  });
  expect(backend({ ...files, "api/package.json": server, "api/.env.example": "PORT=5060\n" })).toMatchObject({
    port: 8000,
  });
  expect(backend({ ...files, "api/package.json": server, "api/index.ts": "app.listen(5070)" })).toMatchObject({
    port: 5060,
  });
});

test("a port that a program takes from a mapping, named in a file of variables", () => {
  const program =
    'from uvicorn import run as start\nfrom settings import VALUES\nstart("web.app:app", port=int(VALUES["API_PORT"]))\n';
  const files = { "srv/requirements.txt": "fastapi", "srv/web/app.py": FASTAPI, "srv/main.py": program };
  const said = { "README.md": "```\ncd srv\npython main.py\n```\n" };
  expect(backend({ ...files, ...said, "shop.env": "API_PORT = 8071\n" })).toMatchObject({ app: "web.app", port: 8071 });
  expect(backend({ ...files, ...said })).toMatchObject({ port: 8000 });
});

test("the documented start without a port, and its address, count more than a container's port", () => {
  const files = {
    "api/app.py": FLASK,
    "api/requirements.txt": "flask",
    "compose.yml": "services:\n  api: { build: ./api, ports: ['8090:8090'] }\n",
  };
  const start = "```\ncd api\nflask run\n```\n";
  expect(backend({ ...files, "README.md": `${start}\nopen http://localhost:5000\n` })).toMatchObject({ port: 5000 });
  expect(backend({ ...files, "README.md": start })).toMatchObject({ port: 8090 });
});

test("where nothing else names a port, the address whose paths the documents ask for", () => {
  const readme =
    "curl http://127.0.0.1:8077/orders\ncurl http://localhost:8077/carts\nopen http://localhost:8078/app\n";
  const routes = '@app.get("/orders")\n@app.get("/carts/{id}")\n@app.get("/app")\ndef get(): ...\n';
  const main = `${FASTAPI}${routes}`;
  expect(backend({ "main.py": main, "README.md": readme })).toMatchObject({ port: 8077 });
  // two of equal weight say nothing, and a number in the code or a command counts more
  expect(backend({ "main.py": main, "README.md": `${readme}curl http://localhost:8078/app\n` })).toMatchObject({
    port: 8000,
  });
  expect(
    backend({
      "main.py": `${main}import uvicorn\nif __name__ == "__main__":\n  uvicorn.run(app, port=eval(str(8079)))\n`,
      "README.md": readme,
    }),
  ).toMatchObject({ port: 8079 });
});

test("the documents' address of a front end, a console, or one backend of several is not the backend's", () => {
  const main = `${FASTAPI}@app.get("/orders")\ndef orders(): ...\n`;
  const files = { "api/requirements.txt": "fastapi", "api/main.py": main };
  const open = (port: number, path = "orders"): Files => ({
    "README.md": `http://localhost:${port}/${path}\nhttp://localhost:${port}/${path}/7\n`,
  });
  const ports = (more: Files): number[] => apps({ ...files, ...more }).map(({ port }) => port);
  expect(ports({ ...open(5173), "web/package.json": VITE })).toEqual([8000, 5173]);
  expect(ports({ ...open(8078), "web/package.json": VITE })).toEqual([8078, 5173]);
  expect(ports(open(3000, "dashboards"))).toEqual([8000]);
  expect(ports({ ...open(8078), "shop/requirements.txt": "flask", "shop/app.py": FLASK })).toEqual([8000, 5000]);
});

test("what was not parsed in time is named", () => {
  const { apps: none, notes } = detected(
    layout({ "api/main.py": FASTAPI, "api/app.py": FASTAPI }, { inTime: () => false }),
  );
  expect(none).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/^not read: 2 Python files, such as api\/\w+\.py \(out of time\): try again$/),
  ]);
});

test("a Dockerfile beside the code does not hide the project above it", () => {
  const files = {
    "pyproject.toml": '[project]\nname = "shop"\n',
    "uv.lock": "",
    "src/api/__init__.py": "",
    "src/api/main.py": `from src.api.routes import orders\n${FASTAPI}`,
    "src/api/routes.py": "",
    "src/api/Dockerfile": "FROM python\n",
  };
  expect(found(files).apps[0]).toMatchObject({ cwd: ".", app: "src.api.main", packageManager: "uv" });
});

test("services with a Dockerfile each are apps of their own, whatever they share above them", () => {
  const service = (name: string): Files => ({
    [`services/${name}/Dockerfile`]: "FROM python\n",
    [`services/${name}/main.py`]: FASTAPI,
  });
  const names = (files: Files): string[] =>
    apps({ "pyproject.toml": '[project]\nname = "x"\n', ...files }).map(({ cwd }) => cwd);
  expect(names({ ...service("cart"), ...service("orders") })).toEqual(["services/cart", "services/orders"]);
  expect(names({ ...service("cart"), "app.py": FASTAPI })).toHaveLength(1);
});

test("an entry file that takes everything from its settings", () => {
  const files = { "requirements.txt": "flask", "settings.py": FLASK };
  expect(backend({ ...files, "main.py": `from settings import *\n${FLASK}` })).toMatchObject({ app: "main" });
});

test("a port that the program reads from a committed env file counts more than its container's", () => {
  const files = {
    "api/requirements.txt": "flask",
    "api/app.py": `import os\n${FLASK}if __name__ == "__main__":\n  app.run(port=int(os.getenv("PORT", 8000)))\n`,
    "compose.yml": "services:\n  api: { build: ./api, ports: ['5091:5090'] }\n",
  };
  expect(backend({ ...files, "api/.env": "PORT=5090\n" })).toMatchObject({ port: 5090 });
  expect(backend(files)).toMatchObject({ port: 5091 });
});

test("a backend that runs in a folder of packages is not called after it", () => {
  const files = { "apps/api/main.py": `import api.routes\n${FASTAPI}`, "apps/api/routes.py": "" };
  expect(backend({ ...files, "apps/api/pyproject.toml": "[project]\nname = 'x'\n" })).toMatchObject({
    name: "backend",
    cwd: "apps",
    app: "api.main",
  });
});
