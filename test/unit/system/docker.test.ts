import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import type { ContainerLine } from "../../../src/system/docker/types.ts";
import { loadDockerode } from "../../../src/system/docker/client.ts";
import { candidate } from "../../../src/system/docker/endpoint.ts";
import { faultOf } from "../../../src/system/docker/fault.ts";
import { lineReader } from "../../../src/system/docker/frames.ts";

test("the client is loaded without what it is never asked for", () => {
  const require = createRequire(import.meta.url);
  const Dockerode = loadDockerode();
  expect(new Dockerode({ socketPath: "/nowhere" }).modem).toBeDefined();
  const loaded = Object.keys(require.cache).filter((file) =>
    /node_modules\/(@grpc|protobufjs|ssh2|tar-fs)\//.test(file),
  );
  expect(loaded).toEqual([]);
});

describe("addresses", () => {
  const at = (address: string, tls = false) => {
    const none = tls ? { ca: "x", cert: null, key: null, verify: true } : null;
    const { host, remote, via } = candidate(address, "DOCKER_HOST", none, {});
    return { host, remote, via: via.kind === "tcp" ? { ...via, tls: via.tls !== null } : via };
  };

  test.each([
    ["unix:///run/x.sock", { host: "127.0.0.1", remote: false, via: { kind: "unix", path: "/run/x.sock" } }],
    ["unix://", { host: "127.0.0.1", remote: false, via: { kind: "unix", path: "/var/run/docker.sock" } }],
    [
      "tcp://10.0.0.5",
      { host: "10.0.0.5", remote: true, via: { kind: "tcp", hostname: "10.0.0.5", port: 2375, tls: false } },
    ],
    [
      "10.0.0.5:99",
      { host: "10.0.0.5", remote: true, via: { kind: "tcp", hostname: "10.0.0.5", port: 99, tls: false } },
    ],
    [
      "tcp://localhost:2375",
      { host: "127.0.0.1", remote: false, via: { kind: "tcp", hostname: "localhost", port: 2375, tls: false } },
    ],
    [
      "tcp://[::1]:2375",
      { host: "127.0.0.1", remote: false, via: { kind: "tcp", hostname: "::1", port: 2375, tls: false } },
    ],
    [
      "https://build.example",
      { host: "build.example", remote: true, via: { kind: "tcp", hostname: "build.example", port: 2376, tls: true } },
    ],
    ["ssh://Build", { host: "Build", remote: true, via: { kind: "ssh", args: ["--", "Build"] } }],
    ["ssh://ana@h:22/", { host: "h", remote: true, via: { kind: "ssh", args: ["-l", "ana", "-p", "22", "--", "h"] } }],
    [
      "ssh://-oProxyCommand=x",
      { host: "-oProxyCommand=x", remote: true, via: { kind: "ssh", args: ["--", "-oProxyCommand=x"] } },
    ],
    ["npipe:////./pipe/x", { host: "127.0.0.1", remote: false, via: { kind: "none" } }],
  ])("%s", (address, expected) => {
    expect(at(address)).toEqual(expected);
  });

  test("TLS has its own port", () => {
    expect(at("tcp://h", true).via).toMatchObject({ port: 2376, tls: true });
  });
});

test.each([
  [{ code: "ENOENT", message: "connect ENOENT /x" }, "absent"],
  [{ code: "ECONNREFUSED" }, "refused"],
  [{ code: "EACCES" }, "denied"],
  [{ code: "ABORT_ERR", name: "AbortError", cause: { name: "TimeoutError" } }, "hangs"],
  [{ code: "ECONNRESET", message: "socket hang up" }, "lost"],
  [{ code: "DEPTH_ZERO_SELF_SIGNED_CERT", message: "self-signed certificate" }, "denied"],
  [{ statusCode: 404, json: { message: "No such container: x" } }, "answered"],
  [undefined, "lost"],
])("%j is %s", (error, kind) => {
  expect(faultOf(error).kind).toBe(kind);
});

describe("a container's log", () => {
  const frame = (stream: 1 | 2, text: string | Buffer): Buffer => {
    const body = Buffer.from(text as string);
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(body.length, 4);
    return Buffer.concat([header, body]);
  };
  const AT = "2026-01-02T03:04:05.000000006Z";
  const read = (tty: boolean, chunks: Buffer[]): ContainerLine[] => {
    const lines: ContainerLine[] = [];
    const reader = lineReader({ tty }, (line) => lines.push(line));
    for (const chunk of chunks) reader.push(chunk);
    reader.end();
    return lines;
  };
  const bytes = (all: Buffer): Buffer[] => Array.from(all, (byte) => Buffer.from([byte]));

  test("streams told apart, whatever the chunks", () => {
    const all = Buffer.concat([frame(1, `${AT} one\n`), frame(2, `${AT} zwö\r\n`)]);
    const expected = [
      { stream: "out", line: "one", at: AT },
      { stream: "err", line: "zwö", at: AT },
    ];
    expect(read(false, [all])).toEqual(expected);
    expect(read(false, bytes(all))).toEqual(expected);
  });

  test("a long line in parts is one line; a letter in two halves is one letter", () => {
    const [a, b] = [Buffer.from("grü").subarray(0, 3), Buffer.from("grü").subarray(3)];
    const part = (half: Buffer) => frame(1, Buffer.concat([Buffer.from(`${AT} `), half]));
    expect(
      read(false, [part(a), frame(2, `${AT} between\n`), part(Buffer.concat([b, Buffer.from("n\n")]))]).map(
        (l) => l.line,
      ),
    ).toEqual(["between", "grün"]);
  });

  test("the last line needs no end, and an empty one is a line", () => {
    expect(read(false, [frame(1, `${AT} \n`), frame(1, `${AT} end`)]).map(({ line }) => line)).toEqual(["", "end"]);
  });

  test("with a terminal there are no frames", () => {
    const all = Buffer.from(`${AT} one\r\n${AT} two`);
    expect(read(true, bytes(all)).map(({ line, at }) => `${line} ${at === AT}`)).toEqual(["one true", "two true"]);
  });
});
