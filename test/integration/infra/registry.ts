import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { TestContext } from "vitest";
import { until } from "../../rigs/wait.ts";

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

/** A registry on loopback that speaks as much of the protocol as a pull needs. Its images do nothing but weigh. */
export interface Registry {
  /** `127.0.0.1:PORT`, as it stands before an image's name. */
  at: string;
}

/**
 * `big:1` can be pulled, slowly enough to be watched; `other:1` exists for another processor only; `secret:1` wants a login;
 * `much:1` is over a limit; anything else is not there.
 */
export async function registry(ctx: TestContext): Promise<Registry> {
  const blobs = new Map<string, Buffer>();
  const keep = (content: Buffer): { digest: string; size: number } => {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    blobs.set(digest, content);
    return { digest, size: content.length };
  };
  const tar = layerOf(2_000_000);
  const layer = keep(gzipSync(tar, { level: 0 }));
  const diff = `sha256:${createHash("sha256").update(tar).digest("hex")}`;
  const config = keep(
    Buffer.from(
      JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [diff] } }),
    ),
  );
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: "application/vnd.docker.container.image.v1+json", ...config },
    layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", ...layer }],
  });
  const list = JSON.stringify({
    schemaVersion: 2,
    mediaType: LIST,
    manifests: [
      { mediaType: MANIFEST, ...keep(Buffer.from(manifest)), platform: { os: "linux", architecture: "riscv64" } },
    ],
  });
  const server = http.createServer((request, response) => {
    const url = request.url ?? "";
    const answer = (status: number, type: string, body: string | Buffer): void => {
      response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    const problem = (status: number, code: string, message: string): void =>
      answer(status, "application/json", JSON.stringify({ errors: [{ code, message }] }));
    const blob = blobs.get(url.split("/").at(-1) ?? "");
    if (url === "/v2/") answer(200, "application/json", "{}");
    else if (/\/blobs\//.test(url) && blob) void slowly(response, blob);
    else if (/\/big\/manifests\//.test(url)) answer(200, MANIFEST, manifest);
    else if (/\/other\/manifests\//.test(url)) answer(200, LIST, list);
    else if (/\/secret\//.test(url)) problem(401, "UNAUTHORIZED", "authentication required");
    else if (/\/much\//.test(url)) problem(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.");
    else problem(404, "MANIFEST_UNKNOWN", "manifest unknown");
  });
  server.listen(0, "127.0.0.1");
  ctx.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await until("the registry", () => server.listening);
  return { at: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function slowly(response: http.ServerResponse, content: Buffer): Promise<void> {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": content.length });
  const step = Math.max(1, Math.ceil(content.length / 10));
  for (let at = 0; at < content.length; at += step) {
    response.write(content.subarray(at, at + step));
    if (content.length > 10_000) await new Promise((resolve) => setTimeout(resolve, 150));
  }
  response.end();
}

function layerOf(bytes: number): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-layer-"));
  mkdirSync(path.join(folder, "etc"));
  writeFileSync(path.join(folder, "etc/weight"), randomBytes(bytes));
  const tar = execFileSync("tar", ["-C", folder, "-c", "."], { maxBuffer: bytes * 2 });
  rmSync(folder, { recursive: true });
  return tar;
}
