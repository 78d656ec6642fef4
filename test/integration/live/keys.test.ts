import { chmodSync } from "node:fs";
import { expect, it } from "vitest";
import { until } from "../../rigs/wait.ts";
import { FOOTER, live, openMarket } from "./rig.ts";

it("each key does what the help says of it", async (ctx) => {
  const { project, ports, say } = await openMarket(ctx);
  const [backend, web] = ports;
  project.write("bin/open", `#!/bin/sh\necho "$1" >>'${project.path("opened")}'\n`);
  chmodSync(project.path("bin/open"), 0o755);
  const env = { BROWSER: `false:${project.path("bin/open")}` };
  const { terminal, screen } = await live(ctx, project, ["dev"], { rows: 50, env });
  await screen.shows(/ready in/);
  await screen.shows(new RegExp(`backend ● :${backend} {3}web ● :${web} +market \\(feature/basket\\)\n 1-9 one app`));
  // what is devpm's own is no news, what repeats is counted
  await say(backend, "same", 14);
  await say(web, "web #", 3);
  await screen.shows(/backend \| same\n[^]*backend \| ×13 more like this/);
  expect((await screen.rows()).join("\n")).not.toContain("/health");

  terminal.write("1");
  await screen.shows(/── only backend ──\n[^]*backend \| same[^]*only backend: 0 shows all/);
  await say(web, "unseen");
  await say(backend, "seen");
  await screen.shows(/── only backend ──[^]*backend \| seen/);
  const history = async (): Promise<string> => (await project.devpm(["logs", "web", "--no-follow"])).stdout;
  await until("the line of the other app", async () => (await history()).includes("unseen"));
  expect((await screen.rows()).join("\n")).not.toContain("unseen");
  terminal.write("0");
  await screen.shows(/── all apps ──\n(?:devpm.*\n)*web {5}\| unseen\n/);

  terminal.write("/WEB ");
  await screen.shows(/^ \/ WEB /m);
  terminal.write("1\r");
  await screen.shows(/── only lines with WEB 1 ──\nweb {5}\| web 1\n/);
  await say(web, "web #", 2);
  await screen.shows(/── only lines with WEB 1 ──\nweb {5}\| web 1\nweb {5}\| web 1\n/);
  terminal.write("\u001B");
  await screen.shows(/── all lines ──\nweb {5}\| web 0\n/);
  // the line that is searched for is the one that was shown last
  await say(web, "needle", 2);
  await screen.shows(/web {5}\| needle\nweb {5}\| needle\n/);
  terminal.write("/needle\r");
  await screen.shows(/── only lines with needle ──\nweb {5}\| needle\n/);
  terminal.write("\u001B");
  await screen.shows(/needle\n[^]*── all lines ──\n/);

  terminal.write("e");
  await screen.shows(/✔ nothing is broken/);
  terminal.write("u");
  await screen.shows(
    new RegExp(`^ {2}backend {2}http://localhost:${backend}\n {2}web {6}http://localhost:${web}$`, "m"),
  );
  terminal.write("o2");
  await screen.shows(new RegExp(`opened http://localhost:${web}`));
  // a browser that takes long to start is taken to have opened
  await until("the browser", () => project.read("opened") === `http://localhost:${web}\n`);
  terminal.write("o\r");
  await screen.shows(new RegExp(`opened http://localhost:${backend}`));
  terminal.write("od");
  await screen.shows(/opened http:\/\/127\.0\.0\.1:\d+\/\S+/);
  const page = await until("the page", () => /http:\/\/127\.0\.0\.1\S+/.exec(project.read("opened"))?.[0]);
  expect(await (await fetch(page)).text()).toContain("<html");

  terminal.write("p");
  await screen.shows(/paused: 0 lines wait/);
  await say(backend, "held #", 300);
  await screen.shows(/paused: 300 lines wait/);
  expect((await screen.lines()).join("\n")).not.toContain("held");
  terminal.write("p");
  await screen.shows(/held 299/);
  const lines = await screen.lines();
  expect(lines.filter((line) => line.includes("held "))).toEqual(
    Array.from({ length: 300 }, (_, n) => `backend | held ${n}`),
  );

  terminal.write("c");
  await screen.shows(/^\n{40}/);
  project.write("data.txt", "new");
  await screen.shows(/↻ backend reloaded data\.txt in \d+ ms \(restart\)[^]*backend ● \d+ ms/);
  terminal.write("t");
  await screen.shows(/\d\d:\d\d:\d\d ↻ backend reloaded data\.txt in \d+ ms/);
  terminal.write("sv");
  await screen.shows(/everything, v for less/);
  terminal.write("r2");
  await screen.shows(/\d\d:\d\d:\d\d\.\d{3} devpm {3}\| web starting on port[^]*✔ web ready/);
  terminal.write("svh");
  await screen.shows(/Keys[^]*1-9 +the last lines of that app[^]*Apps\n +1 +backend\n +2 +web\n[^]*Signs/);
  terminal.write("xyzQ\u001B[A\u001B[200~qqq\u001B[201~");
  await say(web, "still here");
  await screen.shows(/still here/);

  terminal.write("q");
  expect(await terminal.ended()).toMatchObject({ code: 130 });
  const left = await screen.lines();
  expect(left.filter((line) => FOOTER.test(line) && !/^ {2}[●◌✖○]/.test(line) && !line.includes("  1-9 "))).toEqual([]);
  expect(await screen.hasCursor()).toBe(true);
  expect(terminal.raw().lastIndexOf("\u001B[?2004l")).toBeGreaterThan(terminal.raw().lastIndexOf("\u001B[?2004h"));
  await project.nothingLeft({ ports: [backend, web] });
});
