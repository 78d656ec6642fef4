import { expect, test } from "vitest";
import { openProject } from "../../rigs/project.ts";

/* Through the built CLI: lines come from tsx's source maps, which a test runner would put its own in the place of. */

const CASES: [what: string, name: string, text: string, at: string, said: string][] = [
  [
    "a syntax error",
    "ecosystem.config.ts",
    "const a = 1;\nexport default { a,, };\n",
    "ecosystem.config.ts:2",
    'Expected identifier but found ","',
  ],
  [
    "a syntax error of CommonJS",
    "ecosystem.config.cjs",
    "module.exports = {\n  apps: [,,}\n",
    "ecosystem.config.cjs:2",
    "Unexpected token '}'",
  ],
  [
    "a syntax error of JSON",
    "ecosystem.config.json",
    '{ "apps":\n  [{ "name" "a" }] }\n',
    "ecosystem.config.json:2",
    "Unexpected string",
  ],
  [
    "a throw",
    "ecosystem.config.ts",
    'interface A {\n  a: number;\n}\nconst f = (a: A) => {\n  throw new Error("no " + a.a);\n};\nexport default f({ a: 1 });\n',
    "ecosystem.config.ts:5",
    "no 1",
  ],
  [
    "a name that is not there",
    "ecosystem.config.mts",
    "\nexport default { name: nope };\n",
    "ecosystem.config.mts:2",
    "ReferenceError: nope is not defined",
  ],
  [
    "a package that is not there",
    "ecosystem.config.ts",
    'import "no-such-package";\nexport default {};\n',
    "ecosystem.config.ts:1",
    "Cannot find module 'no-such-package'",
  ],
  ["something that is not an error", "ecosystem.config.cjs", "throw 5;\n", "ecosystem.config.cjs", "threw 5"],
  [
    "an error in a file it imports",
    "ecosystem.config.ts",
    'import "./more.ts";\n\n\nexport default {};\n',
    "more.ts:3",
    "deep",
  ],
];

const LOADED: [what: string, text: string, name: string, loaded: string, line: number, said: string][] = [
  [
    "TypeScript",
    'import "./part/of";',
    "part/of.ts",
    "export {};\nconst a = {{;\n",
    2,
    'Expected identifier but found "{"',
  ],
  [
    "an ES module",
    'import "./part/of.mjs";',
    "part/of.mjs",
    "export {};\nconst a = {{;\n",
    2,
    'Expected identifier but found "{"',
  ],
  ["CommonJS", 'import "./part/of.cjs";', "part/of.cjs", "\n\nmodule.exports = {{;\n", 3, "Unexpected token '{'"],
  [
    "JSON",
    'import "./part/of.json";',
    "part/of.json",
    '{\n  "a": 1\n  "b": 2\n}\n',
    3,
    "Expected ',' or '}' after property value in JSON",
  ],
];

for (const [what, imports, name, loaded, line, said] of LOADED) {
  test(`a syntax error in a file that the configuration loads is said with its line: ${what}`, async (ctx) => {
    const files = { "ecosystem.config.ts": `${imports}\nexport default {};\n`, [name]: loaded };
    const project = await openProject(ctx, { files });
    const { code, stderr } = await project.devpm(["render"]);
    expect(code).toBe(2);
    expect(stderr).toContain(`✖ ${name}, which ecosystem.config.ts loads, has a syntax error`);
    expect(stderr).toMatch(new RegExp(`^  at +${name}:${line}$`, "m"));
    expect(stderr).toMatch(new RegExp(`^  error +${said}$`, "m"));
    expect(stderr).toContain(`> ${line}  ${loaded.split("\n")[line - 1]}`);
  });
}

for (const [what, name, text, at, said] of CASES) {
  test(`${what} is said with the user's own line`, async (ctx) => {
    const more = "\n\nthrow new Error('deep');\n";
    const project = await openProject(ctx, { files: { [name]: text, "more.ts": more } });
    const { code, stderr } = await project.devpm(["render"]);
    expect(code).toBe(2);
    expect(stderr).toContain("DEVPM_CONFIG_UNREADABLE");
    expect(stderr).toMatch(new RegExp(`^  at +${at}$`, "m"));
    expect(stderr).toMatch(new RegExp(`^  error +${said}$`, "m"));
    const [file = "", line] = at.split(":");
    if (line) expect(stderr).toContain(`> ${line}  ${(file === name ? text : more).split("\n")[Number(line) - 1]}`);
    expect(stderr).not.toContain("node_modules");
  });
}
