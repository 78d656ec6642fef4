import { describe, expect, it } from "vitest";
import { interpreterOf, isPython } from "../../../src/config/shebang.ts";
import { pythonArguments } from "../../../src/reload/python-command.ts";

describe("a python command line", () => {
  it.for([
    [["-m", "flask", "run"], [], ["-m", "flask", "run"]],
    [
      ["-u", "-X", "dev", "-W", "error", "-Wignore", "server.py", "-u"],
      ["-u", "-X", "dev", "-W", "error", "-Wignore"],
      ["server.py", "-u"],
    ],
    [["-mflask", "run"], [], ["-m", "flask", "run"]],
    [["-c", "print(1)", "x"], [], ["-c", "print(1)", "x"]],
    [["-OO", "-Bs", "app/"], ["-OO", "-Bs"], ["app/"]],
    [["--check-hash-based-pycs", "never", "a.py"], ["--check-hash-based-pycs", "never"], ["a.py"]],
  ] as const)("%s", ([words, flags, program]) => {
    expect(pythonArguments(words)).toEqual({ flags, program });
  });

  it.for([[[]], [["-u"]], [["-i", "server.py"]], [["-m"]], [["-"]], [["--version"]]])(
    "%s cannot be run after a fork",
    ([words]) => {
      expect(pythonArguments(words ?? [])).toHaveProperty("cannot");
    },
  );

  it("is told by the program's name", () => {
    expect(["python", "/usr/bin/python3", "python3.13", "python3.13t", "pypy3"].every(isPython)).toBe(true);
    expect(["node", "ipython", "python-config", "pythonw.exe"].some(isPython)).toBe(false);
  });
});

describe("the interpreter of an installed script", () => {
  const of = (text: string): string[] | null => interpreterOf("/v/bin/flask", text);
  it.for([
    ["pip's", "#!/v/bin/python3.11\nimport re\n", ["/v/bin/python3.11"]],
    ["with flags", "#!/usr/bin/python3 -sE\n", ["/usr/bin/python3", "-sE"]],
    ["through env", "#!/usr/bin/env python3\n", ["python3"]],
    ["a path with spaces", `#!/bin/sh\n'''exec' "/a b/bin/python" "$0" "$@"\n' '''\n`, ["/a b/bin/python"]],
    [
      "a long path, unquoted",
      `#!/bin/sh\n'''exec' /${"x".repeat(150)}/python "$0" "$@"\n' '''\n`,
      [`/${"x".repeat(150)}/python`],
    ],
    [
      "uv's, that may be moved",
      `#!/bin/sh\n'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python' "$0" "$@"\n' '''\n`,
      ["/v/bin/python"],
    ],
    ["a shell script", "#!/bin/sh\nexec flask\n", null],
    ["a node script", "#!/usr/bin/env node\n", null],
    ["no script", "\u007fELF", null],
  ] as const)("%s", ([, text, expected]) => {
    expect(of(text)).toEqual(expected);
  });
});
