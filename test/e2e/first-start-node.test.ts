import path from "node:path";
import { chmodSync } from "node:fs";
import { expect, test } from "vitest";
import { openFirstStart } from "../rigs/first-start.ts";
import { fixture } from "../rigs/fixtures.ts";
import { packageManager } from "../rigs/package-managers.ts";
import { freePort } from "../rigs/ports.ts";

/** Answers with the major version of its Node. */
const APP = fixture("first-start/node_version.cjs");

test("engines that exclude this Node, and yarn 1, which would refuse: another Node for this session", async (ctx) => {
  const port = await freePort();
  const other = process.versions.node.startsWith("22.") ? "20" : "22";
  const first = await openFirstStart(ctx, {
    files: {
      "web/package.json": JSON.stringify({ private: true, engines: { node: `${other}.x` }, dependencies: {} }),
      "web/yarn.lock": "# yarn lockfile v1\n",
      "web/app.cjs": APP,
      "ecosystem.config.json": JSON.stringify({
        apps: {
          web: {
            command: "node app.cjs",
            cwd: "web",
            port,
            ready: { http: "/" },
            setup: [{ run: "yarn install", inputs: ["package.json"] }],
          },
        },
      }),
    },
  });
  const yarn = packageManager("yarn@1.22.22", "yarn/bin/yarn.js");
  chmodSync(yarn, 0o755);
  first.project.env.PATH = `${path.join(path.dirname(yarn), "../../.bin")}:${first.project.env.PATH}`;
  const block = await first.refused("DEVPM_NODE_VERSION", 3);
  expect(block).toMatch(/refused by +yarn 1/);
  await first.paste(block, `http://127.0.0.1:${port}/`, other);
});
