import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";

/** Notes each part of the bundle that a process opens. */
const NOTING = `
const fs = require("node:fs");
const { openSync } = fs;
fs.openSync = (file, ...rest) => {
  const [, part] = /\\/dist\\/lib\\/(\\w+\\.cjs)$/.exec(String(file)) ?? [];
  if (part) fs.appendFileSync(__dirname + "/opened", part + "\\n");
  return openSync(file, ...rest);
};
`;

test("a session in a terminal, its first too, reads what sessions need of the bundle, and nothing else", async (ctx) => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-bundle-"));
  ctx.onTestFinished(() => rmSync(folder, { recursive: true }));
  const noting = path.join(folder, "noting.cjs");
  writeFileSync(noting, NOTING);
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig } from "devpm";
        export default defineConfig({ name: "parts", apps: {
          backend: { command: ["python3", "-m", "http.server", "${port}"], port: ${port} },
        } });`,
    },
  });
  const terminal = await project.terminal(["dev"], { env: { NODE_OPTIONS: `--require ${noting}` } });
  await terminal.waitFor(/ready in/);
  terminal.write("\x03");
  expect(await terminal.ended()).toEqual({ code: 130, signal: null });
  expect(readFileSync(path.join(folder, "opened"), "utf8")).toBe("cli.cjs\nsession.cjs\n");
});
