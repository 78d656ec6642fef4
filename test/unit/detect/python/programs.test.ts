import { expect, test } from "vitest";
import { commandsOf } from "../../../../src/detect/commands/all.ts";
import { pythonFiles } from "../../../../src/detect/python/code/files.ts";
import { isServedBy } from "../../../../src/detect/python/langgraph.ts";
import { settingOf } from "../../../../src/detect/python/settings/settings-file.ts";
import { FASTAPI, FLASK, VITE, found, layout, packageJson } from "../layout.ts";

type Files = Record<string, string>;

/** The port of the only backend, started by `python main.py`. */
const portOf = (main: string, files: Files = {}): number | undefined =>
  found({ "README.md": "```\npython main.py\n```\n", "requirements.txt": "fastapi\n", "main.py": main, ...files })
    .apps[0]?.port;

const run = (argument: string): string =>
  `if __name__ == "__main__":\n    import uvicorn\n    uvicorn.run(${argument})\n`;

test.each<[string, string, Files, number]>([
  [
    "YAML, by keys",
    `import yaml\nwith open("config.yaml") as f:\n    cfg = yaml.safe_load(f)\n${FASTAPI}${run('app, port=cfg["server"]["port"]')}`,
    { "config.yaml": "server:\n  port: 8123\n" },
    8123,
  ],
  [
    "TOML, by keys with a value for where they are missing",
    `import tomllib\ncfg = tomllib.load(open("settings.toml", "rb"))\n${FASTAPI}${run('app, port=cfg.get("web", {}).get("port", 1234)')}`,
    { "settings.toml": "[web]\nport = 8124\n" },
    8124,
  ],
  [
    "what stands in the code, where the file has no such key",
    `import tomllib\ncfg = tomllib.load(open("settings.toml", "rb"))\n${FASTAPI}${run('app, port=cfg.get("web", {}).get("port", 1234)')}`,
    { "settings.toml": "[other]\nport = 8124\n" },
    1234,
  ],
  [
    "of another module, which a function loads from a template",
    `from conf import load\n${FASTAPI}${run('app, port=int(load()["port"])')}`,
    {
      "conf.py": 'import json\ndef load():\n    return json.load(open("config.json"))\n',
      "config.example.json": '{ "port": 8125 }',
    },
    8125,
  ],
  [
    "as attributes, below the layer of development",
    `from conf import settings\n${FASTAPI}${run("app, port=settings.server.port")}`,
    {
      "conf.py": 'from dynaconf import Dynaconf\nsettings = Dynaconf(settings_files=["settings.toml"])\n',
      "settings.toml": "[default.server]\nPORT = 8126\n",
    },
    8126,
  ],
  [
    "of configparser",
    `import configparser\ncfg = configparser.ConfigParser()\ncfg.read("app.ini")\n${FASTAPI}${run('app, port=cfg.getint("server", "port")')}`,
    { "app.ini": "[server]\nport = 8127\n" },
    8127,
  ],
])("a port in a file of settings: %s", (_, main, files, port) => {
  expect(portOf(main, files)).toBe(port);
});

const READS = `import configparser\ncfg = configparser.ConfigParser()\ncfg.read("app.ini")\n${FASTAPI}`;

test.each(["__proto__", "constructor"])("a file of settings changes nothing outside of itself: [%s]", (section) => {
  const written = `[${section}]\r\nshop_port = 8130\r\n`;
  const main = `${READS}${run(`app, port=cfg.getint("${section}", "shop_port")`)}`;
  expect(portOf(main, { "app.ini": written })).toBe(8130);
  expect(Object.hasOwn(Object.prototype, "shop_port") || Object.hasOwn(Object, "shop_port")).toBe(false);
});

test.each([
  ["a section", `${READS}${run('app, port=cfg.get("server")')}`, { "app.ini": "[server]\nport = 8131\n" }],
  [
    "a table of odd keys",
    `import json\ncfg = json.load(open("config.json"))\n${FASTAPI}${run('app, port=cfg["server"]')}`,
    { "config.json": '{ "server": { "toString": 1, "valueOf": 2 } }' },
  ],
])("%s of a file of settings is no port", (_, main, files: Files) => {
  expect(portOf(main, files)).toBe(8000);
});

test("a file of settings is read in the time that its length takes", () => {
  const written = `[server]\nhost = x${" ".repeat(500_000)}y\nport = 8132\n`;
  expect(portOf(`${READS}${run('app, port=cfg.getint("server", "port")')}`, { "app.ini": written })).toBe(8132);
});

test("files of settings and of graphs are looked for once, however many values and commands need them", () => {
  let looks = 0;
  const base = layout({
    "main.py": 'import json\ncfg = json.load(open("config.json"))\n',
    "config.json": '{ "a": 1, "b": 2 }',
    "langgraph.json": GRAPHS,
    "README.md": "```\nlanggraph dev\n```\n",
  });
  const repository = Object.defineProperty({ ...base }, "files", { get: () => (looks++, base.files) });
  const files = pythonFiles(repository);
  const value = (key: string): unknown =>
    settingOf(files, files.module("main.py")!, { kind: "name", name: `cfg.${key}` });
  const [command] = commandsOf(repository).filter(({ intent }) => intent.kind === "langgraph");
  const ask = (): unknown[] => [value("a"), value("b"), isServedBy(repository, command!, ".")];
  expect(ask()).toEqual([1, 2, true]);
  looks = 0;
  expect([ask(), looks]).toEqual([[1, 2, true], 0]);
});

test("a file of settings that no program loads names no port", () => {
  expect(
    portOf(`${FASTAPI}${run('app, port=cfg["server"]["port"]')}`, { "config.yaml": "server:\n  port: 8123\n" }),
  ).toBe(8000);
});

test.each<[string, string, Files, number]>([
  ["a literal table", `${FASTAPI}OPTIONS = {"host": "::", "port": 8131}\n${run("app, **OPTIONS")}`, {}, 8131],
  ["all of it in the table", `${FASTAPI}OPTIONS = dict(app="main:app", port=8132)\n${run("**OPTIONS")}`, {}, 8132],
  [
    "a property of the settings",
    `from conf import settings\n${FASTAPI}${run('"main:app", **settings.server')}`,
    {
      "conf.py":
        'class Settings(BaseSettings):\n    API_PORT: int = 8133\n    @property\n    def server(self):\n        return {"port": self.API_PORT}\nsettings = Settings()\n',
    },
    8133,
  ],
  ["what is given by name comes first", `${FASTAPI}O = {"port": 8134}\n${run("app, port=8135, **O")}`, {}, 8135],
])("options that are spread: %s", (_, main, files, port) => {
  expect(portOf(main, files)).toBe(port);
});

test.each([
  ['config.bind = ["0.0.0.0:8141"]', "asyncio.run(serve(app, config))", 8141],
  ['config.bind = "127.0.0.1:8142"', "trio.run(serve, app, config)", 8142],
  ['PORT = 8143\nconfig.bind = [f"0.0.0.0:{PORT}"]', "asyncio.run(serve(app, config))", 8143],
])("hypercorn's %s", (bind, serve, port) => {
  const main = `from hypercorn.asyncio import serve\nfrom hypercorn.config import Config\n${FASTAPI}config = Config()\n${bind}\nif __name__ == "__main__":\n    ${serve}\n`;
  expect(portOf(main)).toBe(port);
});

test("hypercorn's own file", () => {
  const { apps } = found({
    "README.md": "```\ncd api\nhypercorn --config hypercorn.toml shop.main:app\n```\n",
    "api/hypercorn.toml": 'bind = "0.0.0.0:8151"\n',
    "api/shop/main.py": FASTAPI,
  });
  expect(apps).toMatchObject([{ cwd: "api", app: "shop.main", port: 8151 }]);
});

const CONNEXION = 'import connexion\napp = connexion.FlaskApp(__name__)\napp.add_api("api.yaml")\n';

test("connexion: any server runs it, one of before version 3 only its own program", () => {
  const main = `${CONNEXION}if __name__ == "__main__":\n    app.run(port=8161)\n`;
  const files = { "README.md": "```\npython main.py\n```\n", "main.py": main };
  expect(found({ ...files, "requirements.txt": "connexion[flask,uvicorn]>=3.0\n" }).apps).toMatchObject([
    { preset: "fastapi", app: "main", port: 8161 },
  ]);
  expect(found({ ...files, "requirements.txt": "connexion[swagger-ui]==2.14.2\n" }).apps).toMatchObject([
    { kind: "other-python", command: "python main.py", port: 8161 },
  ]);
  // what it wraps is Flask's
  expect(
    found({ "requirements.txt": "connexion<3\n", "wsgi.py": `${CONNEXION}application = app.app\n` }).apps,
  ).toMatchObject([{ preset: "flask", app: "wsgi", port: 5000 }]);
});

test.each<[string, Files]>([
  ["pip", { "requirements.txt": "connexion [swagger-ui] >= 2.14, < 3\n" }],
  ["pip, below an upper limit", { "requirements.txt": "connexion<3.0.0\n" }],
  ["a project", { "pyproject.toml": '[project]\ndependencies = ["flask>=3", "connexion[flask]>=2.14,<3"]\n' }],
  ["Poetry", { "pyproject.toml": '[tool.poetry.dependencies]\nconnexion = "~2.14"\n' }],
  ["Pipenv", { Pipfile: '[packages]\nconnexion = { extras = ["swagger-ui"], version = "==2.14.2" }\n' }],
])("connexion of before version 3: %s", (_, files) => {
  expect(found({ ...files, "main.py": CONNEXION }).apps).toMatchObject([{ kind: "other-python" }]);
});

test.each<[string, Files]>([
  [
    "beside another requirement",
    { "pyproject.toml": '[project]\ndependencies = ["connexion[flask]>=3", "flask>=2.3"]\n' },
  ],
  ["for some Pythons", { "requirements.txt": "connexion>=3.0; python_version<'3.13'\n" }],
  ["below a later one", { "requirements.txt": "connexion>=3.0,<3.2\n" }],
  ["Poetry", { "pyproject.toml": '[tool.poetry.dependencies]\nconnexion = { version = "^3.1", python = "~2.7" }\n' }],
])("connexion of version 3: %s", (_, files) => {
  expect(found({ ...files, "main.py": CONNEXION }).apps).toMatchObject([{ preset: "fastapi", app: "main" }]);
});

test("an application that only exists while its program runs is run by it", () => {
  const { apps } = found({
    "README.md": "```\npython -m shop_server\n```\n",
    "requirements.txt": "connexion==2.14.2\n",
    "shop_server/__init__.py": "",
    "shop_server/__main__.py":
      'import connexion\ndef main():\n    app = connexion.App(__name__)\n    app.run(port=8171)\nif __name__ == "__main__":\n    main()\n',
  });
  expect(apps).toMatchObject([{ kind: "other-python", command: "python -m shop_server", port: 8171 }]);
});

const GRAPHS = '{ "dependencies": ["."], "graphs": { "shop": "./src/graph.py:graph" }, "env": ".env" }';

test.each([
  ["a module", "python -m shop.server", "shop/server.py", undefined],
  ["a file", "python shop/server.py", "shop/server.py", undefined],
  ["a module of its own", "python -m server", "guide/server.py", "guide"],
])("a document below the root may speak of the root, where the program is found: %s", (_, command, file, cwd) => {
  const own = `from shop.api import make\ndef main():\n    import uvicorn\n    app = make(1)\n    uvicorn.run(app, port=8137)\nmain()\n`;
  const [app] = found({
    "guide/start.md": `\`\`\`\n${command}\n\`\`\`\n`,
    "requirements.txt": "fastapi\n",
    "shop/__init__.py": "",
    "shop/api.py": "from fastapi import FastAPI\ndef make(count):\n    return FastAPI()\n",
    [file]: own,
  }).apps;
  expect(app).toMatchObject({ kind: "other-python", command: expect.stringContaining(command), port: 8137 });
  expect(app?.cwd).toBe(cwd ?? ".");
});

test("langgraph.json: LangGraph's own server runs its graphs", () => {
  const { apps, templates } = found({
    Makefile: "dev:\n\tcd agent && uv run langgraph dev\n",
    "agent/pyproject.toml": '[project]\nname = "agent"\n[dependency-groups]\ndev = ["langgraph-cli[inmem]"]\n',
    "agent/uv.lock": "",
    "agent/langgraph.json": GRAPHS,
    "agent/.env.example": "API_KEY=\n",
    "agent/src/graph.py": "graph = None\n",
    "web/package.json": VITE,
    "web/src/api.ts": 'const api = "http://localhost:2024";\n',
  });
  expect(apps).toMatchObject([
    {
      name: "agent",
      kind: "other-python",
      cwd: "agent",
      command: "uv run langgraph dev --port $PORT --no-browser",
      port: 2024,
      ready: "/ok",
      packageManager: "uv",
    },
    { name: "web", dependsOn: ["agent"] },
  ]);
  expect(templates).toMatchObject([{ template: "agent/.env.example", target: "agent/.env" }]);
});

test("langgraph.json: its command line is installed where the project does not list it", () => {
  const files = { "README.md": "Run `langgraph dev --port 8123` there.\n", "agent/langgraph.json": GRAPHS };
  expect(found({ ...files, "agent/requirements.txt": "langgraph\n" }).apps).toMatchObject([
    {
      command: ".venv/bin/langgraph dev --port $PORT --no-browser",
      port: 8123,
      setup: [
        { output: ".venv" },
        {
          run: ".venv/bin/python -m pip install -r requirements.txt 'langgraph-cli[inmem]'",
          inputs: ["requirements.txt"],
        },
      ],
    },
  ]);
  expect(
    found({ ...files, "agent/pyproject.toml": '[project]\nname = "agent"\n', "agent/uv.lock": "" }).apps[0]?.command,
  ).toBe("uv run --with 'langgraph-cli[inmem]' langgraph dev --port $PORT --no-browser");
});

test("langgraph.json: what its server takes into itself is no app, and an app that runs the graphs needs no server", () => {
  const inner = {
    "README.md": "```\nlanggraph dev\n```\n",
    "langgraph.json": '{ "graphs": { "shop": "./graph.py:graph" }, "http": { "app": "./web.py:app" } }',
    "graph.py": "graph = None\n",
    "web.py": FASTAPI,
  };
  expect(found(inner).apps).toMatchObject([{ kind: "other-python", port: 2024 }]);
  const beside = { "langgraph.json": GRAPHS, "src/graph.py": "graph = None\n", "main.py": FASTAPI };
  expect(found(beside).apps).toMatchObject([{ kind: "fastapi", app: "main" }]);
  expect(found(beside).omitted).toMatchObject([{ what: "langgraph.json", why: "nothing starts its server" }]);
  const node = { "langgraph.json": '{ "graphs": { "shop": "./src/graph.ts:graph" } }', "app.py": FLASK };
  expect(found(node).apps).toMatchObject([{ kind: "flask" }]);
  expect(found({ "langgraph.json": '{ "graphs": { "shop": "graph.ts:graph" } }' }).apps).toEqual([]);
});

test("the npm package of LangGraph's command line finds the Python one", () => {
  const { apps } = found({
    "apps/agent/package.json": packageJson({ dev: "npx @langchain/langgraph-cli dev --port 8181 --no-browser" }),
    "apps/agent/pyproject.toml": '[project]\nname = "agent"\n',
    "apps/agent/uv.lock": "",
    "apps/agent/langgraph.json": GRAPHS,
  });
  expect(apps).toMatchObject([{ cwd: "apps/agent", kind: "other-python", port: 8181 }]);
});

test("a package that only an image has is dropped from the name of a module", () => {
  const { apps } = found({
    "api/README.md": "In this folder\nuvicorn src.app.main:app --reload\n",
    ".vscode/launch.json": JSON.stringify({
      configurations: [{ type: "debugpy", module: "uvicorn", args: ["api.course.part_1.main:app"] }],
    }),
    "api/requirements.txt": "fastapi\n",
    "api/app/__init__.py": "",
    "api/app/main.py": `from .db import db\n${FASTAPI}`,
    "api/app/db.py": "db = None\n",
    "api/course/part_1/main.py": FASTAPI,
  });
  expect(apps).toMatchObject([{ cwd: "api", app: "app.main" }]);
});

test("packages that services share above them are on their path, unless they are installed", () => {
  const files = {
    "services/shared/log.py": "",
    "services/orders/main.py": `from shared.log import log\nfrom routes.all import all\nfrom models.one import one\n${FASTAPI}`,
    "services/orders/routes/all.py": "",
    "services/orders/models/one.py": "",
  };
  const dependencies = { "services/orders/requirements.txt": "fastapi\n" };
  expect(found({ ...files, ...dependencies }).apps).toMatchObject([
    { cwd: "services/orders", app: "main", env: { PYTHONPATH: [".."] } },
  ]);
  const both = {
    "api/main.py": `try:\n    from config import level\nexcept ImportError:\n    from api.config import level\n${FASTAPI}`,
    "api/config.py": "level = 1\n",
  };
  expect(found(both).apps[0]?.env).toBeUndefined();
  const installed = { "services/orders/requirements.txt": "fastapi\n-e ../shared\n" };
  expect(found({ ...files, ...installed }).apps[0]?.env).toBeUndefined();
});

test("a module setup.py is none of the files that declare a project", () => {
  const { apps } = found({
    "api/pyproject.toml": '[tool.poetry]\nname = "api"\n',
    "api/poetry.lock": "",
    "api/src/setup.py": "from redis import Redis\nredis = Redis()\n",
    "api/src/main.py": `from src.setup import redis\n${FASTAPI}`,
  });
  expect(apps).toMatchObject([{ cwd: "api", app: "src.main", packageManager: "poetry" }]);
});

test("a factory that a program calls with its development default is the factory itself", () => {
  const factory = 'from flask import Flask\ndef create_app(name="development"):\n    return Flask(__name__)\n';
  const { apps } = found({
    "Dockerfile.development": 'FROM python:3.12\nCMD ["python", "app.py"]\n',
    "Dockerfile.production": 'FROM python:3.12\nCMD ["gunicorn", "wsgi:app"]\n',
    "requirements.txt": "flask\n",
    "app.py": `${factory}if __name__ == "__main__":\n    app = create_app("development")\n    app.run(port=5050)\n`,
    "wsgi.py": 'from app import create_app\napp = create_app("production")\n',
  });
  expect(apps).toMatchObject([{ preset: "flask", app: "app", port: 5050 }]);
});

test("what a package's `__main__.py` imports and runs is named where it is", () => {
  const { apps } = found({
    "pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\nshop = "shop.__main__:main"\n',
    "README.md": "```\nuv run shop\n```\n",
    "uv.lock": "",
    "shop/__init__.py": "",
    "shop/__main__.py":
      "import uvicorn\nfrom shop.app import create_app\ndef main():\n    uvicorn.run(create_app(), port=4455)\n",
    "shop/app.py": "from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\n",
  });
  expect(apps).toMatchObject([{ app: "shop.app:create_app", port: 4455 }]);
});

test.each(["constructor", "__proto__", "toString"])("a command and a file may be called %s", (name) => {
  const { apps } = found({
    "README.md": `\`\`\`\n${name} run shop\nuv run ${name} shop\n\`\`\`\n`,
    "pyproject.toml": `[project]\nname = "shop"\n[project.scripts]\n${name} = "main:start"\n`,
    "main.py": FASTAPI,
    "web/package.json": VITE,
    [`web/${name}`]: "",
    "web/vite.config.ts": `export default { server: { port: ${name}, host: process.env.${name} } };\n`,
  });
  expect(apps).toMatchObject([{ app: "main" }, { name: "web", packageManager: "npm" }]);
});

test("a module is named as it is typed, where the project runs above its installed `src`", () => {
  const { apps } = found({
    "README.md": "```\nuv run uvicorn src.shop.main:app\n```\n",
    "pyproject.toml": '[project]\nname = "shop"\n[build-system]\nrequires = ["setuptools"]\n',
    "uv.lock": "",
    "src/shop/__init__.py": "",
    "src/shop/main.py": `from shop.db import db\n${FASTAPI}`,
    "src/shop/db.py": "",
  });
  expect(apps).toMatchObject([{ cwd: ".", app: "src.shop.main" }]);
});
