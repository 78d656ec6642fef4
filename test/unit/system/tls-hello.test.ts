import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import type { TlsOptions } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { network } from "../../../src/system/network.ts";
import { folderWith } from "../config/outside.ts";

const TIMEOUT_MS = 30_000;

async function portOf(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server's certificate and key. */
function certificate(): Pick<TlsOptions, "key" | "cert"> {
  const folder = folderWith({});
  const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=x"];
  execFileSync("openssl", request, { stdio: "ignore" });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

test.each<[string, TlsOptions]>([
  ["TLS 1.3 alone", { minVersion: "TLSv1.3" }],
  ["TLS 1.2 alone", { maxVersion: "TLSv1.2" }],
  ["an old cipher of TLS 1.2", { maxVersion: "TLSv1.2", ciphers: "AES128-SHA" }],
])("a server of %s begins a handshake", async (_, options) => {
  const port = await portOf(https.createServer({ ...certificate(), ...options }));
  expect(await network.beginsTls(port, TIMEOUT_MS)).toBe(true);
  // and goes through with it where it is asked to
  expect(await network.speaksTls(port, TIMEOUT_MS)).toBe(true);
});

test("a server of HTTP, one that refuses every handshake, and one that hangs up, begin none", async () => {
  const plain = await portOf(http.createServer());
  const bare = await portOf(https.createServer({}));
  const mute = await portOf(net.createServer((socket) => socket.destroy()));
  for (const port of [plain, bare, mute]) expect(await network.beginsTls(port, TIMEOUT_MS)).toBe(false);
});

test("a server that says nothing begins none", async () => {
  const sockets: net.Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  const port = await portOf(net.createServer((socket) => void sockets.push(socket)));
  expect(await network.beginsTls(port, 30)).toBe(false);
});
