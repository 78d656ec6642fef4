import { execFileSync } from "node:child_process";
import { chmodSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test, type TestContext } from "vitest";
import { openFirstStart } from "../rigs/first-start.ts";
import { fixture } from "../rigs/fixtures.ts";
import { firstFix } from "../rigs/fixes.ts";
import { freePort } from "../rigs/ports.ts";
import { pythonWith } from "../rigs/python.ts";
import { pathWithout, pyenvWith, pythonsHere, pythonWithout } from "../rigs/pythons.ts";

const SERVER = fixture("session/show_prefix.py");
const url = (port: number): string => `http://127.0.0.1:${port}/`;
const project = (requires: string): string =>
  `[project]\nname = "api"\nversion = "1"\nrequires-python = "${requires}"\n`;

/** A Python app in `api`, which asks for a package; what else its folder holds. */
async function opened(
  ctx: TestContext,
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
) {
  const port = await freePort();
  const first = await openFirstStart(ctx, {
    awkwardPath: true,
    files: {
      "api/requirements.txt": "iniconfig\n",
      "api/app.py": `import iniconfig\n${SERVER}`,
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`api/${name}`, text])),
      "ecosystem.config.json": JSON.stringify({
        apps: { api: { command: "python app.py", cwd: "api", port, ready: { http: "/", timeoutMs: 60_000 } } },
      }),
    },
  });
  const [own] = (first.project.env.PATH ?? "").split(path.delimiter);
  Object.assign(first.project.env, env, { PATH: `${own}:${env.PATH}` });
  return { ...first, port, venv: first.project.path("api/.venv") };
}

test("a Python that is too old for the project: the oldest that fits of pyenv's makes the environment", async (ctx) => {
  const pythons = pythonsHere();
  const [old, fitting, newer] = pythons;
  ctx.skip(!old || !fitting, "it needs two Pythons");
  const { refused, paste, port, venv } = await opened(
    ctx,
    { "pyproject.toml": project(`>=${fitting!.minor}`) },
    {
      PATH: pathWithout(ctx, { python3: old!.file }),
      PYENV_ROOT: pyenvWith(ctx, [...(newer ? [newer] : []), fitting!]),
    },
  );
  const block = await refused("DEVPM_PYTHON_VERSION", 3);
  expect(block).toContain(`Python ${old!.version} does not fit: api/pyproject.toml asks for >=${fitting!.minor}`);
  expect(firstFix(block)).toContain(`versions/${fitting!.version}/bin/python3 -m venv api/.venv && devpm dev`);
  await paste(block, url(port), venv);
});

test("a Python that is too new for the project: the one on PATH that fits", async (ctx) => {
  const pythons = pythonsHere();
  const [fitting, latest] = [pythons[0], pythons.at(-1)];
  ctx.skip(pythons.length < 2, "it needs two Pythons");
  const { refused, paste, port, venv } = await opened(
    ctx,
    { "pyproject.toml": project(`<${latest!.minor}`) },
    {
      PATH: pathWithout(ctx, { python3: latest!.file, [`python${fitting!.minor}`]: fitting!.file }),
      PYENV_ROOT: pyenvWith(ctx, []),
    },
  );
  const block = await refused("DEVPM_PYTHON_VERSION", 3);
  expect(firstFix(block)).toMatch(new RegExp(`/python${fitting!.minor} -m venv api/\\.venv && devpm dev$`));
  await paste(block, url(port), venv);
});

test("no Python that fits, and uv: it brings one", async (ctx) => {
  const [old, fitting] = pythonsHere();
  ctx.skip(!old || !fitting, "it needs two Pythons");
  const uv = path.join(await pythonWith(["uv"]), "bin/uv");
  const { refused, paste, port, venv } = await opened(
    ctx,
    { "pyproject.toml": project(`==${fitting!.minor}.*`) },
    {
      PATH: pathWithout(ctx, { python3: old!.file, uv }),
      PYENV_ROOT: pyenvWith(ctx, []),
      // where a download would come from on a machine with a network: the one place that uv alone looks at
      UV_PYTHON_SEARCH_PATH: path.dirname(fitting!.file),
    },
  );
  const block = await refused("DEVPM_PYTHON_VERSION", 3);
  expect(firstFix(block)).toBe(`uv venv --python ${fitting!.minor} api/.venv && devpm dev`);
  await paste(block, url(port), venv);
});

test("a `.python-version` that pyenv does not have, and a shim for python3", async (ctx) => {
  const [fitting] = pythonsHere();
  ctx.skip(!fitting, "it needs a Python");
  const {
    refused,
    paste,
    port,
    venv,
    project: at,
  } = await opened(
    ctx,
    { ".python-version": `${fitting!.minor}.99\n` },
    { PATH: pathWithout(ctx, {}), PYENV_ROOT: pyenvWith(ctx, [fitting!]) },
  );
  at.write("shims/python3", fixture("first-start/pyenv_shim.sh", { __VERSION__: `${fitting!.minor}.99` }));
  chmodSync(at.path("shims/python3"), 0o755);
  at.env.PATH = `${at.path("shims")}:${at.env.PATH}`;
  const block = await refused("DEVPM_PYTHON_VERSION", 3);
  expect(block).toMatch(/looked at +python3: version .* is not installed/);
  await paste(block, url(port), venv);
});

test("a Python without ensurepip, as Debian's without python3-venv: another one makes the environment", async (ctx) => {
  const [one, other] = pythonsHere();
  ctx.skip(!one || !other, "it needs two Pythons");
  const { refused, paste, port, venv } = await opened(
    ctx,
    {},
    {
      PATH: pathWithout(ctx, { python3: pythonWithout(ctx, one!, "ensurepip") }),
      PYENV_ROOT: pyenvWith(ctx, [other!]),
    },
  );
  const block = await refused("DEVPM_TOOLCHAIN_MISSING", 3);
  expect(block).toContain("This Python cannot make virtual environments");
  expect(firstFix(block)).toContain(`versions/${other!.version}/bin/python3 -m venv api/.venv && devpm dev`);
  await paste(block, url(port), venv);
});

test("an environment whose Python was removed is made anew, and no other Python runs the app", async (ctx) => {
  const [one] = pythonsHere();
  ctx.skip(!one, "it needs a Python");
  const { refused, paste, port, venv } = await opened(
    ctx,
    {},
    { PATH: pathWithout(ctx, { python3: one!.file, python: one!.file }) },
  );
  execFileSync(one!.file, ["-m", "venv", venv]);
  rmSync(path.join(venv, "bin/python"));
  symlinkSync("/opt/removed/bin/python3", path.join(venv, "bin/python"));
  const block = await refused("DEVPM_TOOLCHAIN_MISSING", 3);
  expect(block).toContain("The Python of api/.venv is gone");
  expect(block).toMatch(new RegExp(`made with +${one!.version} of /`));
  expect(firstFix(block)).toBe("python3 -m venv --clear api/.venv && devpm dev");
  await paste(block, url(port), venv);
});

test("a Python without ensurepip, and uv", async (ctx) => {
  const [one] = pythonsHere();
  ctx.skip(!one, "it needs a Python");
  const uv = path.join(await pythonWith(["uv"]), "bin/uv");
  const { refused, paste, port, venv } = await opened(
    ctx,
    {},
    {
      PATH: pathWithout(ctx, { python3: pythonWithout(ctx, one!, "ensurepip"), uv }),
      PYENV_ROOT: pyenvWith(ctx, []),
    },
  );
  const block = await refused("DEVPM_TOOLCHAIN_MISSING", 3);
  expect(firstFix(block)).toBe("uv venv api/.venv && devpm dev");
  expect(block).toContain("or install what it lacks");
  await paste(block, url(port), venv);
});
