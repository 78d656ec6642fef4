import { expect, test } from "vitest";
import { missing } from "../../../src/preflight/toolchain/diagnostics.ts";

test.each([
  ["/srv/shop", ["needed by", "looked in"]],
  ["/srv/a:b", ["needed by", "looked in", "not in"]],
])("a program that PATH does not have, of a project in %s", (root, labels) => {
  const machine = { platform: "linux", root, installer: null, pipRefuses: false, pipx: false } as const;
  const { evidence } = missing({ what: "program", name: "vite", apps: ["web"], venv: null }, machine);
  expect(evidence.map(([label]) => label)).toEqual(labels);
});
