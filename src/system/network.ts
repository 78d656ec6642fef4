import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { hasSockets6 } from "./ports/linux-tables.ts";
import { requestOf, type HttpAnswer, type HttpRequest } from "./http-request.ts";
import { clientHello, HANDSHAKE } from "./tls-hello.ts";

/** Probes of a server on this machine, as a client would make them. */
export interface Network {
  /** true when something accepts a TCP connection; both loopback addresses are tried. */
  connects(port: number, timeoutMs: number): Promise<boolean>;
  /** Status of a GET, null when there was no answer in time. Redirects are not followed; any certificate will do. */
  status(port: number, path: string, how: { timeoutMs: number; secure: boolean }): Promise<number | null>;
  /** The same of each loopback address that answered in time: each has had a request. */
  statuses(port: number, path: string, how: { timeoutMs: number; secure: boolean }): Promise<number[]>;
  /** A whole request to a server on this machine. Redirects are not followed; any certificate will do. Never throws. */
  request(port: number, request: HttpRequest): Promise<HttpAnswer>;
  /** true when what listens completes a TLS handshake, whatever its certificate: it is our own app's. */
  speaksTls(port: number, timeoutMs: number): Promise<boolean>;
  /** true when what listens begins a TLS handshake, which is then broken off: servers other than Node's log that as an error. */
  beginsTls(port: number, timeoutMs: number): Promise<boolean>;
}

/** A server bound to "localhost" listens on the address that its resolver returned first. */
const LOOPBACK = ["127.0.0.1", "::1"] as const;

/**
 * Those where something may accept: an app that boots is asked every few milliseconds, and Node 20 takes 6 ms alone to compile
 * the regular expression that recognizes `::1` as an address.
 */
const loopback = (): readonly string[] => (hasSockets6() ? LOOPBACK : [LOOPBACK[0]]);

export const network: Network = {
  async connects(port, timeoutMs) {
    const answers = await Promise.all(
      loopback().map((host) => accepts(net.connect({ host, port }), "connect", timeoutMs)),
    );
    return answers.includes(true);
  },
  async status(port, path, how) {
    return (await network.statuses(port, path, how))[0] ?? null;
  },
  async statuses(port, path, how) {
    const answers = await Promise.all(loopback().map((host) => get(host, port, path, how)));
    return answers.filter((status) => status !== null);
  },
  async request(port, request) {
    const first = await requestOf(LOOPBACK[0], port, request);
    return "refused" in first && first.refused ? requestOf(LOOPBACK[1], port, request) : first;
  },
  async speaksTls(port, timeoutMs) {
    const answers = await Promise.all(
      loopback().map((host) =>
        accepts(
          tls.connect({ host, port, servername: "localhost", rejectUnauthorized: false }),
          "secureConnect",
          timeoutMs,
        ),
      ),
    );
    return answers.includes(true);
  },
  async beginsTls(port, timeoutMs) {
    const answers = await Promise.all(loopback().map((host) => begins(net.connect({ host, port }), timeoutMs)));
    return answers.includes(true);
  },
};

function begins(socket: net.Socket, timeoutMs: number): Promise<boolean> {
  let isTls = false;
  socket.once("data", (answer) => (isTls = answer[0] === HANDSHAKE));
  socket.write(clientHello("localhost"));
  return accepts(socket, "data", timeoutMs).then((isAnswered) => isAnswered && isTls);
}

function accepts(socket: net.Socket, done: "connect" | "secureConnect" | "data", timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(timeoutMs, () => answer(false));
    socket.once(done, () => answer(true));
    socket.once("error", () => answer(false));
    socket.once("close", () => answer(false));
  });
}

function get(
  host: string,
  port: number,
  path: string,
  { timeoutMs, secure }: { timeoutMs: number; secure: boolean },
): Promise<number | null> {
  return new Promise((resolve) => {
    const options = { host, port, path, agent: false, headers: { host: `localhost:${port}` } };
    const answered = (response: http.IncomingMessage) => {
      response.resume();
      resolve(response.statusCode ?? null);
    };
    const request = secure
      ? https.get({ ...options, servername: "localhost", rejectUnauthorized: false }, answered)
      : http.get(options, answered);
    request.setTimeout(timeoutMs, () => request.destroy());
    request.once("error", () => resolve(null));
    request.once("close", () => resolve(null));
  });
}
