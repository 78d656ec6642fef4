import { execFileSync } from "node:child_process";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import {
  apiFiles,
  FASTAPI,
  FLASK,
  FLASK_RUN,
  flaskFiles,
  flaskRoutes,
  makeVenvs,
  startWarm,
  type WarmOptions,
} from "./rig.ts";
import { fixture } from "../../rigs/fixtures.ts";

const BOTTLE = ["bottle"];

/** Every way a person starts such an app, its own reloader switched on where it has one. */
const script = (run: string): Record<string, string> => ({
  ...flaskFiles("one"),
  "server.py": `import os, sys\nfrom web.app import app\n\nif __name__ == "__main__":\n    ${run}\n`,
});
const apiScript = (run: string): Record<string, string> => ({
  ...apiFiles("one"),
  "server.py": `import uvicorn\n\nif __name__ == "__main__":\n    ${run}\n`,
});

const ways: Record<string, Pick<WarmOptions, "files" | "program" | "requirements">> = {
  "python -m flask run --debug": { files: flaskFiles("one"), program: FLASK_RUN },
  "flask run --reload": {
    files: flaskFiles("one"),
    program: ["flask", "--app", "web.app", "run", "--port", "$PORT", "--reload"],
  },
  "python server.py with app.run(debug=True)": {
    files: script(`app.run(port=int(sys.argv[1]), debug=True)`),
    program: ["server.py", "$PORT"],
  },
  "python server.py with http.server": {
    files: {
      "web/routes.py": "VALUE = 'one'\n",
      "server.py": fixture("reload/http_server.py"),
    },
    program: ["server.py", "$PORT"],
  },
  "python server.py with bottle's run(reloader=True)": {
    requirements: BOTTLE,
    files: {
      "web/routes.py": "VALUE = 'one'\n",
      "server.py": fixture("reload/bottle_server.py"),
    },
    program: ["server.py", "$PORT"],
  },
  "uvicorn --reload": {
    requirements: FASTAPI,
    files: apiFiles("one"),
    program: ["uvicorn", "api:app", "--port", "$PORT", "--reload"],
  },
  "fastapi dev": {
    requirements: FASTAPI,
    files: apiFiles("one"),
    program: ["fastapi", "dev", "api.py", "--port", "$PORT"],
  },
  "python server.py with uvicorn.run(reload=True)": {
    requirements: FASTAPI,
    files: apiScript(`import sys; uvicorn.run("api:app", port=int(sys.argv[1]), reload=True, reload_dirs=["."])`),
    program: ["server.py", "$PORT"],
  },
};
beforeAll(async () => {
  await makeVenvs();
  await pythonWith(BOTTLE);
}, 400_000);

describe("the user's command stays as written", () => {
  it.for(Object.entries(ways))("%s", async ([, way], ctx) => {
    const warm = await startWarm(ctx, way);
    await warm.untilBody("one");
    await warm.told("preloaded");
    const isApi = "values.py" in way.files;
    for (const value of ["two", "three"]) {
      if (isApi) warm.write("values.py", `VALUE = "${value}"\n`);
      else if (way.files["web/app.py"]) warm.write("web/routes.py", flaskRoutes(value));
      else warm.write("web/routes.py", `VALUE = '${value}'\n`);
      await warm.untilBody(value);
    }
    const reloads = await warm.reloads(2);
    expect(reloads).toHaveLength(2);
    expect(reloads.every(({ warm: isWarm }) => isWarm)).toBe(true);
    // a reloader of the framework's own would be a further python
    expect(warm.output()).not.toMatch(/Restarting with|reloader process/i);
    expect((await warm.stop()).code).toBe(0);
  });
});

describe("python's garbage collector, which a start does without", () => {
  const telling = (set: string): Record<string, string> => ({
    ...flaskFiles("one"),
    "web/routes.py": `import gc\n${set}\n${flaskRoutes("one")}\n\n@routes.get("/gc")\ndef thresholds():\n    return str(gc.get_threshold())\n`,
  });

  let usual: string;
  beforeAll(async () => {
    const python = path.join(await pythonWith(FLASK), "bin/python");
    usual = execFileSync(python, ["-c", "import gc; print(gc.get_threshold())"], { encoding: "utf8" }).trim();
  });

  it("is as python has it once the app has answered, also after a save", async (ctx) => {
    const warm = await startWarm(ctx, { files: telling(""), program: FLASK_RUN });
    await warm.untilBody("one");
    await warm.untilBody(usual, "/gc");
    await warm.told("preloaded");
    warm.write("web/routes.py", telling("")["web/routes.py"]!.replace(`return "one"`, `return "two"`));
    await warm.untilBody("two");
    await warm.untilBody(usual, "/gc");
    expect((await warm.reloads(1))[0]).toMatchObject({ warm: true });
  });

  it("is as python has it in a program that nobody asks anything", async (ctx) => {
    const files = {
      "server.py": "import gc, time\nwhile True:\n    print(gc.get_threshold(), flush=True)\n    time.sleep(0.1)\n",
    };
    const warm = await startWarm(ctx, { files, program: ["server.py"] });
    await until("python's own thresholds", () => warm.output().includes(`${usual}\n`));
  });

  it("is as the app has set it", async (ctx) => {
    const warm = await startWarm(ctx, { files: telling("gc.set_threshold(1234, 5, 6)"), program: FLASK_RUN });
    await warm.untilBody("one");
    for (let count = 0; count < 3; count += 1) expect((await warm.untilBody("(", "/gc")).body).toBe("(1234, 5, 6)");
  });
});
