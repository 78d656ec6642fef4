import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { removeComposeProject } from "../../rigs/docker.ts";
import { addWorktree, git } from "../../rigs/worktrees.ts";
import { sshServer } from "./ssh.ts";
import { answerOf, openShop } from "./worktree-shop.ts";

// an sshd on 127.0.0.2 stands for the other machine: its engine is reached by ssh alone, its ports under that address
const HOST = "127.0.0.2";

test(
  "on the engine of another machine worktrees have databases of their own, or containers on its free ports",
  { timeout: 480_000 },
  async (ctx) => {
    const { project, main, name, database } = await openShop(ctx, { named: true, host: HOST });
    const bin = await sshServer(ctx, project.path("."));
    project.env.PATH = `${bin}:${project.env.PATH}`;
    project.env.DOCKER_HOST = "ssh://farbox";
    const up = async (cwd: string): Promise<string> => {
      const ended = await project.devpm(["dev", "-d"], { cwd, deadlineMs: 120_000 });
      expect(ended.code, ended.output).toBe(0);
      return ended.output;
    };
    await up(main);
    expect(await answerOf(project, main, "/add/of-main")).toMatchObject({ items: ["of-main"], db: ["shop"] });
    const one = addWorktree(main, "one", "one");
    expect(await up(one)).toContain("DATABASE_URL names postgres's database shop_one instead of shop");
    expect(await answerOf(project, one, "/add/of-one")).toMatchObject({
      items: ["of-main", "of-one"],
      db: ["shop_one"],
    });
    expect((await answerOf(project, main)).items).toEqual(["of-main"]);
    // the same engine, as Docker's own context
    delete project.env.DOCKER_HOST;
    for (const words of [
      ["create", "far", "--docker", "host=ssh://farbox"],
      ["use", "far"],
    ])
      execFileSync("docker", ["context", ...words], { env: project.env, stdio: ["ignore", "ignore", "pipe"] });
    expect((await project.devpm(["down"], { cwd: one })).code).toBe(0);
    await up(one);
    expect((await answerOf(project, one)).items).toEqual(["of-main", "of-one"]);
    const forgot = await project.devpm(["down", "--forget"], { cwd: one });
    expect(forgot.output).toContain("database shop_one of postgres was dropped");

    const config = JSON.parse(readFileSync(path.join(main, "ecosystem.config.json"), "utf8")) as object;
    writeFileSync(path.join(main, "ecosystem.config.json"), JSON.stringify({ ...config, isolate: "containers" }));
    git(main, "commit", "-qam", "containers");
    const tree = addWorktree(main, "tree", "tree");
    const said = await up(tree);
    const { sessions } = JSON.parse((await project.devpm(["list", "--json"], { cwd: tree })).stdout) as {
      sessions: { root: string; holds: { compose: string } }[];
    };
    const own = sessions.find(({ root }) => root === tree)?.holds.compose ?? "";
    ctx.onTestFinished(() => removeComposeProject(own));
    // another machine's worktree of the same name is another project there
    expect(own.startsWith(`${name}-tree-`), own).toBe(true);
    expect(said).toMatch(new RegExp(`DATABASE_URL \\(\\.env:1\\) follows postgres ${HOST}:${database} → ${HOST}:\\d+`));
    expect(await answerOf(project, tree, "/add/of-tree")).toMatchObject({ items: ["of-tree"], db: ["shop"] });
    expect((await answerOf(project, main)).items).toEqual(["of-main"]);
    expect((await project.devpm(["down", "--forget"], { cwd: tree })).output).toContain("their volumes were removed");
    expect((await project.devpm(["down", "--all"])).code).toBe(0);
  },
);
