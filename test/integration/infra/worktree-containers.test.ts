import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { listShape, parseJson } from "../../rigs/contract.ts";
import { removeComposeProject } from "../../rigs/docker.ts";
import { addWorktree, git } from "../../rigs/worktrees.ts";
import { answerOf, IMAGE, openShop } from "./worktree-shop.ts";

test(
  "with isolate: containers a worktree has containers and volumes of its own; a file that cannot run twice is refused",
  { timeout: 480_000 },
  async (ctx) => {
    const { project, main, name, backend } = await openShop(ctx, { named: true });
    const isolated = `${name}-tree`;
    ctx.onTestFinished(() => removeComposeProject(isolated));
    const config = JSON.parse(readFileSync(path.join(main, "ecosystem.config.json"), "utf8")) as object;
    writeFileSync(path.join(main, "ecosystem.config.json"), JSON.stringify({ ...config, isolate: "containers" }));
    git(main, "commit", "-qam", "containers");
    const up = async (cwd: string, code: number) => {
      const ended = await project.devpm(["dev", "-d"], { cwd, deadlineMs: 120_000 });
      expect(ended.code, ended.output).toBe(code);
      return ended.output;
    };
    await up(main, 0);
    expect(await answerOf(project, main, "/add/of-main")).toMatchObject({ items: ["of-main"], db: ["shop"] });
    const tree = addWorktree(main, "tree", "tree");
    await up(tree, 0);
    expect(await answerOf(project, tree, "/add/of-tree")).toMatchObject({ items: ["of-tree"], db: ["shop"] });
    expect(await answerOf(project, main)).toMatchObject({ items: ["of-main"] });
    const { sessions } = parseJson(listShape, (await project.devpm(["list", "--json"])).stdout);
    expect(sessions.find(({ root }) => root === tree)?.holds).toMatchObject({ databases: [], compose: isolated });
    expect(sessions.find(({ root }) => root === main)?.ports).toEqual([backend]);

    // its own containers are its own to stop, and come back with their data on the same port
    expect((await project.devpm(["down", "--infra"], { cwd: tree })).code).toBe(0);
    await up(tree, 0);
    expect((await answerOf(project, tree)).items).toEqual(["of-tree"]);
    const forgot = await project.devpm(["down", "--forget"], { cwd: tree });
    expect(forgot.code, forgot.output).toBe(0);
    const left = execFileSync("docker", ["ps", "-aq", "--filter", `label=com.docker.compose.project=${isolated}`]);
    expect(left.toString()).toBe("");
    expect((await answerOf(project, main)).items).toEqual(["of-main"]);

    const compose = JSON.parse(readFileSync(path.join(tree, "compose.yml"), "utf8")) as { services: object };
    const services = { ...compose.services, lan: { image: IMAGE, network_mode: "host" } };
    writeFileSync(path.join(tree, "compose.yml"), JSON.stringify({ ...compose, services }));
    const refused = await up(tree, 2);
    expect(refused).toContain("DEVPM_COMPOSE_FIXED");
    expect(refused).toContain("services.lan.network_mode");
    expect((await project.devpm(["down", "--all"])).code).toBe(0);
  },
);
