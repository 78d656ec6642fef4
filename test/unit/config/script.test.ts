import { expect, test } from "vitest";
import { scriptCommand } from "../../../src/config/script.ts";

const plain = { args: undefined, interpreter: undefined, interpreterArgs: undefined } as const;

test.each([
  ["a .js file by node", { ...plain, script: "/p/server.js", found: "file" }, ["node", "/p/server.js"]],
  [
    "a .py file by python",
    { ...plain, script: "/p/app.py", args: "--a  b", found: "executable" },
    ["python", "/p/app.py", "--a", "b"],
  ],
  [
    "the interpreter that is named",
    { ...plain, script: "/p/app.py", interpreter: "python3", interpreterArgs: "-u", found: "file" },
    ["python3", "-u", "/p/app.py"],
  ],
  [
    "none: directly",
    { ...plain, script: "/p/run.py", interpreter: "none", args: ["x y"], found: "executable" },
    ["/p/run.py", "x y"],
  ],
  [
    "a program of the PATH directly",
    { ...plain, script: "npm", args: ["run", "dev"], found: "program" },
    ["npm", "run", "dev"],
  ],
  [
    "a file without an ending by node, unless it can be executed",
    { ...plain, script: "/p/www", found: "file" },
    ["node", "/p/www"],
  ],
  ["an executable without an ending directly", { ...plain, script: "/p/www", found: "executable" }, ["/p/www"]],
] as const)("%s", (_, script, argv) => {
  expect(scriptCommand(script)).toEqual({ argv, shell: false });
});

test("a script with a space that is no file is a command line, as for PM2", () => {
  expect(scriptCommand({ ...plain, script: "python -m http.server", args: ["8000"], found: "program" })).toEqual({
    line: "python -m http.server 8000",
    shell: true,
  });
});
