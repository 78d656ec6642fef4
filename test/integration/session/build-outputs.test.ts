import { expect, it } from "vitest";
import { findExecutable } from "../../../src/system/executables.ts";
import { files } from "../../../src/system/files.ts";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { untilAnswers } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const SERVER = `package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "first") })
	http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil)
}
`;

it("what a command builds in a folder that is watched is no save", { timeout: 300_000 }, async (ctx) => {
  const go = await findExecutable(files, "go", process.env.PATH, "/");
  ctx.skip(go === null, "there is no Go on this machine");
  const port = await freePort();
  const command = "go build -o out/server . && ./out/server";
  const api = { command, port, reload: "restart", ready: { http: "/", timeoutMs: 120_000 } };
  const project = await openProject(ctx, {
    files: {
      "go.mod": "module tiny\n\ngo 1.20\n",
      "main.go": SERVER,
      "ecosystem.config.json": JSON.stringify({ apps: { api } }),
    },
    env: { GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local" },
  });
  const deadlineMs = 240_000;
  expect(await project.devpm(["dev", "--detach"], { deadlineMs })).toMatchObject({ code: 0 });
  project.edit("main.go", '"first"', '"second"');
  const url = `http://127.0.0.1:${port}/`;
  await untilAnswers(url, ({ body }) => body === "second", { deadlineMs });
  const status = async () => {
    const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
    return apps[0];
  };
  await until("the reload to be counted", async () => {
    const now = await status();
    return now?.state === "ready" && now.reloads > 0;
  });
  expect(await status()).toMatchObject({ reloads: 1, restarts: 0 });
  expect((await project.devpm(["logs", "--no-follow"])).output).not.toContain("reloaded out");
  await project.devpm(["down"]);
});
