import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { REPOSITORY, installedDevpm, packDevpm } from "../rigs/devpm.ts";
import { untilAnswers } from "../rigs/http.ts";
import { freePort } from "../rigs/ports.ts";
import { runProgram } from "../rigs/program.ts";
import { openProject } from "../rigs/project.ts";
import { PYTHON } from "../rigs/terminal.ts";

const { version } = JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8")) as { version: string };
let packed: string[];
let installed: string;

beforeAll(() => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-pack-"));
  const listing = execFileSync("tar", ["-tzf", packDevpm(folder)], { encoding: "utf8" });
  packed = listing
    .trim()
    .split("\n")
    .map((name) => name.replace(/^package\//, ""));
  rmSync(folder, { recursive: true });
  installed = path.join(installedDevpm().prefix, "node_modules/devpm");
});

test("the tarball holds every helper of src that is not TypeScript", () => {
  const helpers = filesBelow(path.join(REPOSITORY, "src")).filter((name) => !/\.(ts|md)$/.test(name));
  expect(helpers.some((name) => name.endsWith(".py"))).toBe(true);
  expect(packed).toEqual(expect.arrayContaining(helpers.map((name) => `dist/${name}`)));
});

test("the tarball holds nothing that only this repository needs", () => {
  expect(
    packed.filter((name) => !/^(bin\/|dist\/|docs\/|LICENSE$|README\.md$|CHANGELOG\.md$|package\.json$)/.test(name)),
  ).toEqual([]);
  expect(packed.filter((name) => /__pycache__|\.built-from|\.map$|(?<!\.d)\.ts$/.test(name))).toEqual([]);
  expect(packed).toEqual(
    expect.arrayContaining([
      "LICENSE",
      "README.md",
      "bin/devpm.js",
      "dist/lib/cli.cjs",
      "dist/lib/session.cjs",
      "dist/lib/more.cjs",
      "dist/lib/daemon-main.cjs",
      "dist/lib/index.js",
      "dist/index.d.ts",
    ]),
  );
});

test("the pages that README names are in it", () => {
  const readme = readFileSync(path.join(REPOSITORY, "README.md"), "utf8");
  const linked = [...readme.matchAll(/\]\(((?!https?:)[^)#]+)/g)].map(([, file = ""]) => file);
  expect(linked.length).toBeGreaterThan(10);
  expect(packed).toEqual(expect.arrayContaining(linked));
});

test("dockerode comes bundled, with its licences and without what devpm never calls", () => {
  expect(packed).toContain("dist/system/docker/dockerode.cjs");
  const licences = readFileSync(path.join(installed, "dist/system/docker/dockerode.cjs.LICENSES.txt"), "utf8");
  expect(licences).toMatch(/^dockerode [\d.]+: Apache-2\.0/m);
  expect(licences).toMatch(/^docker-modem [\d.]+: Apache-2\.0/m);
  const beside = readdirSync(path.join(installed, ".."));
  expect(beside.filter((name) => /^(dockerode|ssh2|protobufjs|cpu-features|@grpc)$/.test(name))).toEqual([]);
});

test("the MCP SDK comes bundled for stdio, with its licences and without web servers", () => {
  expect(packed).toContain("dist/system/mcp/sdk.cjs");
  const licences = readFileSync(path.join(installed, "dist/system/mcp/sdk.cjs.LICENSES.txt"), "utf8");
  expect(licences).toMatch(/^@modelcontextprotocol\/sdk [\d.]+: MIT/m);
  expect(licences).not.toMatch(/^(?:express|hono) /m);
  const beside = readdirSync(path.join(installed, ".."));
  expect(beside.filter((name) => /^(@modelcontextprotocol|express|hono|ajv)$/.test(name))).toEqual([]);
});

test("the command line comes as three files, with the licences of what is in them and without anyone's bytecode", () => {
  const licences = readFileSync(path.join(installed, "dist/lib/cli.cjs.LICENSES.txt"), "utf8");
  for (const name of ["commander", "semver", "yaml"])
    expect(licences).toMatch(new RegExp(`^${name} [\\d.]+: (MIT|ISC)`, "m"));
  expect(licences).not.toMatch(/^(?:pm2|tsx) /m);
  expect(packed.filter((name) => name.includes(".v8"))).toEqual([]);
  for (const name of ["cli.cjs", "session.cjs", "more.cjs"]) {
    const file = path.join(installed, "dist/lib", name);
    // it is read as ASCII: another character would become two, in a regular expression for example
    expect(readFileSync(file).findLastIndex((byte) => byte > 127)).toBe(-1);
    // what runs from kept bytecode has no loader for it
    expect(readFileSync(file, "utf8")).not.toMatch(/[^.\w]import\s*\(/);
  }
});

test("a short command reads the smallest of them only", async () => {
  const { command, prefix } = installedDevpm();
  const env = { PATH: process.env.PATH, HOME: prefix, DEVPM_HOME: path.join(prefix, "state") };
  for (const line of ["status", "list", "logs --no-follow"])
    expect(await runProgram([...command, ...line.split(" ")], { env, cwd: prefix })).toMatchObject({ code: 0 });
  // each keeps the bytecode of what it has read
  const kept = readdirSync(path.join(installed, "dist/lib")).flatMap(
    (name) => /^(.*)-v\d.*\.v8$/.exec(name)?.[1] ?? [],
  );
  expect(kept).toEqual(expect.arrayContaining(["cli.cjs.list", "cli.cjs.logs", "cli.cjs.status"]));
  expect(kept.filter((name) => /^(?:session|more)\.cjs\.(?:list|logs|status)/.test(name))).toEqual([]);
});

test("its python helpers are whole", () => {
  const helpers = filesBelow(path.join(installed, "dist")).filter((name) => name.endsWith(".py"));
  for (const helper of helpers) {
    const check = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
    execFileSync(PYTHON, ["-c", check, path.join(installed, "dist", helper)]);
  }
});

test("installed into an empty prefix, it says its version and its help", async () => {
  const { command, prefix } = installedDevpm();
  const env = { PATH: process.env.PATH, HOME: prefix, DEVPM_HOME: path.join(prefix, "state") };
  const said = await runProgram([...command, "--version"], { env, cwd: tmpdir() });
  expect(said).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  const help = await runProgram([...command, "--help"], { env, cwd: tmpdir() });
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toMatch(/\bdev\b[^]*\bdown\b[^]*\blogs\b/);
});

test("a typed config compiles against it, and a wrong name in one does not", () => {
  const folder = mkdtempSync(path.join(installedDevpm().prefix, "consumer-"));
  const compile = (dependsOn: string): string => {
    writeFileSync(
      path.join(folder, "ecosystem.config.ts"),
      `import { defineConfig, flask, vite } from "devpm";
       export default defineConfig({
         apps: { backend: flask({ app: "web.app" }), web: vite({ cwd: "ui", dependsOn: ["${dependsOn}"] }) },
       });`,
    );
    try {
      const tsc = path.join(REPOSITORY, "node_modules/typescript/bin/tsc");
      const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", ""];
      return execFileSync(process.execPath, [tsc, ...flags, "ecosystem.config.ts"], { cwd: folder, encoding: "utf8" });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  try {
    expect(compile("backend")).toBe("");
    expect(compile("bakcend")).toContain('"bakcend"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("it runs a project, in a path with spaces and letters of other scripts, and leaves nothing", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    devpm: "tarball",
    awkwardPath: true,
    files: {
      "ecosystem.config.ts": `import { defineConfig } from "devpm";
        export default defineConfig({
          name: "packed",
          apps: { backend: { command: ["python3", "server.py"], port: ${port}, ready: { http: "/" } } },
        });`,
      "server.py": `import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"packed and running")
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`,
    },
  });
  const terminal = await project.terminal(["dev"]);
  await terminal.waitFor(/ready in/);
  expect((await untilAnswers(`http://127.0.0.1:${port}/`)).body).toBe("packed and running");
  terminal.write("\x03");
  expect(await terminal.ended()).toEqual({ code: 130, signal: null });
  await project.nothingLeft({ ports: [port] });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
