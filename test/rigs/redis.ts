import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";

/** The image that `redisImage` makes: a real server and its client, from the machine's own packages. */
export const REDIS_IMAGE = "redis:devpm-test";

/** Of Debian's redis-tools: the one program that the server is too, by the name under which it is called. */
const SERVER = "/usr/bin/redis-check-rdb";
const CLIENT = "/usr/bin/redis-cli";

/** Makes the image where it is not there; skips the test where the machine cannot. */
export function redisImage(ctx: TestContext): string {
  const asked = spawnSync("docker", ["image", "inspect", REDIS_IMAGE], { timeout: 60_000 });
  if (asked.status === 0) return REDIS_IMAGE;
  const missing = [SERVER, CLIENT].filter((file) => !existsSync(file));
  ctx.skip(missing.length > 0, `no ${missing.join(", ")} here (redis-tools)`);
  const root = mkdtempSync(path.join(tmpdir(), "devpm-redis-"));
  try {
    for (const [from, to] of [
      [SERVER, "/usr/bin/redis-server"],
      [CLIENT, CLIENT],
    ] as const) {
      const libraries = execFileSync("ldd", [from], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
      for (const file of libraries) copy(root, file, file);
      copy(root, from, to);
    }
    const line = `tar -C "$1" -c . | docker import --change 'CMD ["redis-server", "--save", "", "--protected-mode", "no"]' - "$2"`;
    execFileSync("sh", ["-c", line, "sh", root, REDIS_IMAGE], { stdio: ["ignore", "pipe", "pipe"] });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return REDIS_IMAGE;
}

function copy(root: string, from: string, to: string): void {
  const target = path.join(root, to);
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(from, target, { dereference: true });
}
