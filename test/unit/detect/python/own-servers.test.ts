import { expect, test } from "vitest";
import { FASTAPI, VITE, found } from "../layout.ts";

type Files = Record<string, string>;

const AIOHTTP = "from aiohttp import web\nasync def index(request):\n    return web.Response()\n";
const MAIN = 'if __name__ == "__main__":\n';
const TORNADO =
  "import asyncio\nimport tornado.web\ndef make_app():\n    return tornado.web.Application([])\nasync def main():\n    app = make_app()\n";

const backend = (files: Files) => found({ "requirements.txt": "aiohttp\ntornado\n", ...files }).apps[0];

test.each<[string, Files, object]>([
  [
    "on its own default",
    { "server.py": `${AIOHTTP}${MAIN}    web.run_app(web.Application())\n` },
    { cwd: ".", command: "python server.py", port: 8080 },
  ],
  [
    "on a port of its command line, which it is given",
    {
      "server.py": `import argparse\n${AIOHTTP}${MAIN}    parser = argparse.ArgumentParser()\n    parser.add_argument("--port", type=int, default=8701)\n    args = parser.parse_args()\n    web.run_app(web.Application(), port=args.port)\n`,
    },
    { command: "python server.py --port $PORT", port: 8701 },
  ],
  [
    "in a module that the program calls",
    {
      "README.md": "```\ncd api\npython app.py\n```\n",
      "api/requirements.txt": "aiohttp\n",
      "api/app.py": "from routes import start\nstart()\n",
      "api/routes.py": `${AIOHTTP}def start():\n    web.run_app(web.Application(), port=8702)\n`,
    },
    { cwd: "api", command: "python app.py", port: 8702 },
  ],
  [
    "by the file that the image runs, where the other one could be run as well",
    {
      Dockerfile: 'FROM python\nCMD ["python", "app.py"]\n',
      "app.py": "from routes import start\nstart()\n",
      "routes.py": `${AIOHTTP}def start():\n    web.run_app(web.Application(), port=8710)\n${MAIN}    start()\n`,
    },
    { command: "python app.py", port: 8710 },
  ],
  [
    "of a package, by a site",
    {
      Procfile: "web: python -m shop\n",
      "shop/__main__.py": `import asyncio\nfrom .server import main\n${MAIN}    asyncio.run(main())\n`,
      "shop/server.py": `${AIOHTTP}async def main():\n    runner = web.AppRunner(web.Application())\n    await web.TCPSite(runner, "0.0.0.0", 8703).start()\n`,
    },
    { cwd: ".", command: "python -m shop", port: 8703 },
  ],
  [
    "of Tornado",
    { "main.py": `${TORNADO}    app.listen(8704)\n    await asyncio.Event().wait()\n${MAIN}    asyncio.run(main())\n` },
    { command: "python main.py", port: 8704 },
  ],
  [
    "of Tornado, on an option",
    {
      "README.md": "```\npython main.py --debug\n```\n",
      "main.py": `from tornado.options import define, options, parse_command_line\ndefine("port", default=8705)\n${TORNADO}    app.listen(options.port)\n${MAIN}    parse_command_line()\n    asyncio.run(main())\n`,
    },
    { command: "python main.py --debug --port=$PORT", port: 8705 },
  ],
])("a server that its own program starts: %s", (_, files, expected) => {
  expect(backend(files)).toMatchObject({ kind: "other-python", ...expected });
});

test("the front end waits for it, and its command is not reported as left out", () => {
  const { apps, notes } = found({
    Procfile: "api: python api/server.py\nweb: npm --prefix web run dev\n",
    Makefile: "api:\n\tpython api/server.py --port 8706\n",
    "api/requirements.txt": "aiohttp\n",
    "api/server.py": `${AIOHTTP}${MAIN}    web.run_app(web.Application(), port=8000)\n`,
    "web/package.json": VITE,
  });
  expect(apps).toMatchObject([{ port: 8706 }, { name: "web", dependsOn: ["backend"] }]);
  expect(notes).toEqual([]);
});

test.each<[string, Files]>([
  ["requests are sent with it", { "client.py": "import aiohttp\nsession = aiohttp.ClientSession()\n" }],
  ["it is only tested", { "tests/server.py": `${AIOHTTP}web.run_app(web.Application())\n` }],
  [
    "a socket listens beside it",
    { "main.py": "import socket\nfrom tornado.ioloop import IOLoop\nsock = socket.socket()\nsock.listen(5)\n" },
  ],
])("no server: %s", (_, files) => {
  expect(backend(files)).toBeUndefined();
});

test("where it cannot be given a port, its own counts more than what a front end expects", () => {
  const web = { "web/package.json": VITE, "web/src/api.ts": 'const api = "http://localhost:30889";\n' };
  const port = (of: string): number | undefined =>
    backend({ ...web, "server.py": `import os\n${AIOHTTP}${MAIN}    web.run_app(web.Application(), port=${of})\n` })
      ?.port;
  expect(port("8709")).toBe(8709);
  expect(port('int(os.getenv("PORT", "8709"))')).toBe(30_889);
});

test.each<[string, string]>([
  ["a window's keys", "import tkinter\nfrom tornado import ioloop\nroot = tkinter.Tk()\nroot.bind('<Key>', print)\n"],
  [
    "a socket",
    "import socket\nfrom tornado.ioloop import IOLoop\nudp = socket.socket()\nudp.bind(('0.0.0.0', 5000))\n",
  ],
  ["a table", "from tornado.ioloop import IOLoop\nimport db\ndb.metadata.bind(db.engine)\n"],
  ["an emitter", "import tornado.web\nimport events\nevents.bus.listen('ready')\n"],
])("what is bound or listened to is no port of Tornado: %s", (_, text) => {
  expect(backend({ "main.py": `${text}${MAIN}    IOLoop.current().start()\n` })).toBeUndefined();
});

test("a file that only defines what serves is not run", () => {
  const serve = `${AIOHTTP}def start():\n    web.run_app(web.Application(), port=8711)\n`;
  const only = "from server import start\ndef main(\n    name,\n):\n    start()\n\nasync def other():\n    start()\n";
  expect(backend({ "server.py": serve, "run.py": only })).toBeUndefined();
  expect(backend({ "server.py": serve, "run.py": `${only}try:\n    start()\nfinally:\n    pass\n` })).toMatchObject({
    command: "python run.py",
    port: 8711,
  });
});

test("beside a backend of another framework it is a part of that", () => {
  const { apps } = found({
    "requirements.txt": "fastapi\naiohttp\n",
    "main.py": FASTAPI,
    "bot.py": `${AIOHTTP}web.run_app(web.Application(), port=8707)\n`,
  });
  expect(apps).toMatchObject([{ preset: "fastapi", app: "main" }]);
});

test.each<[string, Files, object]>([
  [
    "a project without a list of its own is left to set-up",
    { "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["quart"]\n' },
    { command: "python -m quart --app app:app run --port $PORT" },
  ],
  ["nothing is listed", {}, { command: "python3 -m quart --app app:app run --port $PORT" }],
  [
    "setup.py alone",
    { "setup.py": 'from setuptools import setup\nsetup(name="shop", install_requires=["quart"])\n' },
    {
      command: ".venv/bin/python -m quart --app app:app run --port $PORT",
      setup: [
        { run: "python3 -m venv .venv", output: ".venv" },
        { run: ".venv/bin/python -m pip install -e .", inputs: ["setup.py"] },
      ],
    },
  ],
])("what is installed for a server without a preset: %s", (_, files, expected) => {
  const { apps } = found({ "app.py": "from quart import Quart\napp = Quart(__name__)\n", ...files });
  expect({ command: apps[0]?.command, ...(apps[0]?.setup && { setup: apps[0].setup }) }).toEqual(expected);
});

test("Sanic's `get_app` looks one up, and is no application to start", () => {
  const { apps } = found({
    "requirements.txt": "sanic\n",
    "shop/__init__.py": "",
    "shop/app.py":
      "from sanic import Sanic\nclass App(Sanic):\n    @classmethod\n    def get_app(cls, name) -> 'App':\n        return super().get_app(name)\ndef create() -> App:\n    app = App('shop')\n    return app\n",
    "shop/security/__init__.py": "from shop.app import App\napp = App.get_app('shop')\n",
  });
  expect(apps).toMatchObject([{ command: "python -m sanic shop.app:create --factory --port=$PORT" }]);
});
