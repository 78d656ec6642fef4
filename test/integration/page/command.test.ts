import { expect, test } from "vitest";
import { askForPage, cookieOf, send, type PageAddress } from "../../rigs/page.ts";
import { listening } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { openStage } from "../../rigs/scripted-app.ts";
import { until } from "../../rigs/wait.ts";

test("the page is there from the start with --ui, at the same place for everybody who asks, and ends with the session", async (ctx) => {
  const stage = await openStage(ctx);
  const config = { name: "served", apps: { web: { command: stage.command("web") } } };
  const project = await openProject(ctx, { files: { "ecosystem.config.json": JSON.stringify(config) } });

  const nobody = await project.devpm(["ui"]);
  expect(nobody).toMatchObject({ code: 1, stdout: "" });
  expect(nobody.stderr).toContain("DEVPM_NO_SESSION");

  const dev = await project.devpm(["dev", "--detach", "--ui"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
  await stage.next("web");
  const printed = /the page of this session: http:\/\/127\.0\.0\.1:(\d+)(\/[\w-]+\/)enter\?token=[\w-]+/.exec(
    dev.output,
  )!;
  expect(printed, dev.output).not.toBeNull();
  const first: PageAddress = { link: printed[0].split(": ").at(-1)!, port: Number(printed[1]), base: printed[2]! };
  const second = await askForPage(project);
  expect(second).toMatchObject({ port: first.port, base: first.base });
  expect(second.link).not.toBe(first.link);
  // the link of the start is not used up by the other one
  for (const address of [first, second]) {
    const cookie = (await cookieOf(address)).split(";", 1)[0]!;
    const given = await send(address, { headers: { host: `127.0.0.1:${address.port}`, cookie } });
    expect(given).toMatchObject({ status: 200, body: expect.stringContaining('src="page.js"') });
  }

  expect(listening()).toContain(first.port);
  const down = await project.devpm(["down"]);
  expect(down, down.output).toMatchObject({ code: 0 });
  await until("its port to be free", () => !listening().includes(first.port));
  await project.nothingLeft();
});
