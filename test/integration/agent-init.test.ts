import { lstatSync, statSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { openProject } from "../rigs/project.ts";

const CONFIG = { "ecosystem.config.json": '{ "apps": { "web": { "command": "sleep 600" } } }' };

test("agent init writes into the file that a link leads to, and a second time nothing", async (ctx) => {
  const project = await openProject(ctx, { files: { ...CONFIG, "CLAUDE.md": "# Mine\n" } });
  symlinkSync("CLAUDE.md", project.path("AGENTS.md"));
  const mode = statSync(project.path("CLAUDE.md")).mode;
  const first = await project.devpm(["agent", "init"]);
  expect(first, first.output).toMatchObject({ code: 0, stderr: "" });
  expect(lstatSync(project.path("AGENTS.md")).isSymbolicLink()).toBe(true);
  expect(project.read("CLAUDE.md")).toMatch(/^# Mine\n\n<!-- devpm[^]* dev -d`[^]*devpm: end -->\n$/);
  expect(statSync(project.path("CLAUDE.md")).mode).toBe(mode);
  const second = await project.devpm(["agent", "init"]);
  expect(second).toMatchObject({ code: 0, stdout: "nothing to add: the files have it already\n" });

  project.write(".mcp.json", "// mine\n{}");
  const left = await project.devpm(["agent", "init"]);
  expect(left.stdout).toMatch(/\.mcp\.json is left as it is[^]*nothing else to add\n$/);
  expect(project.read(".mcp.json")).toBe("// mine\n{}");
});
