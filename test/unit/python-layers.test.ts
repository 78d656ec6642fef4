import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { noPython, pythonViolations } from "../rigs/python-layers.ts";

const REPOSITORY = path.resolve(import.meta.dirname, "../..");
const unable = noPython();

/** A source tree of its own: path below src/reload/prefork (or below src, with a slash before it) → text. */
function sourcesWith(files: Record<string, string>): string {
  const root = mkdtempSync(path.join(tmpdir(), "devpm-python-layers-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, "src", name.startsWith("/") ? name.slice(1) : path.join("reload/prefork", name));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}

describe("the rules of the Python", { timeout: 120_000 }, () => {
  beforeEach((ctx) => ctx.skip(unable !== null, unable ?? ""));

  it("are kept here", () => {
    expect(pythonViolations(REPOSITORY)).toEqual([]);
  });

  it.each([
    [
      "shared knows no other folder",
      { "shared/a.py": "from ..worker import b\nb", "worker/b.py": "" },
      "shared/a: may not import worker/b",
    ],
    [
      "a worker does not know the supervisor",
      { "worker/a.py": "from ..supervisor.b import c\nc", "supervisor/b.py": "c = 1" },
      "worker/a: may not import supervisor/b",
    ],
    [
      "nor its hooks",
      { "worker/a.py": "from .hooks import b\nb", "worker/hooks/b.py": "" },
      "worker/a: may not import worker/hooks/b",
    ],
    [
      "the supervisor knows of a worker only how to become one",
      { "supervisor/a.py": "def f():\n    from ..worker.b import c\n    c()\nf()", "worker/b.py": "def c(): pass" },
      "supervisor/a: may not import worker/b",
    ],
    ["a folder needs its place", { "attic/a.py": "" }, "attic/a: attic has no place in the layers"],
    [
      "what is imported is there",
      { "shared/a.py": "from .b import c\nc" },
      "shared/a: imports shared/b, which is not there",
    ],
    [
      "what is imported from a file stands in it",
      { "shared/a.py": "from .b import c\nc", "shared/b.py": "d = 1\nd" },
      "shared/a: imports c from shared/b, which has none",
    ],
    [
      "a cycle",
      { "shared/a.py": "from . import b\nb", "shared/b.py": "from .a import b" },
      "import cycle: shared/a → shared/b → shared/a",
    ],
    [
      "a cycle that a function hides",
      { "shared/a.py": "from . import b\nb", "shared/b.py": "def f():\n    from . import a\n    a\nf()" },
      "import cycle: shared/a → shared/b → shared/a",
    ],
    [
      "the supervisor stays light",
      { "boot.py": "from .shared import a\na", "shared/a.py": "import json\njson" },
      "shared/a: imports json at once",
    ],
    [
      "only the standard library",
      { "/teardown/a.py": "import requests\nrequests" },
      "teardown/a: imports requests: the standard library",
    ],
    ["300 lines", { "/teardown/a.py": "\n".repeat(301) }, "teardown/a: 301 lines, at most 300"],
    [
      "60 lines of a function",
      { "shared/a.py": `def f():\n${"    pass\n".repeat(60)}f()` },
      "f has 61 lines, at most 60",
    ],
    ["a function that nothing calls", { "shared/a.py": "def f(): pass" }, "shared/a: f is never read"],
    [
      "a field that nothing reads",
      { "shared/a.py": "class A:\n    def __init__(self):\n        self.stood_down = 1\nA()" },
      "shared/a: stood_down is never read",
    ],
    ["a constant that nothing reads", { "/teardown/a.py": "MOST = 5" }, "teardown/a: MOST is never read"],
  ])("%s", (_, files: Record<string, string>, expected) => {
    expect(pythonViolations(sourcesWith(files)).join("\n")).toContain(expected);
  });

  it.each([
    [
      "that nothing sends",
      "",
      "def on_ready(self, _, files): pass",
      "FromTemplateToSupervisor.ready is never sent by template",
    ],
    ["without a handler", "FromTemplateToSupervisor.ready(files=1)", "pass", "ready has no handler"],
    [
      "whose field the handler does not take",
      "FromTemplateToSupervisor.ready(files=1)",
      "def on_ready(self, _): pass",
      "on_ready does not take files",
    ],
    [
      "that is not listed",
      "FromTemplateToSupervisor.gone()",
      "def on_ready(self, _, files): pass",
      "FromTemplateToSupervisor has no gone",
    ],
    [
      "that is handled and never comes",
      "FromTemplateToSupervisor.ready(files=1)",
      "def on_ready(self, _, files): pass\n    def on_gone(self, _): pass",
      "on_gone handles no message",
    ],
  ])("a message %s", (_, sent, handled, expected) => {
    const root = sourcesWith({
      "shared/messages.py": 'class FromTemplateToSupervisor:\n    ready = Message("files")',
      "template/template.py": `from ..shared.messages import FromTemplateToSupervisor\n${sent}`,
      "supervisor/template_messages.py": `class Preloader:\n    ${handled}`,
    });
    expect(pythonViolations(root).join("\n")).toContain(expected);
  });

  it("let through what is well", () => {
    const root = sourcesWith({
      "boot.py": "from .supervisor.main_loop import run\n\nrun()\n",
      "supervisor/main_loop.py": "from ..shared import a\n\n\ndef run():\n    import json\n\n    json.dumps(a.VALUE)\n",
      "shared/a.py": "import os\n\nVALUE = os.sep\n",
    });
    expect(pythonViolations(root)).toEqual([]);
  });
});

it("the linter bounds the complexity of what ships", { timeout: 120_000 }, () => {
  const branches = Array.from({ length: 13 }, (_, at) => `    if a == ${at}:\n        a += ${at + 1}\n`).join("");
  const root = sourcesWith({ "/teardown/a.py": `def tangled(a):\n${branches}    return a\n` });
  const linted = spawnSync(
    process.execPath,
    [path.join(REPOSITORY, "scripts/python.mjs"), path.join(root, "src/teardown/a.py")],
    { encoding: "utf8" },
  );
  expect(linted.stderr).toContain("C901 `tangled` is too complex");
  expect(linted.stderr).toContain("PLR0912");
  expect(linted.status).toBe(1);
});
