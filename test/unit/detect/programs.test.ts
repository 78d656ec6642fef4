import { expect, test } from "vitest";
import { FASTAPI, FLASK, VITE, found, packageJson } from "./layout.ts";

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
    { kind: "other-python", command: ".venv/bin/python main.py", port: 8161 },
  ]);
  // what it wraps is Flask's
  expect(
    found({ "requirements.txt": "connexion<3\n", "wsgi.py": `${CONNEXION}application = app.app\n` }).apps,
  ).toMatchObject([{ preset: "flask", app: "wsgi", port: 5000 }]);
});

test("an application that only exists while its program runs is run by it", () => {
  const { apps } = found({
    "README.md": "```\npython -m shop_server\n```\n",
    "requirements.txt": "connexion==2.14.2\n",
    "shop_server/__init__.py": "",
    "shop_server/__main__.py":
      'import connexion\ndef main():\n    app = connexion.App(__name__)\n    app.run(port=8171)\nif __name__ == "__main__":\n    main()\n',
  });
  expect(apps).toMatchObject([{ kind: "other-python", command: ".venv/bin/python -m shop_server", port: 8171 }]);
});

const GRAPHS = '{ "dependencies": ["."], "graphs": { "shop": "./src/graph.py:graph" }, "env": ".env" }';

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
