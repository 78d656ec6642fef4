import { expect, it } from "vitest";
import { findExecutable } from "../../../src/system/executables.ts";
import { files } from "../../../src/system/files/files.ts";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { untilAnswers } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

/** Without net/http, which takes minutes to compile on a busy machine that has not compiled it before. */
const SERVER = `package main

import (
	"net"
	"os"
)

func answer(c net.Conn) {
	c.Read(make([]byte, 4096))
	c.Write([]byte("HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\nConnection: close\\r\\n\\r\\n" + word))
	c.Close()
}

const word = "first "

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		os.Exit(1)
	}
	for {
		if c, err := l.Accept(); err == nil {
			go answer(c)
		}
	}
}
`;

it("what a command builds in a folder that is watched is no save", { timeout: 480_000 }, async (ctx) => {
  const go = await findExecutable(files, "go", process.env.PATH, "/");
  ctx.skip(go === null, "there is no Go on this machine");
  const port = await freePort();
  const command = "go build -o out/server . && ./out/server";
  const api = { command, port, reload: "restart", ready: { http: "/", timeoutMs: 400_000 } };
  const project = await openProject(ctx, {
    files: {
      "go.mod": "module tiny\n\ngo 1.20\n",
      "main.go": SERVER,
      "ecosystem.config.json": JSON.stringify({ apps: { api } }),
    },
    env: { GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local" },
  });
  const deadlineMs = 420_000;
  expect(await project.devpm(["dev", "--detach"], { deadlineMs })).toMatchObject({ code: 0 });
  project.edit("main.go", '"first "', '"second"');
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
