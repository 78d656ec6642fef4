import { symlinkSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";

const UV = ["flask==3.1.*", "uv"];

beforeAll(() => pythonWith(UV), 400_000);

const app = (value: string): string =>
  `from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return "${value}"\n`;

it("`uv run flask run` is kept warm as it stands, through the environment that uv finds", async (ctx) => {
  const venv = await pythonWith(UV);
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      "app.py": app("one"),
      "ecosystem.config.json": JSON.stringify({
        apps: { backend: { command: `${path.join(venv, "bin/uv")} run flask run --port ${port}`, port } },
      }),
    },
  });
  symlinkSync(venv, project.path(".venv"));
  const dev = project.start(["dev", "--json"]);
  const untilAnswers = (answer: string): Promise<unknown> =>
    until(`"${answer}"`, async () => (await ask(`http://127.0.0.1:${port}/`).catch(() => null))?.body === answer);
  await untilAnswers("one");
  for (const value of ["two", "three"]) {
    project.write("app.py", app(value));
    await untilAnswers(value);
  }
  await until("a warm reload to be told", () => /"event":"app.reloaded".*"how":"warm"/.test(dev.stdout.text()));

  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});
