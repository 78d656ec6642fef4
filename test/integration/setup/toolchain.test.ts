import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { App } from "../../../src/model/project.ts";
import { missingToolchain } from "../../../src/preflight/toolchain/toolchain.ts";
import { commands } from "../../../src/system/commands.ts";
import { findExecutable } from "../../../src/system/executables.ts";
import { files } from "../../../src/system/files/files.ts";
import { sampleApp, sampleProject } from "../../unit/plan/sample.ts";

/** A machine that has only these programs on its PATH: `name` → the real program, or a script. */
async function machine(programs: Readonly<Record<string, string>> = {}) {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-toolchain-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const bin = path.join(root, "bin");
  mkdirSync(bin);
  for (const [name, what] of Object.entries(programs)) {
    if (what.startsWith("#!")) {
      writeFileSync(path.join(bin, name), what);
      chmodSync(path.join(bin, name), 0o755);
    } else {
      const real = await findExecutable(files, what, process.env.PATH, "/");
      symlinkSync(real ?? what, path.join(bin, name));
    }
  }
  const environment = {
    shell: { PATH: bin },
    cwd: root,
    home: root,
    uid: 1,
    user: "ana",
    platform: "linux",
    pid: 1,
    node: process.execPath,
  } as const;
  return {
    root,
    venv(...packages: string[]): string {
      const folder = path.join(root, ".venv");
      mkdirSync(path.join(folder, "bin"), { recursive: true });
      writeFileSync(path.join(folder, "bin/python"), "#!/bin/sh\nexit 93\n", { mode: 0o755 });
      for (const name of packages)
        mkdirSync(path.join(folder, "lib/python3.12/site-packages", name), { recursive: true });
      return folder;
    },
    missing: (...apps: App[]) => missingToolchain({ files, commands, environment }, { ...sampleProject(apps), root }),
  };
}

const flask = (more: Partial<App> = {}): App =>
  sampleApp({
    name: "api",
    kind: "flask",
    toolchain: "python",
    command: { argv: ["python3", "-m", "flask"], shell: false },
    ...more,
  });

test("a machine without anything: every finding at once, one a thing, each with what mends it", async () => {
  const { missing, root } = await machine({ "apt-get": "#!/bin/sh\n" });
  const install = { run: ["npm", "install"], inputs: [], output: null, cwd: root, title: "npm install" };
  const found = await missing(
    flask({ cwd: root }),
    flask({ name: "worker", cwd: root }),
    sampleApp({
      name: "web",
      kind: "vite",
      toolchain: "node",
      cwd: root,
      command: { argv: ["node", "x"], shell: false },
      setup: [install],
    }),
    sampleApp({ name: "odd", cwd: root, command: { argv: ["./tool"], shell: false } }),
  );
  expect(
    found.map(({ code, summary, evidence, fixes }) => [
      code,
      summary,
      evidence[0]?.[1],
      fixes.map(({ command }) => command),
    ]),
  ).toEqual([
    ["DEVPM_TOOLCHAIN_MISSING", "python3 was not found", "api, worker", ["sudo apt-get install python3 python3-venv"]],
    ["DEVPM_TOOLCHAIN_MISSING", "npm was not found", "web", ["sudo apt-get install npm"]],
    ["DEVPM_TOOLCHAIN_MISSING", "node was not found", "web", ["sudo apt-get install nodejs"]],
    ["DEVPM_TOOLCHAIN_MISSING", "./tool was not found", "odd", []],
  ]);
  expect(found.every(({ state }) => state === "Nothing was started.")).toBe(true);
});

test("a Python that lacks the package: with and without a virtual environment", async () => {
  const { missing, venv, root } = await machine({ python3: "#!/bin/sh\nexit 93\n" });
  const [bare] = await missing(flask({ cwd: root }));
  expect(bare).toMatchObject({
    summary: "The Python package flask is not installed",
    fixes: [{ command: `cd ${root} && python3 -m venv .venv` }, { command: `${root}/.venv/bin/pip install flask` }],
  });
  const folder = venv();
  const [inVenv] = await missing(flask({ cwd: root, venv: folder, command: { argv: ["python"], shell: false } }));
  expect(inVenv).toMatchObject({
    summary: "The Python package flask is not installed in .venv",
    fixes: [{ command: `${folder}/bin/pip install flask` }],
  });
});

test("an environment whose Python is gone: a link to it names the folder, what runs another Python needs none", async () => {
  const { missing, root, venv } = await machine({ python3: "#!/bin/sh\nexit 0\n" });
  rmSync(path.join(venv(), "bin/python"));
  symlinkSync("/opt/removed/bin/python3", path.join(root, ".venv/bin/python"));
  writeFileSync(path.join(root, ".venv/pyvenv.cfg"), "home = /opt/removed/bin\nversion = 3.11.4\n");
  const link = path.join(root, "linked");
  symlinkSync(".venv", link);
  const app = (program: string): App =>
    sampleApp({ name: "api", cwd: root, toolchain: "python", venv: link, command: { argv: [program], shell: false } });
  expect(await missing(app("python3"))).toMatchObject([
    {
      summary: "The Python of linked is gone",
      evidence: [expect.anything(), ["made with", "3.11.4 of /opt/removed/bin"]],
      fixes: [{ command: "python3 -m venv --clear .venv && devpm dev" }],
    },
  ]);
  expect(await missing(app(path.join(root, "bin/python3")))).toEqual([]);
});

test("what is there is not missing", async () => {
  const { missing, venv, root } = await machine({ python3: "python3", node: "node" });
  mkdirSync(path.join(root, "node_modules/vite/bin"), { recursive: true });
  writeFileSync(path.join(root, "node_modules/vite/bin/vite.js"), "");
  expect(
    await missing(
      flask({ cwd: root, venv: venv("flask"), command: { argv: ["python"], shell: false } }),
      sampleApp({
        name: "web",
        kind: "vite",
        cwd: root,
        command: { argv: ["node", `${root}/node_modules/vite/bin/vite.js`], shell: false },
      }),
      sampleApp({ name: "shell", command: { line: "whatever | it takes", shell: true } }),
    ),
  ).toEqual([]);
});

test("a Python that cannot even be asked is left to say so itself", async () => {
  const { missing, root } = await machine({ python3: "#!/bin/sh\nexit 1\n" });
  expect(await missing(flask({ cwd: root }))).toEqual([]);
});

test("what set-up is about to make counts as there; what set-up calls does not", async () => {
  const { missing, root } = await machine({ python3: "#!/bin/sh\nexit 0\n" });
  const venv = path.join(root, ".venv");
  const steps = [
    { run: ["python3", "-m", "venv", venv], inputs: [], output: venv, cwd: root, title: "venv" },
    { run: [path.join(venv, "bin/python"), "-m", "pip"], inputs: [], output: null, cwd: root, title: "pip" },
  ];
  const app = flask({ cwd: root, venv, command: { argv: ["python", "-m", "flask"], shell: false }, setup: steps });
  expect(await missing(app)).toEqual([]);
  const uv = { run: ["uv", "sync"], inputs: [], output: venv, cwd: root, title: "uv sync" };
  expect(await missing({ ...app, setup: [uv] })).toMatchObject([
    { summary: "uv was not found", fixes: [{ command: "python3 -m pip install uv" }] },
  ]);
});

test("so does what a step of the configuration makes: its output is looked for by nobody before", async () => {
  const { missing, root } = await machine({ python3: "#!/bin/sh\nexit 0\n" });
  const python = ".venv/bin/python";
  const output = path.join(root, ".venv");
  const setup = [
    { run: ["python3", "-m", "venv", ".venv"], inputs: [], output, cwd: root, title: "venv" },
    { run: [python, "-m", "pip", "install", "quart"], inputs: [], output: null, cwd: root, title: "pip" },
  ];
  const quart = sampleApp({ name: "api", cwd: root, command: { argv: [python, "-m", "quart"], shell: false }, setup });
  expect(await missing(quart)).toEqual([]);
  expect(await missing({ ...quart, setup: [] })).toMatchObject([{ summary: `${python} was not found` }]);
});

test.each([
  [{}, 'sudo apt-get install pipx && pipx install uv && export PATH="$HOME/.local/bin:$PATH"'],
  [{ pipx: "#!/bin/sh\n" }, "pipx install uv"],
])("a Python whose pip refuses to install: its tools come by pipx", async (more, command) => {
  // what of Debian's and Homebrew's own Python is asked, answered with yes
  const { missing, root } = await machine({ python3: "#!/bin/sh\nexit 93\n", "apt-get": "#!/bin/sh\n", ...more });
  const venv = path.join(root, ".venv");
  const uv = { run: ["uv", "sync"], inputs: [], output: venv, cwd: root, title: "uv sync" };
  expect(await missing(flask({ cwd: root, venv, setup: [uv] }))).toMatchObject([
    { summary: "uv was not found", fixes: [{ command }] },
  ]);
});

test("a package manager of the version that package.json names", async () => {
  const { missing, root } = await machine({ node: "node" });
  writeFileSync(path.join(root, "package.json"), '{ "packageManager": "pnpm@10.10.0+sha512.abc" }');
  const step = { run: ["pnpm", "install"], inputs: [], output: null, cwd: root, title: "pnpm install" };
  const web = sampleApp({ name: "web", cwd: root, command: { argv: ["node", "x"], shell: false }, setup: [step] });
  expect(await missing(web)).toMatchObject([{ fixes: [{ command: "npm install --global pnpm@10.10.0" }] }]);
});

test("the question behind it, asked of Debian's real Python", async (ctx) => {
  const python = "/usr/bin/python3";
  const library = path.join("/usr/lib", path.basename(realpathSync(existsSync(python) ? python : "/")));
  ctx.skip(!existsSync(path.join(library, "EXTERNALLY-MANAGED")), "its own Python is not managed by the system");
  const { missing, root } = await machine({ python3: python, pipx: "#!/bin/sh\n" });
  const uv = { run: ["uv", "sync"], inputs: [], output: path.join(root, ".venv"), cwd: root, title: "uv sync" };
  const found = await missing(flask({ cwd: root, venv: uv.output, setup: [uv] }));
  expect(found).toMatchObject([{ fixes: [{ command: "pipx install uv" }] }]);
});

test("a Python that cannot make virtual environments, as Debian's", async () => {
  const { missing, root } = await machine({ python3: "#!/bin/sh\nexit 93\n", "apt-get": "#!/bin/sh\n" });
  const venv = path.join(root, ".venv");
  const step = { run: ["python3", "-m", "venv", venv], inputs: [], output: venv, cwd: root, title: "venv" };
  expect(await missing(flask({ cwd: root, venv, setup: [step] }))).toMatchObject([
    {
      summary: "This Python cannot make virtual environments",
      fixes: [{ command: "sudo apt-get install python3-venv" }],
    },
  ]);
});

test("a front end without its packages, where set-up is off", async () => {
  const { missing, root } = await machine({ node: "node" });
  const command = { argv: ["node", `${root}/ui/node_modules/vite/bin/vite.js`], shell: false } as const;
  expect(
    await missing(
      sampleApp({
        name: "web",
        kind: "vite",
        cwd: path.join(root, "ui"),
        command: { ...command, argv: [...command.argv] },
      }),
    ),
  ).toMatchObject([
    { summary: "The packages of ui are not installed", fixes: [{ command: `cd ${root}/ui && npm install` }] },
  ]);
});

test("the real Python of this machine is asked the real question", async () => {
  const python = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  const { missing, root } = await machine({ python3: `#!/bin/sh\nexec ${python} -S "$@"\n` });
  // -S: without what this machine has installed; a package of the app's own folder counts: python -m starts there
  expect(await missing(flask({ cwd: root }))).toHaveLength(1);
  mkdirSync(path.join(root, "flask"));
  expect(await missing(flask({ cwd: root }))).toEqual([]);
});
