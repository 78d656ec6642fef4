import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";

/** Notes each part of the bundle that a process reads. */
const NOTING = `
const fs = require("node:fs");
const { openSync, readSync } = fs;
const opened = new Map();
fs.openSync = (file, ...rest) => {
  const descriptor = openSync(file, ...rest);
  opened.set(descriptor, /\\/dist\\/lib\\/(\\w+\\.cjs)$/.exec(String(file))?.[1]);
  return descriptor;
};
fs.readSync = (descriptor, ...rest) => {
  const part = opened.get(descriptor);
  if (part) fs.appendFileSync(__dirname + "/read", part + "\\n");
  opened.delete(descriptor);
  return readSync(descriptor, ...rest);
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
  expect(readFileSync(path.join(folder, "read"), "utf8")).toBe("cli.cjs\nsession.cjs\n");
});
