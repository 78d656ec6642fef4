import { symlinkSync } from "node:fs";
import { expect, it } from "vitest";
import { untilAnswers } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";

const app = (answer: string): string => `
from flask import Flask

app = Flask(__name__)


@app.route("/")
def root():
    return "${answer} " + str(app.debug)
`;

/** What of Flask's command line is there has changed with 2.2 (\`--app\`) and 2.2.3 (\`run --debug\`). */
it.for([
  ["1.1", ["flask==1.1.4", "markupsafe==2.0.1"]],
  ["2.1", ["flask==2.1.3", "werkzeug<2.2"]],
  ["2.2", ["flask==2.2.1", "werkzeug<3"]],
] as const)("the preset runs Flask %s, with its debug pages, and reloads it", async ([, requirements], ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      "shop.py": app("one"),
      "ecosystem.config.json": JSON.stringify({ apps: { backend: { preset: "flask", app: "shop", port } } }),
    },
    // of another project: what the configuration names has precedence
    env: { FLASK_APP: "nothing" },
  });
  symlinkSync(await pythonWith(requirements), project.path(".venv"));
  const dev = project.start(["dev"]);
  await dev.waitFor(/ready in/);
  const url = `http://127.0.0.1:${port}/`;
  expect((await untilAnswers(url)).body).toBe("one True");
  project.write("shop.py", app("two"));
  await untilAnswers(url, ({ body }) => body === "two True");
  await dev.waitFor(/backend reloaded shop.py/);
  expect(dev.output()).not.toMatch(/not as expected|Restarting with/);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});
