import { mkdirSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { save } from "../../rigs/save.ts";
import { until } from "../../rigs/wait.ts";
import { FASTAPI, FLASK, type Warm, type WarmOptions, makeVenvs, startWarm } from "./rig.ts";

const DOTENV = [...FLASK, "python-dotenv"];

beforeAll(async () => {
  await makeVenvs();
  await pythonWith(DOTENV);
}, 400_000);

const FLASK_APP = `import os
import sys
from flask import Flask

app = Flask(__name__)
DATA = open("data.yml").read().strip()


@app.get("/")
def index():
    return DATA + " " + os.environ.get("GREETING", "none")


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]), debug=True, extra_files="data.yml")
`;
const API = `import sys
import uvicorn
from fastapi import FastAPI

DATA = open("pages/data.html").read().strip()
app = FastAPI()


@app.get("/")
def index():
    return DATA


if __name__ == "__main__":
    uvicorn.run("api:app", port=int(sys.argv[1]), reload=True, reload_includes=["*.html"])
`;

describe("files that are named to the framework's own reloader", () => {
  it.for([
    ["extra_files=", { files: { "app.py": FLASK_APP }, program: ["app.py", "$PORT"] }, "data.yml"],
    [
      "--extra-files",
      {
        files: { "app.py": FLASK_APP },
        program: ["-m", "flask", "run", "--port", "$PORT", "--debug", "--extra-files", "data.yml"],
      },
      "data.yml",
    ],
    [
      "reload_includes=",
      { requirements: FASTAPI, files: { "api.py": API }, program: ["api.py", "$PORT"] },
      "pages/data.html",
    ],
  ] as const)("%s: each save shows", async ([, options, file], ctx) => {
    const warm = await startWarm(ctx, { ...options, files: { ...options.files, [file]: "first\n" } });
    await warm.untilBody("first");
    for (const value of ["second", "third"]) {
      warm.write(file, `${value}\n`);
      await warm.untilBody(value);
    }
    expect((await warm.reloads(2)).map((told) => told.file)).toEqual([file, file]);
  });

  it("where events do not come they are looked at", async (ctx) => {
    const files = { "app.py": FLASK_APP, "data.yml": "first\n" };
    const warm = await startWarm(ctx, { files, program: ["app.py", "$PORT"], options: ["--poll"] });
    await warm.untilBody("first");
    warm.write("data.yml", "second\n");
    await warm.untilBody("second");
    warm.write("web/new/module.py", "X = 1\n");
    await until("a new folder's file to reload", () => warm.all("reloaded").some(({ file }) => file.includes("new")));
  });

  it(".flaskenv: a new value wins, also against what the worker before had", async (ctx) => {
    const files = { "app.py": FLASK_APP, "data.yml": "hello", ".flaskenv": "GREETING=first\n" };
    const program = ["-m", "flask", "run", "--port", "$PORT", "--debug"];
    const warm = await startWarm(ctx, { requirements: DOTENV, files, program });
    await warm.untilBody("hello first");
    warm.write(".flaskenv", "GREETING=second\n");
    await warm.untilBody("hello second");
    warm.write(".flaskenv", "\n");
    await warm.untilBody("hello none");
  });
});

/** An app whose value stands in a module of its own. */
const valued = (value: string, more = ""): Record<string, string> => ({
  "app.py": `${more}from flask import Flask\nfrom value import VALUE\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return VALUE\n`,
  "value.py": `VALUE = "${value}"\n`,
});
const RUN = ["-m", "flask", "run", "--port", "$PORT"];
const text = (value: string): string => `VALUE = "${value}"\n`;

describe("saves in the manner of", () => {
  const at = (warm: Warm, file: string): string => path.join(warm.root, file);
  const ways: Record<string, (warm: Warm, value: string) => void> = {
    // a probe whether the folder can be written, the old file moved aside, the new one, the old one removed
    vim(warm, value) {
      writeFileSync(at(warm, "4913"), "");
      unlinkSync(at(warm, "4913"));
      renameSync(at(warm, "value.py"), at(warm, "value.py~"));
      writeFileSync(at(warm, "value.py"), text(value));
      unlinkSync(at(warm, "value.py~"));
    },
    JetBrains(warm, value) {
      writeFileSync(at(warm, "value.py___jb_tmp___"), text(value));
      renameSync(at(warm, "value.py"), at(warm, "value.py___jb_old___"));
      renameSync(at(warm, "value.py___jb_tmp___"), at(warm, "value.py"));
      unlinkSync(at(warm, "value.py___jb_old___"));
    },
    "VS Code": (warm, value) => writeFileSync(at(warm, "value.py"), text(value)),
    "black on save"(warm, value) {
      // an import of the save before must not find it empty
      save(at(warm, "value.py"), `VALUE='${value}'`);
      setTimeout(() => save(at(warm, "value.py"), text(value)), 120);
    },
  };

  it.for(Object.keys(ways))("%s", async (name, ctx) => {
    const warm = await startWarm(ctx, { files: valued("first"), program: RUN });
    await warm.untilBody("first");
    for (let count = 1; count <= 10; count += 1) {
      ways[name]?.(warm, `save-${count}-`);
      await warm.untilBody(`save-${count}-`);
    }
    await until("the last file to be whole", () => readFileSync(at(warm, "value.py"), "utf8") === text("save-10-"));
    await warm.untilBody("save-10-");
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("a module that is removed, and comes back", async (ctx) => {
    const warm = await startWarm(ctx, { files: valued("first"), program: RUN });
    await warm.untilBody("first");
    unlinkSync(at(warm, "value.py"));
    expect((await warm.told("crashed")).excerpt.join("\n")).toContain("No module named 'value'");
    warm.write("value.py", text("second"));
    await warm.untilBody("second");
  });
});

describe("a project that writes into its own folder while it starts", () => {
  const starts = (line: string): WarmOptions => ({
    files: valued("first", `import time\n\n${line}\n`),
    program: RUN,
  });
  /** It has come to rest: one more save is one more reload. */
  async function rests(warm: Warm, value: string): Promise<void> {
    warm.write("value.py", text(value));
    await warm.untilBody(value);
  }

  it("the same content each time is no save", async (ctx) => {
    const warm = await startWarm(ctx, starts(`open("made.py", "w").write("MADE = 1\\n")`));
    await warm.untilBody("first");
    await rests(warm, "second");
    await rests(warm, "third");
    expect(warm.all("reloaded").filter(({ file }) => file === "made.py").length).toBeLessThanOrEqual(2);
  });

  it("other content each time: a few reloads, and a line that says so", async (ctx) => {
    const warm = await startWarm(ctx, starts(`open("made.py", "w").write(f"MADE = {time.time()}\\n")`));
    await warm.untilBody("first");
    await rests(warm, "second");
    const noticed = await warm.told("notice");
    expect(noticed.text).toBe("made.py is written by the app itself while it starts: that does not reload it");
    const before = warm.all("reloaded").length;
    await rests(warm, "third");
    expect(warm.all("reloaded").length - before).toBeLessThanOrEqual(2);
  });
});

describe("a file that is named to devpm, saved again while each start goes on", () => {
  const STARTS = `import time
from flask import Flask

DATA = open("data.json").read()
with open("begun.log", "a") as begun:
    begun.write(DATA)
while DATA not in open("released.log").read():
    time.sleep(0.005)

app = Flask(__name__)


@app.get("/")
def index():
    return DATA
`;

  it("is reported as reloaded only once the last save answers", async (ctx) => {
    const files = { "app.py": STARTS, "data.json": "save-0;", "begun.log": "", "released.log": "save-0;" };
    const warm = await startWarm(ctx, { files, program: RUN, options: ["--watch-all", "data.json"] });
    await warm.untilBody("save-0");
    const has = (file: string, value: string) => readFileSync(path.join(warm.root, file), "utf8").includes(value);
    // the first at rest, each of the others once the start that the one before has caused has read its own
    for (let count = 1; count <= 4; count++) {
      warm.write("data.json", `save-${count};`);
      warm.write("released.log", Array.from({ length: count }, (_, former) => `save-${former};`).join(""));
      if (count < 4) await until(`a start with save ${count}`, () => has("begun.log", `save-${count};`));
    }
    warm.write("released.log", [0, 1, 2, 3, 4].map((count) => `save-${count};`).join(""));
    await until("the reload to be reported", () => warm.all("reloaded").length > 0);
    expect((await warm.get()).body).toBe("save-4;");
    expect(warm.all("notice").filter(({ text: said }) => said.includes("written by the app"))).toEqual([]);
  });
});

describe("a project's own module by the name of one of Python's", () => {
  const QUEUE = `from _queue import Empty\n\nMINE = "mine"\n\n\nclass Full(Exception):\n    pass\n\n\nclass Queue:\n    pass\n\n\nLifoQueue = PriorityQueue = SimpleQueue = Queue\n`;

  it("is what it imports, at the first start and after every save, and so do its libraries", async (ctx) => {
    const app = `import queue\nimport concurrent.futures.thread as library\nfrom flask import Flask\nfrom value import VALUE\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return f"{VALUE} {getattr(queue, 'MINE', None)} {library.queue is queue}"\n`;
    const files = { ...valued("first"), "app.py": app, "queue.py": QUEUE };
    const warm = await startWarm(ctx, { files, program: RUN });
    await warm.untilBody("first mine True");
    // only what was loaded ahead can be in the way
    const notices = () =>
      warm.all("notice").filter(({ text: said }) => said.includes("module queue takes the place of"));
    await until("the libraries to be learned", () => warm.all("preloaded").length > 0 || notices().length > 0);
    for (const value of ["second", "third", "fourth"]) {
      warm.write("value.py", text(value));
      await warm.untilBody(`${value} mine True`);
    }
    await until("the notice", () => notices().length > 0, { describe: () => JSON.stringify(warm.reports) });
    expect(notices()).toHaveLength(1);
  });
});

describe("where a module lies", () => {
  it("a link to a folder beside the project, and a save behind the link", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: { "app.py": valued("x")["app.py"]?.replace("from value", "from shared.value") ?? "" },
      program: RUN,
      prepare: (_, root) => {
        const beside = path.join(root, "../beside");
        mkdirSync(beside, { recursive: true });
        writeFileSync(path.join(beside, "value.py"), text("first"));
        symlinkSync(beside, path.join(root, "shared"));
      },
    });
    await warm.untilBody("first");
    warm.write("../beside/value.py", text("second"));
    await warm.untilBody("second");
  });

  it("`src` beside the app, by PYTHONPATH", async (ctx) => {
    const files = { "app/app.py": valued("x")["app.py"] ?? "", "src/value.py": text("first") };
    const program = ["-m", "flask", "--app", "app.app", "run", "--port", "$PORT"];
    const warm = await startWarm(ctx, { files, program, options: ["--watch", "app"], env: { PYTHONPATH: "src" } });
    await warm.untilBody("first");
    for (const value of ["second", "third"]) {
      warm.write("src/value.py", text(value));
      await warm.untilBody(value);
    }
  });
});
