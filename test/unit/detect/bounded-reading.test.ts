// Texts that no person writes: what reads them must not take the square of their length.
import { expect, test } from "vitest";
import { commandsOf } from "../../../src/detect/commands/all.ts";
import { readDockerfile } from "../../../src/detect/commands/sources/dockerfile.ts";
import { documented } from "../../../src/detect/commands/sources/documents.ts";
import { appNamed } from "../../../src/detect/python/frameworks.ts";
import { snapshot } from "../../../src/detect/repository/snapshot.ts";
import { FLASK, VITE, found, packageJson, python } from "./layout.ts";

test.each([
  ["main.py", "web", "app"],
  ["shop.py", "app", "get"],
])("a call in %s whose name has no end", (file, name, piece) => {
  const files = { "requirements.txt": "flask", [file]: `${name} = ${piece.repeat(400_000)}\n` };
  expect(found({ "app.py": FLASK, ...files }).apps).toMatchObject([{ app: "app" }]);
});

test("an application that is wrapped again and again, of which nothing shows what it is", () => {
  const wraps = Array.from({ length: 9 }, (_, at) => `        self.app = Layer${at}Middleware(self.app)\n`).join("");
  const server = `class Server:\n    def __init__(self, app):\n        self.app = app\n${wraps}server = Server()\napp = server.app\n`;
  const files = { "requirements.txt": "fastapi", "main.py": server };
  expect(found(files).apps).toEqual([]);
  const known = server.replace("self.app = app", "self.app = FastAPI()");
  expect(found({ ...files, "main.py": `from fastapi import FastAPI\n${known}` }).apps).toMatchObject([
    { kind: "fastapi", app: "main" },
  ]);
});

test("an application of a class with hundreds of bases, each of which has hundreds", () => {
  const names = (level: number): string[] => Array.from({ length: 200 }, (_, at) => `C${level}_${at}`);
  const level = (n: number): string =>
    names(n)
      .map((name) => `class ${name}(${names(n + 1).join()}): pass\n`)
      .join("");
  const classes = [0, 1, 2, 3, 4].map(level).join("");
  expect(appNamed(python({ "m.py": `${classes}app = C0_0()\n` }), "m.py", "app")).toBeNull();
});

test("a variable of an image without a value", () => {
  const text = `FROM python\nENV A=b ${"a".repeat(1_000_000)} =\n`;
  expect(readDockerfile("Dockerfile", text).env).toEqual({ A: "b" });
});

test.each([
  ["blocks", "```\ncd a\n```\n"],
  ["indented lines", "    cd a\n"],
])("commands in a document after thousands of %s do not carry all of them", (_, piece) => {
  const text = `${piece.repeat(3_000)}\n# Start\n\n    cd api\n\n    uvicorn main:app\n`;
  const commands = documented(snapshot({ name: "shop", files: new Map([["README.md", text]]) }));
  expect(Math.max(...commands.map((one) => one.text.length))).toBeLessThan(3_000);
  expect(commands.at(-1)?.text).toBe("cd api\nuvicorn main:app");
});

test("scripts that were generated hold more commands than are looked at", () => {
  const script = "python -m tools.job\n".repeat(2_000);
  const files = Array.from({ length: 40 }, (_, at): [string, string] => [`jobs/run_${at}.sh`, script]);
  const commands = commandsOf(snapshot({ name: "shop", files: new Map(files) }));
  expect(commands.length).toBeGreaterThan(15_000);
  expect(commands.length).toBeLessThan(25_000);
});

const MANY = 200_000;

test.each<[string, string, string]>([
  ["a setting with an end of blanks", "supervisord.conf", `[program:x]\ncommand=a${" ".repeat(MANY)}b\n`],
  ["a setting without a value", "uwsgi.ini", `[uwsgi]\n${"a".repeat(MANY)}\n`],
  ["a default that never ends", "Taskfile.yml", `vars:\n  A: '{{${"default a ".repeat(MANY / 10)}'\n`],
  ["a path of Windows without a file", "package.json", JSON.stringify({ scripts: { dev: "a\\".repeat(MANY) } })],
  ["a line of words", "Makefile", `dev${" a".repeat(MANY)}\n`],
  ["a line of variables", "README.md", `\`${"A=b ".repeat(MANY)}\`\n${"A=b ".repeat(MANY)}\n`],
  ["a path without an end", "README.md", `    ${"a/".repeat(MANY)}\n${".env/".repeat(MANY)}\n`],
  ["references", "run.sh", `uvicorn main:app --port ${"$a".repeat(20_000)}\n`],
  ["links without an end", "README.md", `${"](".repeat(MANY)}\n`],
  ["an address of digits", "uwsgi.ini", `[uwsgi]\nmodule=main\nhttp=${"1".repeat(MANY)}x\n`],
  ["a variable with an end of blanks", "Makefile", `A = x${" ".repeat(MANY)}y\n`],
  ["a port of colons", "compose.yml", `services: {a: {image: redis, ports: ["${":".repeat(MANY)}"]}}\n`],
  ["the name of an image", "compose.yml", `services: {a: {image: "${"backup".repeat(MANY / 6)}!"}}\n`],
  ["resources without an end", "Tiltfile", "local_resource(\nserve_cmd=".repeat(5_000)],
])("%s is read in the time that its length takes", (_, file, text) => {
  expect(found({ "app.py": FLASK, "requirements.txt": "flask", [file]: text }).apps).toMatchObject([{ app: "app" }]);
});

const doubled = (line: (name: string, before: string) => string): string =>
  Array.from({ length: 60 }, (_, at) => line(`A${at + 1}`, `A${at}`)).join("\n");

test.each<[string, string, string]>([
  [
    "a Makefile",
    "Makefile",
    `A0=port\n${doubled((name, before) => `${name}=$(${before})$(${before})`)}\nx:\n\techo $(A60)\n`,
  ],
  ["a script", "run.sh", `A0=port\n${doubled((name, before) => `${name}=$${before}$${before}`)}\nuvicorn $A60\n`],
])("variables of %s that double sixty times", (_, file, text) => {
  expect(found({ "app.py": FLASK, "requirements.txt": "flask", [file]: text }).apps).toMatchObject([{ app: "app" }]);
});

test("a Makefile of many variables and many lines", () => {
  const variables = Array.from({ length: 8_000 }, (_, at) => `V${at}=${at}\n`).join("");
  const files = { "app.py": FLASK, "requirements.txt": "flask", Makefile: `${variables}x:\n${"\tx\n".repeat(20_000)}` };
  expect(found(files).apps).toMatchObject([{ app: "app" }]);
});

test.each([["*".repeat(60)], ["{*,*}".repeat(30)]])("a workspace of %s", (stars) => {
  const folder = `apps/${"a".repeat(60)}`;
  const root = packageJson({ dev: "vite" }, ["vite"], { workspaces: [`${stars}z`] });
  expect(found({ "package.json": root, [`${folder}/package.json`]: VITE }).apps).toHaveLength(2);
});

test("configurations that import each other in each of their thousand values", () => {
  const config = (from: string): string => `import a from "./${from}";\nexport default [${"a,".repeat(3_000)}]\n`;
  const files = { "vite.config.ts": config("b"), "b.js": config("c"), "c.js": config("vite.config") };
  expect(found({ "package.json": VITE, ...files }).apps).toMatchObject([{ port: 5173 }]);
});

const SERVED = "import uvicorn\nfrom fastapi import FastAPI\napp = FastAPI()\n";
const serving = (port: string): string => `${SERVED}if __name__ == "__main__":\n    uvicorn.run(app, port=${port})\n`;

test("a class of settings with a hundred ways to the same one", () => {
  const bases = (at: number): string => Array.from({ length: 30 }, () => `S${at + 1}`).join(", ");
  const classes = Array.from({ length: 12 }, (_, at) => `class S${at}(${bases(at)}):\n    pass\n`).join("");
  const program = `${classes}settings = S0()\n${serving("settings.port")}`;
  const files = { "requirements.txt": "fastapi\nuvicorn", "main.py": program, "run.sh": "python main.py" };
  expect(found(files).apps).toMatchObject([{ app: "main", port: 8000 }]);
});

test("settings that name each other in dozens of modules", () => {
  const imports = Array.from({ length: 40 }, (_, at) => `import m${at}\n`).join("");
  const module = `${imports}Q = app.config["Q"] or app.config["Q"]\n`;
  const modules = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`m${at}.py`, module]));
  const program = `${imports}${serving('app.config["Q"]')}`;
  const files = { "requirements.txt": "fastapi\nuvicorn", "main.py": program, "run.sh": "python main.py", ...modules };
  expect(found(files).apps).toMatchObject([{ app: "main", port: 8000 }]);
});

test("modules that take every name of each other", () => {
  const stars = Array.from({ length: 12 }, (_, at) => `from m${at} import *\n`).join("");
  const modules = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`m${at}.py`, stars]));
  const files = { "requirements.txt": "fastapi", "main.py": stars, "run.sh": "uvicorn main:app", ...modules };
  expect(found(files).apps).toEqual([]);
  const known = found({ ...files, "m11.py": `${stars}from fastapi import FastAPI\napp = FastAPI()\n` });
  expect(known.apps).toMatchObject([{ app: "main" }]);
});
