import path from "node:path";
import { symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { fixture } from "../../rigs/fixtures.ts";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";

/** The real tools are installed, and ask the registry. */
const LONG = { timeout: 600_000 };
const WAIT = { deadlineMs: 300_000 };

const SERVER = fixture("session/show_prefix.py");
const NAMED = '[project]\nname = "api"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["iniconfig"]\n';
const POETRY = `[tool.poetry]\nname = "api"\nversion = "1"\npackage-mode = false\n[tool.poetry.dependencies]\npython = ">=3.9"\n`;

test.for([
  ["poetry", ["poetry"], { "pyproject.toml": POETRY }, /poetry install in api done/],
  // hishel 2 is no longer what pdm calls
  [
    "pdm",
    ["pdm", "hishel<2"],
    { "pyproject.toml": `${NAMED}[tool.pdm]\ndistribution = false\n` },
    /pdm install in api done/,
  ],
  ["pipenv", ["pipenv"], { Pipfile: '[packages]\niniconfig = "*"\n' }, /pipenv install --dev in api done/],
  // iniconfig is in its own environment alone
  [
    "hatch",
    ["hatch"],
    {
      "pyproject.toml": `${NAMED.replace('"iniconfig"', "")}[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[tool.hatch.build.targets.wheel]\nonly-include = ["app.py"]\n[tool.hatch.envs.default]\ndependencies = ["iniconfig"]\n`,
    },
    /hatch run python --version in api done/,
  ],
] as const)(
  "%s makes the environment where it keeps it, once",
  LONG,
  async ([tool, requirements, files, done], ctx) => {
    const port = await freePort();
    const project = await openProject(ctx, {
      awkwardPath: true,
      files: {
        ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`api/${name}`, text])),
        // poetry asks an interface of the registry that its mirrors rarely have
        "api/app.py": tool === "poetry" ? SERVER : `import iniconfig\n${SERVER}`,
        "ecosystem.config.json": JSON.stringify({ apps: { api: { command: "python app.py", cwd: "api", port } } }),
      },
    });
    if (requirements.length > 0) {
      // the tool alone: with its environment's own folder on PATH, python3 would be that environment's
      const venv = await pythonWith(requirements);
      symlinkSync(path.join(venv, "bin", tool), path.join(path.dirname(project.root), "bin", tool));
    }
    const up = await project.devpm(["dev", "--detach"], WAIT);
    expect(up, up.output).toMatchObject({ code: 0, output: expect.stringMatching(done) });
    const kept =
      tool === "hatch"
        ? expect.stringMatching(/\/hatch\/env\/virtual\/api\/[\w-]{8}\/api$/)
        : project.path("api/.venv");
    expect((await ask(`http://127.0.0.1:${port}`)).body).toEqual(kept);
    await project.devpm(["down"]);
    const again = await project.devpm(["dev", "--detach"], WAIT);
    expect(again).toMatchObject({ code: 0, output: expect.not.stringMatching(/ install|hatch run/) });
    await project.devpm(["down"]);
  },
);
