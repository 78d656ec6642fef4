// Commands and applications in places that a developer finds at a glance: containers, programs that start others, terminals.
import path from "node:path";
import { expect, test } from "vitest";
import { readDockerfile } from "../../../src/detect/commands/sources/dockerfile.ts";
import { FASTAPI, FLASK, VITE, found, packageJson } from "./layout.ts";

type Files = Record<string, string>;

const factory = "from flask import Flask\n\n\ndef create_app(config):\n    return Flask(__name__)\n";
const keeper = (more = ""): string =>
  `from fastapi import FastAPI\n\n\nclass Server:\n    def __init__(self):\n        self.web = FastAPI()\n${more}`;
const two = { "api/requirements.txt": "fastapi", "api/main.py": FASTAPI, "web/package.json": VITE };

test.each<[string, Files, object]>([
  [
    "the command of a container, in the folder that it is built of",
    {
      "compose.yml":
        "services:\n  api:\n    build: ./api\n    command: uvicorn core.web.service:service --port 8100\n    ports: ['8100:8100']\n",
      "api/requirements.txt": "fastapi",
      "api/core/web/service.py": "from fastapi import FastAPI\nservice = FastAPI()\n",
      "api/core/web/panel.py": "from fastapi import FastAPI\npanel = FastAPI()\n",
    },
    { cwd: "api", app: "core.web.service:service", port: 8100 },
  ],
  [
    "FLASK_APP of a container",
    {
      "compose.yml":
        "services:\n  api:\n    build: api\n    command: flask run --port 5055\n    environment:\n      - FLASK_APP=inner.web\n",
      "api/requirements.txt": "flask",
      "api/inner/web.py": FLASK,
      "api/app.py": FLASK,
    },
    { cwd: "api", app: "inner.web" },
  ],
  [
    "a container whose folder is its working directory",
    {
      "compose.yml":
        "services:\n  api:\n    image: python:3.12\n    working_dir: /srv/apps/api\n    volumes: ['.:/srv']\n    command: uvicorn start:shop\n",
      "apps/api/requirements.txt": "fastapi",
      "apps/api/start.py": "from fastapi import FastAPI\nshop = FastAPI()\n",
      "apps/api/main.py": FASTAPI,
    },
    { cwd: "apps/api", app: "start:shop" },
  ],
  [
    "FLASK_APP of an image, where its command is only `flask run`",
    {
      "api/Dockerfile":
        'FROM python\nENV MODE=x FLASK_APP="inner/web.py"\nENV FLASK_RUN_PORT 5044\nCMD ["flask", "run"]\n',
      "api/requirements.txt": "flask",
      "api/inner/web.py": FLASK,
      "api/app.py": FLASK,
    },
    { app: "web", port: 5044 },
  ],
  [
    "the environment of a run configuration",
    {
      ".vscode/launch.json": JSON.stringify({
        configurations: [{ module: "flask", env: { FLASK_APP: "shop.py" }, args: ["run", "--port", "5006"] }],
      }),
      "requirements.txt": "flask",
      "shop.py": FLASK,
      "app.py": FLASK,
    },
    { app: "shop", port: 5006 },
  ],
  [
    "what a Python program starts in another folder",
    {
      ...two,
      "start.py":
        "import subprocess, sys\nPORT = 8077\nsubprocess.Popen([sys.executable, '-m', 'uvicorn', 'main:app', '--port', str(PORT)], cwd='api')\n",
    },
    { cwd: "api", port: 8077 },
  ],
  [
    "a line that a Python program gives a shell",
    { ...two, "run.py": "import os\nos.system('cd api && uvicorn main:app --port 8078')\n" },
    { port: 8078 },
  ],
  [
    "a window of Windows with a title",
    { ...two, "start.bat": 'start "The API" cmd /k "cd api && uvicorn main:app --port 8079"\r\n' },
    { port: 8079 },
  ],
  [
    "a window of PowerShell",
    {
      ...two,
      "start.ps1":
        'Start-Process powershell -ArgumentList "-NoExit", "-Command", "cd api; uvicorn main:app --port 8080"\n',
    },
    { port: 8080 },
  ],
  [
    "a terminal that stays open",
    { ...two, "dev.sh": 'gnome-terminal -- bash -c "cd api && uvicorn main:app --port 8084; exec bash"\n' },
    { port: 8084 },
  ],
  [
    "a pane of tmux",
    { ...two, "dev.sh": "tmux send-keys -t 1 'cd api && uvicorn main:app --port 8083' C-m\n" },
    { port: 8083 },
  ],
  [
    "nodemon that runs Python",
    {
      "package.json": packageJson({ api: "nodemon --exec python3 api/app.py" }),
      "api/app.py": `${FLASK}app.run(port=5099)\n`,
    },
    { port: 5099 },
  ],
])("a backend is started by %s", (_, files, expected) => {
  expect(found(files).apps[0]).toMatchObject(expected);
});

test.each<[string, Files, object]>([
  [
    "in a manage.py that is not Django's",
    {
      "srv/requirements.txt": "flask",
      "srv/shop/__init__.py": factory,
      "srv/manage.py":
        "from shop import create_app\nfrom flask_script import Manager\napp = create_app('dev')\nManager(app).run()\n",
    },
    { kind: "flask", cwd: "srv", app: "manage" },
  ],
  [
    "in a file of any name, by a factory that needs an argument",
    {
      "requirements.txt": "flask",
      "shop/__init__.py": factory,
      "autoapp.py": "from shop import create_app\napp = create_app('dev')\n",
      "seed.py": "from shop import create_app\napp = create_app('dev')\n",
    },
    { kind: "flask", cwd: ".", app: "autoapp" },
  ],
  [
    "by an object that keeps it",
    {
      "requirements.txt": "fastapi",
      "main.py": "from core import Server\nserver = Server()\napp = server.web\n",
      "core.py": keeper(),
    },
    { kind: "fastapi", app: "main" },
  ],
  [
    "by an object that is not named",
    { "requirements.txt": "fastapi", "main.py": "from core import Server\napp = Server().web\n", "core.py": keeper() },
    { kind: "fastapi", app: "main" },
  ],
  [
    "by a method that returns what the object keeps",
    {
      "requirements.txt": "fastapi",
      "main.py": "from core import Server\napp = Server().get()\n",
      "core.py": keeper("\n    def get(self):\n        return self.web\n"),
    },
    { kind: "fastapi", app: "main" },
  ],
  [
    "and is handed through a function of the project",
    {
      "requirements.txt": "fastapi",
      "main.py": "from fastapi import FastAPI\nfrom routes import configure\napp = configure(FastAPI(title='x'))\n",
      "routes.py": "def configure(app):\n    return app\n",
    },
    { kind: "fastapi", app: "main" },
  ],
])("an application is made %s", (_, files, expected) => {
  expect(found(files).apps).toMatchObject([expected]);
});

test("a function that returns something else makes no application of one", () => {
  const files = {
    "requirements.txt": "fastapi",
    "main.py": "from fastapi import FastAPI\nfrom tools import document\ntext = document(FastAPI())\n",
    "tools.py": "def document(app):\n    return str(app)\n",
  };
  expect(found(files).apps).toEqual([]);
});

test.each<[string, Files, object]>([
  [
    "Create React App whose configuration is in the project",
    {
      "web/package.json": packageJson({ start: "node scripts/start.js" }, ["webpack-dev-server", "react-dev-utils"]),
      "web/public/index.html": "",
    },
    { kind: "cra", port: 3000, command: "npm run start" },
  ],
  [
    "Next behind a server of the project's own",
    { "web/package.json": packageJson({ dev: "node server.js" }, ["next"]) },
    { kind: "next", port: 3000 },
  ],
  ["Umi", { "web/package.json": packageJson({ dev: "max dev" }, ["@umijs/max"]) }, { kind: "other-node", port: 8000 }],
])("a front end of %s", (_, files, expected) => {
  expect(found(files).apps).toMatchObject([expected]);
});

test.each<[string, Files, string]>([
  [
    "what documents install with, where no lock is committed",
    {
      "README.md": "```\ncd api\nuv sync\n```",
      "api/pyproject.toml": "[project]\nname = 'a'\n",
      "api/main.py": FASTAPI,
    },
    "uv",
  ],
  [
    "the requirements that documents install, beside a Pipfile that is left over",
    {
      "README.md": "```\ncd api\npip install -r requirements.txt\n```",
      "api/Pipfile": "",
      "api/requirements.txt": "flask",
      "api/app.py": FLASK,
    },
    "pip",
  ],
  [
    "a Pipfile beside requirements that no document installs",
    { "api/Pipfile": "", "api/requirements.txt": "flask", "api/app.py": FLASK },
    "pipenv",
  ],
])("the package manager is %s", (_, files, manager) => {
  expect(found(files).apps[0]?.packageManager).toBe(manager);
});

test("settings that each developer has a copy of are made of their template where a command copies it", () => {
  const files = {
    "README.md": "`cp config.example.yaml config.yaml`",
    "config.example.yaml": "a: 1",
    "other.example.yaml": "",
    "app.py": FLASK,
  };
  expect(found(files).templates).toMatchObject([
    {
      template: "config.example.yaml",
      target: "config.yaml",
      command: "cp config.example.yaml config.yaml",
      empty: [],
    },
  ]);
});

const middleware = packageJson({ start: "node server-prod", "dev-start": "node server" }, ["webpack-dev-middleware"]);

test.each<[string, Files, number]>([
  ["written in it", { "server.js": "const port = process.env.PORT || 8888\napp.listen(port)\n" }, 8888],
  [
    "of the variable that it reads",
    { "server/index.js": "app.listen(process.env.WEB_PORT)\n", "conf/dev.env": "WEB_PORT=3100\n" },
    3100,
  ],
  [
    "of the server itself, and not of a store or another variable before it",
    {
      "server.js":
        "const db = process.env.DB_PORT || 5432\nconst hot = process.env.HOT_PORT || 9100\napp.listen(process.env.PORT || 3200)\n",
    },
    3200,
  ],
  [
    "of the file of variables beside it",
    { "server.js": "app.listen(process.env.PORT)\n", ".env": "PORT=3300\n", "../api/.env": "PORT=8100\n" },
    3300,
  ],
  [
    "of its tool, where only another app's file of variables has one",
    { "server.js": "app.listen(process.env.PORT)\n", "../api/.env": "PORT=8100\n" },
    8080,
  ],
])("the dev server of a project's own around webpack listens on the port %s", (_, files, port) => {
  const web = Object.fromEntries(Object.entries(files).map(([file, text]) => [path.posix.join("web", file), text]));
  expect(found({ "web/package.json": middleware, ...web }).apps).toMatchObject([
    { kind: "webpack", command: "npm run dev-start", port },
  ]);
});

const stack = (services: string): Files => ({
  "compose.yml": `services:\n${services}`,
  "requirements.txt": "flask",
  "app.py": FLASK,
});

test.each<[string, Files, number]>([
  [
    "of its container and not of the debugger in it",
    stack("  api:\n    build: .\n    ports: ['5678:5678', '5010:5000']\n"),
    5010,
  ],
  [
    "of its own container, where the front end's is made of the same folder",
    {
      ...stack(
        "  web:\n    build: { context: ., dockerfile: web.Dockerfile }\n    ports: ['8888:8888']\n  api:\n    build: .\n    ports: ['5010:5000']\n",
      ),
      "web.Dockerfile": "FROM node:22\n",
      Dockerfile: "FROM python:3.12\n",
    },
    5010,
  ],
  [
    "of its own container, and not of the pages of documents made of its image",
    stack("  docs:\n    build: .\n    ports: ['5500:5500']\n  api:\n    build: .\n    ports: ['5010:5000']\n"),
    5010,
  ],
  [
    "of development, where a script binds gunicorn to another one",
    {
      "requirements.txt": "flask",
      "app.py": `${FLASK}if __name__ == "__main__":\n    app.run(port=5020)\n`,
      "start.sh": "gunicorn --bind 0.0.0.0:8000 app:app\n",
    },
    5020,
  ],
  [
    "of the backend, where the front end also names that of a model server",
    {
      "api/requirements.txt": "flask",
      "api/app.py": FLASK,
      "web/package.json": VITE,
      "web/src/a.js": "const model = 'http://localhost:11434'\n",
    },
    5000,
  ],
])("a backend gets the port %s", (_, files, port) => {
  expect(found(files).apps[0]).toMatchObject({ kind: "flask", port });
});

test("a port of settings that a function returns", () => {
  const files = {
    "requirements.txt": "fastapi",
    "config.py":
      "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    port: int = 8062\n\n\ndef get_settings():\n    return Settings()\n",
    "main.py": `import uvicorn\nfrom config import get_settings\n${FASTAPI}settings = get_settings()\nif __name__ == "__main__":\n    uvicorn.run("main:app", port=settings.port)\n`,
  };
  expect(found(files).apps[0]?.port).toBe(8062);
});

test("of a factory and a program that runs what it makes, the program is started", () => {
  const files = {
    "requirements.txt": "flask",
    "shop/app.py":
      "from flask import Flask\n\n\ndef create_app(more=True):\n    app = Flask(__name__)\n    app.register_blueprint(more)\n    return app\n",
    "shop/__init__.py": "from .app import create_app\n",
    "run.py": "from shop import create_app\napp = create_app()\nif __name__ == '__main__':\n    app.run()\n",
  };
  expect(found(files).apps).toMatchObject([{ app: "run" }]);
});

test("a container that publishes debuggers alone says nothing of the app's port", () => {
  const files = {
    "compose.yml":
      "services:\n  api:\n    build: .\n    command: python main.py\n    ports: ['5678:5678', '5679:5679']\n",
    "requirements.txt": "fastapi",
    "main.py": `import uvicorn\n${FASTAPI}if __name__ == "__main__":\n    uvicorn.run("main:app", port=8888)\n`,
  };
  expect(found(files).apps[0]?.port).toBe(8888);
});

test.each([
  ["next", "next", "next", 3000],
  ["next on a port", "next -p 3009", "next", 3009],
  ["nuxt", "nuxt", "nuxt", 3000],
  ["react-app-rewired", "react-app-rewired start", "react-app-rewired", 3000],
])("a script that is only %s starts a dev server", (_, script, dependency, port) => {
  expect(found({ "web/package.json": packageJson({ dev: script }, [dependency]) }).apps).toMatchObject([{ port }]);
});

test("`next start` and `next build` are no dev servers", () => {
  const files = { "web/package.json": packageJson({ start: "next start", serve: "next build" }, ["next"]) };
  expect(found(files).apps).toEqual([]);
});

test("a port that only a document names yields to one that front end and code agree on", () => {
  const files = {
    "README.md": "`uvicorn main:app --port 8080`",
    "requirements.txt": "fastapi",
    "main.py": `import uvicorn\n${FASTAPI}if __name__ == "__main__":\n    uvicorn.run("main:app", port=8010)\n`,
    "web/package.json": VITE,
  };
  const port = (env: string) => found({ ...files, "web/.env": env }).apps[0]?.port;
  expect(port("VITE_API_URL=http://localhost:8010\n")).toBe(8010);
  expect(port("VITE_API_URL=http://localhost:8011\n")).toBe(8080);
});

test("where a command puts the folder above on PYTHONPATH, the app runs as it does", () => {
  const files = {
    "api/pyproject.toml": "[tool.poetry]\n",
    "api/start.sh": "cd app && PYTHONPATH=../ uvicorn main:app --reload\n",
    "api/app/__init__.py": "",
    "api/app/core.py": "",
    "api/app/routes.py": "",
    "api/app/main.py": `from core import x\nfrom app.routes import y\n${FASTAPI}`,
  };
  expect(found(files).apps).toMatchObject([{ cwd: "api/app", app: "main", env: { PYTHONPATH: ["../"] } }]);
});

test("an image has the variables of its last stage and of what that is built on", () => {
  const text =
    "FROM python AS base\nENV A=1\nFROM base AS tools\nENV FLASK_APP=tools.py\nFROM base\nENV B=2\nCMD flask run\n";
  expect(readDockerfile("Dockerfile", text)).toMatchObject({ base: "python", env: { A: "1", B: "2" } });
  expect(readDockerfile("Dockerfile", text).env).not.toHaveProperty("FLASK_APP");
});

test("a backend in a folder `src` is named after the folder above it, where that has a name of its own", () => {
  const names = (...folders: string[]): string[] =>
    found(
      Object.fromEntries(
        folders.flatMap((folder) => [
          [`${folder}/main.py`, FASTAPI],
          [`${folder}/requirements.txt`, "fastapi\n"],
        ]),
      ),
    ).apps.map(({ name }) => name);
  expect(names("services/mail/src", "services/orders/src")).toEqual(["mail", "orders"]);
  expect(names("shop/src", "backend/app")).toEqual(["backend", "shop"]);
  expect(names("backend/src")).toEqual(["backend"]);
  expect(names("src")).toEqual(["backend"]);
});
