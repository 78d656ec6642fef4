// Files that a person has half written, or that name what nothing is called: detection reads them and never throws.
import { expect, test } from "vitest";
import { recipes } from "../../../src/detect/commands/sources/makefile.ts";
import { commandsIn } from "../../../src/detect/commands/shell.ts";
import { configText } from "../../../src/detect/config-text.ts";
import { evaluateExport } from "../../../src/detect/parse/javascript.ts";
import { FASTAPI, VITE, found, layout, packageJson } from "./layout.ts";

const IMPORT = 'import x from "./x";\n';

test.each([
  ["a key without a value beside an import", `${IMPORT}export default { "a(" }`],
  ["a setting that is called callable", "export default { callable: null }"],
  ["a setting that is called callable, of an unknown value", "export default { callable: a.b }"],
  [
    "a table that looks like a function",
    'const f = { callable: { lastChild: { name: "Block" } } };\nexport default f()',
  ],
])("a configuration with %s", (_, config) => {
  expect(found({ "package.json": VITE, "vite.config.ts": config }).apps).toMatchObject([{ port: 5173 }]);
});

test("a setting that is called environment is no environment", () => {
  const config = "const own = { environment: true, port: 3001 };\nexport default { server: { port: own.port } }";
  expect(evaluateExport(config, { port: "1" })).toMatchObject({ server: { port: 3001 } });
});

test("names with a dollar are imported as they are written", () => {
  const imports = (): { text: string; imports: () => null } => ({
    text: "export const $port = 3001;\nexport const port$ = 3002;\nexport const port = 3003;",
    imports: () => null,
  });
  const config = 'import { $port, port$ as other } from "./x";\nexport default { $port, other }';
  expect(evaluateExport(config, {}, imports)).toMatchObject({ $port: 3001, other: 3002 });
});

test.each([
  ["?", "a"],
  ["a(b", "a(b"],
  ["{a,b(}", "b("],
  ["[z-a]", "[z-a]"],
  ["li?s", "libs"],
])("a workspace of %s", (pattern, folder) => {
  const root = packageJson({ dev: "vite" }, ["vite"], { workspaces: [pattern], packageManager: "pnpm@9.0.0" });
  const files = { "package.json": root, [`${folder}/package.json`]: VITE };
  expect(found(files).apps.find(({ cwd }) => cwd === folder)).toMatchObject({ packageManager: "pnpm" });
});

test("scripts are those of the package alone, not of every object", () => {
  const files = { "package.json": packageJson({ dev: "npm run constructor", ui: "vite" }, ["vite"]) };
  expect(found(files).apps).toMatchObject([{ kind: "vite" }]);
});

test("a key of an environment file that is no name", () => {
  const compose = "services:\n  db:\n    image: postgres\n    ports: ['5432:5432']\n";
  const files = { "main.py": FASTAPI, "requirements.txt": "fastapi", "compose.yml": compose };
  expect(found({ ...files, ".env.example": "DB(URL=postgres://db:5432/shop\n" }).apps).toMatchObject([{ port: 8000 }]);
});

test("references to what every object has are none", () => {
  const [command] = commandsIn("uvicorn $constructor --port ${toString}");
  expect(command?.words).toEqual(["uvicorn", "$constructor", "--port", "${toString}"]);
  const [recipe] = recipes(layout({ Makefile: "dev:\n\tuvicorn $(constructor)\n" }));
  expect(recipe?.text).toBe("uvicorn $(constructor)");
});

test("an app that is called __proto__ is in the configuration", () => {
  const files = { "__proto__/package.json": VITE, "main.py": FASTAPI, "requirements.txt": "fastapi" };
  expect(configText(found(files))).toContain('["__proto__"]: vite({');
});

/** Four hundred thousand of something, for which a pattern or a loop that starts again at each would take minutes. */
const many = (text: string): string => text.repeat(400_000);
const CACHE = 'services:\n  cache: { image: "redis:8", ports: ["6379:6379"] }\n';

test.each([
  [
    "empty lines",
    {
      "main.py": `${FASTAPI}# cache, CACHE_HOST\n${many("\n")}${many(" ")}`,
      "compose.yml": CACHE,
      ".env": "CACHE_HOST=cache\n",
    },
  ],
  [
    "spaces after a word",
    {
      "main.py": `${FASTAPI}# CACHE_HOST cache\nconfig${many(" ")}`,
      "compose.yml": CACHE,
      ".env": "CACHE_HOST=cache\n",
    },
  ],
  ["fences in a document", { "main.py": FASTAPI, "README.md": `.env\n${many("```\n")}` }],
])("%s without end are read in one pass", (_, files) => {
  expect(found({ "requirements.txt": "fastapi\n", ...files }).apps).toHaveLength(1);
});
