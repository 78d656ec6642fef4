import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { withMovedPorts } from "../../../src/config/isolated.ts";
import { reasonOf } from "../../../src/config/problem.ts";
import { appEnvironment } from "../../../src/plan/environment.ts";
import { fixedAddresses, fixedAddressWarning } from "../../../src/plan/fixed-addresses.ts";
import { rewriteValue } from "../../../src/plan/moved-addresses.ts";
import { files } from "../../../src/system/files/files.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { folderWith, outside } from "../config/outside.ts";
import { sampleApp } from "./sample.ts";

const MOVED = [
  { app: "backend", from: 5050, to: 21_440, further: false },
  { app: "web", from: 5173, to: 21_441, further: false },
];

test.each([
  ["API", "http://localhost:5050", "http://localhost:21440"],
  ["API", "http://127.0.0.1:5050/api?x=1", "http://127.0.0.1:21440/api?x=1"],
  ["API", "ws://[::1]:5050/ws", "ws://[::1]:21440/ws"],
  ["API", "localhost:5050", "localhost:21440"],
  ["CORS", "http://localhost:5173,http://127.0.0.1:5173", "http://localhost:21441,http://127.0.0.1:21441"],
  ["CORS", '["http://localhost:5173"]', '["http://localhost:21441"]'],
  ["REDIRECT", "http://app.localhost:5173/cb", "http://app.localhost:21441/cb"],
  ["DATABASE", "http://user:secret@localhost:5050/x", "http://user:secret@localhost:21440/x"],
  ["BACKEND_PORT", "5050", "21440"],
])("%s=%s is rewritten", (name, value, now) => {
  const found = rewriteValue(name, value, MOVED);
  expect(found?.value).toBe(now);
  expect(found?.changes.join()).not.toContain("secret");
});

test.each([
  ["API", "http://localhost:50501"],
  ["API", "http://example.org:5050"],
  ["API", "http://notlocalhost:5050"],
  ["API", "http://10.127.0.0.1:5050"],
  ["API", "http://localhost"],
  ["COUNT", "5050"],
  ["BACKEND_PORT", "50500"],
])("%s=%s stays", (name, value) => expect(rewriteValue(name, value, MOVED)).toBeNull());

test("a port that is written into the app's own command line is the one that it was given", () => {
  const own = [{ app: "api", from: 8000, to: 21_442, further: false }];
  const argv = (...words: string[]) => withMovedPorts({ argv: words, shell: false }, own);
  expect(argv("serve", "--port", "8000", "--bind=0.0.0.0:8000", "--workers", "80000")).toEqual({
    argv: ["serve", "--port", "21442", "--bind=0.0.0.0:21442", "--workers", "80000"],
    shell: false,
  });
  const shell = { line: "serve --port=8000 && echo 18000", shell: true as const };
  expect(withMovedPorts(shell, own)).toEqual({ line: "serve --port=21442 && echo 18000", shell: true });
});

test("files, configuration and what the tool reads itself follow; a shell's value is left, and all of it is said", async () => {
  const root = folderWith({
    ".env": "CORS=http://localhost:5173\nPLAIN=x\n",
    "ui/.env": "VITE_API_URL=http://localhost:1\nVITE_NAME=shop\n",
    "ui/.env.development": "VITE_API_URL=http://localhost:5050\n",
  });
  const app = sampleApp({
    name: "web",
    cwd: path.join(root, "ui"),
    toolchain: "node",
    movedPorts: MOVED,
    envFiles: [path.join(root, ".env")],
    ownEnvFiles: [".env", ".env.development"].map((name) => path.join(root, "ui", name)),
    env: { API: "http://localhost:5050" },
  });
  const system = outside(root, { MINE: "http://localhost:5050", NODE_OPTIONS: "--no-warnings" });
  const facts = { session: "s", references: { apps: {}, services: {} }, configFile: null };
  const made = await appEnvironment(system, app, facts);
  if (!made.ok) throw new Error(reasonOf(made.diagnostics));
  const built = made.value;
  const variables = Object.fromEntries(built.variables.map(({ name, value }) => [name, value]));
  expect(variables).toMatchObject({
    CORS: "http://localhost:21441",
    API: "http://localhost:21440",
    VITE_API_URL: "http://localhost:21440",
    MINE: "http://localhost:5050",
    DEVPM_MOVED_PORTS: "5050:21440,5173:21441",
    DEVPM_OWN_PORTS: "5173:21441",
  });
  expect(variables.NODE_OPTIONS).toMatch(/^--no-warnings --require ".*follow-ports\.cjs"$/);
  expect(variables.VITE_NAME).toBeUndefined();
  expect(built.rewritten.toSorted()).toEqual([
    "web: API follows backend localhost:5050 → localhost:21440",
    "web: CORS (.env:1) follows web localhost:5173 → localhost:21441",
    "web: MINE comes from your shell and names a port of the main checkout (backend localhost:5050); it is left as it is",
    "web: VITE_API_URL (.env.development:1) follows backend localhost:5050 → localhost:21440",
  ]);
  const { movedPorts: _, ...plain } = app;
  const unmoved = await appEnvironment(system, plain, facts);
  if (!unmoved.ok) throw new Error(reasonOf(unmoved.diagnostics));
  const before = unmoved.value;
  expect(before.variables.find(({ name }) => name === "CORS")?.value).toBe("http://localhost:5173");
  expect(before.rewritten).toEqual([]);
});

/** What node programs do under the hook, each in a process of its own. */
function underHook(program: string, env: Record<string, string>): string {
  const hook = path.join(REPOSITORY, "src/pm2/follow-ports.cjs");
  return execFileSync(process.execPath, ["--require", hook, "--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

const LISTENING = `
import http from "node:http"; import net from "node:net"; import { once } from "node:events";
const server = http.createServer((request, response) => response.end("here " + request.headers.host));
await once(server.listen({ port: 0, host: "127.0.0.1" }), "listening");
const { port } = server.address();
process.env.DEVPM_MOVED_PORTS = "5050:" + port;
`;

test("under the hook each way to connect reaches what a port is here; other hosts and sockets are left alone", () => {
  const program = `${LISTENING}
const { createRequire } = await import("node:module");
const require = createRequire("/");
delete require.cache[process.env.HOOK]; require(process.env.HOOK);
const told = [];
told.push(await (await fetch("http://127.0.0.1:5050/")).text());
for (const options of [{ port: 5050, host: "127.0.0.1" }, { port: "5050", hostname: "127.0.0.1" }])
  told.push(await new Promise((done) => http.get(options, (r) => r.setEncoding("utf8").on("data", done))));
for (const socket of [net.connect(5050, "127.0.0.1"), net.connect({ port: 5050, host: "127.0.0.1" }), new net.Socket().connect(5050, "127.0.0.1")]) {
  await once(socket, "connect"); told.push(socket.remotePort === port); socket.destroy();
}
const other = net.connect({ port: 5050, host: "198.51.100.1" }); other.on("error", () => {});
told.push(other.connecting); other.destroy();
const [failed] = await once(net.connect("/no/such/socket"), "error");
told.push(failed.code);
console.log(JSON.stringify(told)); process.exit(0);`;
  const said = JSON.parse(underHook(program, { HOOK: path.join(REPOSITORY, "src/pm2/follow-ports.cjs") })) as unknown[];
  expect(said.slice(0, 3)).toEqual(Array(3).fill(expect.stringMatching(/^here 127\.0\.0\.1/)));
  expect(said.slice(3)).toEqual([true, true, true, true, "ENOENT"]);
});

test("a server whose code has its own port listens on the one that it was given", () => {
  const program = `
import http from "node:http"; import { once } from "node:events";
const free = await new Promise((done) => { const s = http.createServer().listen(0, () => { const { port } = s.address(); s.close(() => done(port)); }); });
process.env.DEVPM_OWN_PORTS = "5051:" + free;
const { createRequire } = await import("node:module");
const require = createRequire("/");
delete require.cache[process.env.HOOK]; require(process.env.HOOK);
const ports = [];
for (const args of [[5051], [{ port: 5051, host: "127.0.0.1" }], ["5051", "127.0.0.1"]]) {
  const server = http.createServer().listen(...args);
  await once(server, "listening"); ports.push(server.address().port === free);
  server.close(); await once(server, "close");
}
console.log(JSON.stringify(ports));`;
  const said = underHook(program, { HOOK: path.join(REPOSITORY, "src/pm2/follow-ports.cjs") });
  expect(JSON.parse(said)).toEqual([true, true, true]);
});

test("an address in code that cannot follow is found with its line; fallbacks, comments, tests and libraries are not", () => {
  const root = folderWith({
    "ui/src/api.ts": '// http://localhost:5050\nconst a = 1;\nfetch("http://localhost:5050/api");\n',
    "ui/src/fine.ts": 'const api = import.meta.env.VITE_API_URL ?? "http://localhost:5050";\n',
    "ui/src/api.test.ts": 'fetch("http://localhost:5050");\n',
    "ui/vite.config.ts": 'export default { server: { proxy: { "/api": "http://localhost:5050" } } };\n',
    "ui/node_modules/x/index.js": 'fetch("http://localhost:5050");\n',
    "ui/main.py": '# http://localhost:5050\nORIGINS = ["http://localhost:5173"]\n',
    "ui/venv/pyvenv.cfg": "",
    "ui/venv/x.py": '"http://localhost:5050"\n',
  });
  const app = sampleApp({ name: "web", cwd: path.join(root, "ui"), movedPorts: MOVED });
  const found = fixedAddresses(files, app, new Set(["VITE_API_URL"]));
  expect(
    found.map(({ file, line, url, app: of }) => `${path.relative(root, file)}:${line} ${url} ${of}`).toSorted(),
  ).toEqual(["ui/main.py:2 localhost:5173 web", "ui/src/api.ts:3 localhost:5050 backend"]);
  expect(fixedAddresses(files, app, new Set())).toHaveLength(3);
  expect(fixedAddressWarning(app, root, [])).toBeNull();
  expect(fixedAddressWarning(app, root, found)).toMatchObject({
    code: "DEVPM_ADDRESS_FIXED",
    severity: "warning",
    evidence: expect.arrayContaining([["ui/src/api.ts:3", "localhost:5050 (backend)"]]) as unknown,
  });
});

test("addresses in code are looked for in a bounded number of files and folders", () => {
  const many = Array.from({ length: 10_000 }, (_, at) => ({ name: `${at}`, kind: "folder" as const }));
  let looked = 0;
  const entries = (folder: string) => ((looked += 1), folder === "/data" ? many : []);
  const app = sampleApp({ name: "web", cwd: "/data", movedPorts: MOVED });
  expect(fixedAddresses({ entries, readText: files.readText }, app, new Set())).toEqual([]);
  expect(looked).toBeLessThanOrEqual(3_001);
});

test("a socket for hot updates takes a free port in the place of a fixed one, and the page's client is given it", () => {
  const program = `
import http from "node:http"; import net from "node:net"; import { once } from "node:events";
const taken = net.createServer().listen(0); await once(taken, "listening");
const { port } = taken.address();
process.env.DEVPM_HMR = "1"; process.env.DEVPM_HMR_PORTS = String(port); process.env.DEVPM_MOVED_PORTS = "5173:21441";
const { createRequire } = await import("node:module");
const require = createRequire("/");
delete require.cache[process.env.HOOK]; require(process.env.HOOK);
const hot = http.createServer().listen(port, "127.0.0.1"); await once(hot, "listening");
const server = http.createServer((request, response) => (request.url.endsWith("written") ? response.writeHead(200, { etag: "e" }) : response.setHeader("etag", "e")).end("const hmrPort = " + new URL(request.url, "http://x").searchParams.get("p") + ";"));
await once(server.listen(0, "127.0.0.1"), "listening");
const ask = async (path) => (await fetch("http://127.0.0.1:" + server.address().port + path)).text();
const cached = async (path) => { const { headers } = await fetch("http://127.0.0.1:" + server.address().port + path); return [headers.get("etag"), headers.get("cache-control")]; };
console.log(JSON.stringify([hot.address().port !== port, await ask("/@vite/client?p=" + port) === "const hmrPort = " + hot.address().port + ";",
  await ask("/@vite/client?p=5173"), await ask("/@vite/client?p=1234"), await ask("/other?p=5173"), await ask("/@vite/client?p=5173&written"),
  await cached("/@vite/client?p=5173"), await cached("/other?p=5173")]));
process.exit(0);`;
  const said = underHook(program, { HOOK: path.join(REPOSITORY, "src/pm2/follow-ports.cjs") });
  expect(JSON.parse(said)).toEqual([
    ...[true, true, "const hmrPort = 21441;", "const hmrPort = 1234;", "const hmrPort = 5173;"],
    // its headers are on their way with its length
    "const hmrPort = 5173;",
    // no page keeps the port of an earlier session
    [null, "no-store"],
    ["e", null],
  ]);
});
