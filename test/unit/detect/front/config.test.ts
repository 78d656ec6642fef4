import { expect, test } from "vitest";
import { FASTAPI, found, packageJson } from "../layout.ts";

type Files = Record<string, string>;

const API: Files = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi\nuvicorn\n" };
const portsOf = (files: Files) =>
  Object.fromEntries(found({ ...API, ...files }).apps.map(({ cwd, port }) => [cwd, port]));

const VITE = packageJson({ dev: "vite" }, ["vite"]);

test.each<[string, number, string, Files]>([
  [
    "a value of another file",
    3012,
    VITE,
    {
      "web/vite.config.ts": "import { PORTS as all } from './ports'; export default { server: { port: all.web } }",
      "web/ports.ts": "export const PORTS = { web: 3012, api: 8000 }\n",
    },
  ],
  [
    "the config of another file, merged",
    3013,
    VITE,
    {
      "web/vite.config.ts":
        "import base from './vite.base.js'; export default mergeConfig(base, { server: { open: true } })",
      "web/vite.base.ts": "export default { server: { port: 3013 } }\n",
    },
  ],
  [
    "JSON",
    3014,
    VITE,
    {
      "web/vite.config.ts":
        "import settings from '../settings.json'; export default { server: { port: settings.port } }",
      "settings.json": '{"port": 3014}',
    },
  ],
  [
    "webpack's common part",
    3020,
    packageJson({ start: "webpack serve --config webpack.dev.js" }, ["webpack"]),
    {
      "web/webpack.dev.js":
        "const common = require('./webpack.common.js'); module.exports = merge(common, { mode: 'development' })",
      "web/webpack.common.js": "module.exports = { devServer: { port: 3020 } }",
    },
  ],
  [
    "a file that imports itself",
    5173,
    VITE,
    { "web/vite.config.ts": "import { port } from './vite.config'; export default { server: { port } }" },
  ],
  [
    "Angular's configuration for development",
    4302,
    packageJson({ start: "ng serve" }, ["@angular/cli"]),
    {
      "web/angular.json":
        '{"projects":{"a":{"architect":{"serve":{"configurations":{"development":{"port":4302}},"defaultConfiguration":"development"}}}}}',
    },
  ],
  [
    "Vue's template for webpack",
    8081,
    packageJson({ dev: "webpack-dev-server --config build/webpack.dev.conf.js" }, ["webpack-dev-server"]),
    { "web/config/index.js": "module.exports = { dev: { port: 8081, proxyTable: {} } }" },
  ],
  [
    "Rspack",
    3021,
    packageJson({ dev: "rspack serve" }, ["@rspack/cli"]),
    { "web/rspack.config.js": "module.exports = { devServer: { port: 3021 } }" },
  ],
  [
    "Next, which listens before it reads `.env`",
    3000,
    packageJson({ dev: "next dev" }, ["next"]),
    { "web/.env": "PORT=3015\n" },
  ],
])("the port of a front end: %s", (_, port, own, files) => {
  expect(portsOf({ "web/package.json": own, ...files }).web).toBe(port);
});

test.each<[string, number, string, Files]>([
  [
    "a proxy of another file",
    8085,
    VITE,
    {
      "web/vite.config.ts": "import { proxy } from './proxy'; export default { server: { proxy } }",
      "web/proxy.ts": "export const proxy = { '/api': { target: 'http://localhost:8085' } }",
    },
  ],
  [
    "Create React App's table",
    8092,
    packageJson({ start: "react-scripts start" }, ["react-scripts"], {
      proxy: { "/api": { target: "http://localhost:8092" } },
    }),
    {},
  ],
  [
    "Angular's proxy by another name",
    8095,
    packageJson({ start: "ng serve --proxy-config src/proxy.config.json" }, ["@angular/cli"]),
    { "web/src/proxy.config.json": '{"/api": {"target": "http://localhost:8095"}}' },
  ],
  [
    "Parcel's file",
    5055,
    packageJson({ start: "parcel index.html" }, ["parcel"]),
    { "web/.proxyrc": '{"/api": {"target": "http://localhost:5055/"}}' },
  ],
  ["Ember's flag", 5057, packageJson({ start: "ember serve --proxy http://localhost:5057" }, ["ember-cli"]), {}],
  [
    "Vue's template for webpack",
    5001,
    packageJson({ dev: "webpack-dev-server --config build/webpack.dev.conf.js" }, ["webpack-dev-server"]),
    {
      "web/config/index.js":
        "module.exports = { dev: { proxyTable: { '/api': { target: 'http://127.0.0.1:5001' } } } }",
    },
  ],
  [
    "this machine as a container calls it",
    8103,
    VITE,
    { "web/vite.config.ts": "export default { server: { proxy: { '/api': 'http://host.docker.internal:8103' } } }" },
  ],
  [
    "the host of the page",
    8107,
    VITE,
    { "web/src/api.js": "const base = `${location.protocol}//${window.location.hostname}:8107/api`" },
  ],
])("the port of a backend by %s", (_, port, own, files) => {
  expect(portsOf({ "web/package.json": own, ...files }).api).toBe(port);
});
