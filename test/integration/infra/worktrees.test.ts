import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { listShape, parseJson } from "../../rigs/contract.ts";
import { addWorktree, git } from "../../rigs/worktrees.ts";
import { answerOf, openShop } from "./worktree-shop.ts";

const databasesIn = (container: string): string[] =>
  execFileSync("docker", ["exec", container, "psql", "-U", "shop", "-tAc", "SELECT datname FROM pg_database"], {
    encoding: "utf8",
  })
    .split("\n")
    .filter((name) => name.startsWith("shop"))
    .toSorted();

test("worktrees share the containers, and each has a database of its own", { timeout: 480_000 }, async (ctx) => {
  const { project, main, name, backend, database } = await openShop(ctx, { named: true });
  const container = `${name}-postgres-1`;
  const start = async (cwd: string) => {
    const up = await project.devpm(["dev", "-d"], { cwd, deadlineMs: 120_000 });
    expect(up.code, up.output).toBe(0);
    return up.output;
  };
  await start(main);
  expect(await answerOf(project, main, "/add/of-main")).toMatchObject({ items: ["of-main"], db: ["shop"] });

  // main is connected to its database: that is copied, not used as a template
  const one = addWorktree(main, "one", "feature/one");
  const said = await start(one);
  expect(said).toContain("backend: DATABASE_URL names postgres's database shop_one instead of shop");
  expect(said).toContain("postgres: database shop_one was made for this worktree, copied from shop");
  expect(await answerOf(project, one, "/add/of-one")).toEqual({
    in: path.join(one, "backend"),
    items: ["of-main", "of-one"],
    db: ["shop_one"],
  });
  const two = addWorktree(main, "Zwei-größe", "fix/größe");
  writeFileSync(path.join(two, "backend/old.py"), `\nURL = "postgresql://shop@localhost:${database}/shop"\n`);
  expect(await start(two)).toMatch(/DEVPM_ADDRESS_FIXED[^]*backend\/old\.py:2 +localhost:\d+ \(postgres\)/);
  expect((await answerOf(project, two)).items).toEqual(["of-main"]);
  expect(await answerOf(project, main)).toEqual({ in: path.join(main, "backend"), items: ["of-main"], db: ["shop"] });
  expect(databasesIn(container)).toHaveLength(3);

  const run = await project.devpm(["run", "backend", "--", "sh", "-c", "echo $DATABASE_URL"], { cwd: one });
  expect(run.stdout.trim()).toMatch(/\/shop_one$/);
  const { sessions } = parseJson(listShape, (await project.devpm(["list", "--json"], { cwd: main })).stdout);
  expect(sessions.find(({ root }) => root === main)).toMatchObject({
    ...{ branch: "main", urls: [`http://localhost:${backend}`] },
    holds: { ports: [], databases: [], compose: null },
  });
  const listed = sessions.find(({ root }) => root === one);
  expect(listed).toMatchObject({
    branch: "feature/one",
    holds: { databases: [{ service: "postgres", name: "shop_one" }] },
  });
  expect(listed?.memoryBytes).toBeGreaterThan(0);

  // the containers are not a worktree's to stop
  const stop = await project.devpm(["infra", "down"], { cwd: one });
  expect(stop.code, stop.output).toBe(2);
  expect(stop.output).toContain("DEVPM_INFRA_SHARED");

  // and what is refused ends nothing else
  const both = await project.devpm(["down", "--infra"], { cwd: one });
  expect([both.code, /DEVPM_INFRA_SHARED/.test(both.output)], both.output).toEqual([2, true]);
  expect((await answerOf(project, one)).db).toEqual(["shop_one"]);

  // nor where its configuration is broken
  const config = path.join(one, "ecosystem.config.json");
  const text = readFileSync(config, "utf8");
  writeFileSync(config, "{");
  expect((await project.devpm(["infra", "down"], { cwd: one })).output).toContain("DEVPM_INFRA_SHARED");
  writeFileSync(config, text);

  // nor in the main checkout while it runs; what uses them is named, and nothing ends
  for (const args of [
    ["down", "--infra"],
    ["infra", "down"],
    ["infra", "down", "--volumes", "--yes"],
  ]) {
    const refused = await project.devpm(args, { cwd: main });
    expect([refused.code, /DEVPM_INFRA_SHARED/.test(refused.output)], refused.output).toEqual([2, true]);
    expect(refused.output).toMatch(/used by 2 sessions of other checkouts/);
    expect(refused.output).toMatch(new RegExp(`${one} \\(feature/one, pid \\d+\\): postgres`));
    expect(refused.output).toContain(`-C ${one} down && `);
  }
  expect((await answerOf(project, main)).db).toEqual(["shop"]);

  // what was written is there again, on the same port, until it is forgotten
  const { port } = new URL(listed?.urls[0] ?? "");
  const down = await project.devpm(["down"], { cwd: one });
  expect(down.output).toContain("still up: postgres (shared with the main checkout)");
  expect(down.code).toBe(0);
  expect(await start(one)).not.toContain("was made for this worktree");
  expect((await answerOf(project, one)).items).toEqual(["of-main", "of-one"]);
  const again = parseJson(listShape, (await project.devpm(["list", "--json"])).stdout).sessions;
  expect(new URL(again.find(({ root }) => root === one)?.urls[0] ?? "").port).toBe(port);

  // moved by git it is the same worktree: its ports and its database are where it is now
  expect((await project.devpm(["down"], { cwd: one })).code).toBe(0);
  const moved = path.join(path.dirname(one), "moved");
  git(main, "worktree", "move", one, moved);
  expect(await start(moved)).not.toContain("was made for this worktree");
  expect(await answerOf(project, moved)).toMatchObject({ items: ["of-main", "of-one"], db: ["shop_one"] });
  expect((await project.devpm(["status"], { cwd: moved })).stdout).toContain(`localhost:${port}`);
  const forgot = await project.devpm(["down", "--forget"], { cwd: moved });
  expect(forgot.code, forgot.output).toBe(0);
  expect(forgot.output).toContain("database shop_one of postgres was dropped");
  expect(databasesIn(container)).toHaveLength(2);

  // a worktree that was removed is forgotten from any other
  expect((await project.devpm(["down"], { cwd: two })).code).toBe(0);
  rmSync(two, { recursive: true });
  expect((await project.devpm(["list"])).stdout).toMatch(/größe \(removed\) holds 1 ports?, shop_\w+ in postgres/);
  expect((await project.devpm(["down", "--forget"], { cwd: main })).code).toBe(0);
  expect(databasesIn(container)).toEqual(["shop"]);
  expect(existsSync(two)).toBe(false);

  // without the services its variables still name main's data, which is said with file and line
  const without = await project.devpm(["dev", "-d", "--no-infra"], { cwd: moved, deadlineMs: 120_000 });
  expect(without.code, without.output).toBe(0);
  expect(without.output).toContain("DEVPM_DATA_SHARED");
  expect(without.output).toContain(`postgresql at localhost:${database}, database shop (backend/.env:1)`);
  // so they are not ended under it, unless that is meant
  const kept = await project.devpm(["infra", "down"], { cwd: main });
  expect(kept.code, kept.output).toBe(2);
  expect(kept.output.replaceAll(/\s+/g, " ")).toMatch(
    /moved \(feature\/one, pid \d+\): started without them, and may use them all the same/,
  );
  const forced = await project.devpm(["infra", "down", "--force"], { cwd: main });
  expect(forced.output).toContain("infra: postgres stopped; data is kept");
  expect(forced.code).toBe(0);
  expect((await project.devpm(["infra", "up"], { cwd: main, deadlineMs: 120_000 })).code).toBe(0);
  expect((await project.devpm(["down", "--forget"], { cwd: moved })).code).toBe(0);

  // a database that happens to have the name is main's: neither used nor dropped
  execFileSync("docker", ["exec", container, "createdb", "-U", "shop", "shop_test"]);
  const tree = addWorktree(main, "test", "test");
  const refused = await project.devpm(["dev", "-d"], { cwd: tree, deadlineMs: 120_000 });
  expect(refused.code, refused.output).not.toBe(0);
  expect(refused.output).toContain("shop_test could not be made in postgres: one of that name is there already");
  expect((await project.devpm(["down", "--forget"], { cwd: tree })).code).toBe(0);
  expect(databasesIn(container)).toEqual(["shop", "shop_test"]);

  // no other session uses them any more
  const ended = await project.devpm(["down", "--infra"], { cwd: main });
  expect(ended.code, ended.output).toBe(0);
  expect(ended.output).toContain("infra: postgres stopped");
});

test(
  "without a name in the file the main checkout's containers are found, also where main does not run",
  { timeout: 480_000 },
  async (ctx) => {
    const { project, main, name } = await openShop(ctx, { named: false });
    const tree = addWorktree(main, "tree", "tree");
    const up = await project.devpm(["dev", "-d"], { cwd: tree, deadlineMs: 120_000 });
    expect(up.code, up.output).toBe(0);
    expect((await answerOf(project, tree, "/add/x")).db).toEqual(["shop_tree"]);
    const status = await project.devpm(["infra", "status", "--json"], { cwd: main });
    expect(JSON.parse(status.stdout)).toMatchObject({
      infra: [{ service: "postgres", container: `${name}-postgres-1`, state: "healthy" }],
    });
    const first = await project.devpm(["dev", "-d"], { cwd: main, deadlineMs: 120_000 });
    expect(first.code, first.output).toBe(0);
    expect(await answerOf(project, main)).toMatchObject({ items: [], db: ["shop"] });
    expect((await project.devpm(["down", "--all"])).code).toBe(0);
  },
);
