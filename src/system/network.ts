import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";

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
}

export interface HttpRequest {
  method: string;
  path: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: string | null;
  secure: boolean;
  /** From the call to the end of the body. */
  timeoutMs: number;
  /** What is kept of the body; the rest is not read. */
  mostBytes: number;
}

export type HttpAnswer =
  | {
      status: number;
      reason: string;
      /** As received, in order. */
      headers: [name: string, value: string][];
      body: Buffer;
      /** The body is longer than what was kept. */
      cut: boolean;
    }
  /** `refused`: nothing listens there, so nothing was sent. */
  | { error: string; refused: boolean };

/** A server bound to "localhost" listens on the address that its resolver returned first. */
const LOOPBACK = ["127.0.0.1", "::1"] as const;

export const network: Network = {
  async connects(port, timeoutMs) {
    const answers = await Promise.all(
      LOOPBACK.map((host) => accepts(net.connect({ host, port }), "connect", timeoutMs)),
    );
    return answers.includes(true);
  },
  async status(port, path, how) {
    return (await network.statuses(port, path, how))[0] ?? null;
  },
  async statuses(port, path, how) {
    const answers = await Promise.all(LOOPBACK.map((host) => get(host, port, path, how)));
    return answers.filter((status) => status !== null);
  },
  async request(port, request) {
    const first = await exchange(LOOPBACK[0], port, request);
    return "refused" in first && first.refused ? exchange(LOOPBACK[1], port, request) : first;
  },
  async speaksTls(port, timeoutMs) {
    const answers = await Promise.all(
      LOOPBACK.map((host) =>
        accepts(
          tls.connect({ host, port, servername: "localhost", rejectUnauthorized: false }),
          "secureConnect",
          timeoutMs,
        ),
      ),
    );
    return answers.includes(true);
  },
};

function accepts(socket: net.Socket, done: "connect" | "secureConnect", timeoutMs: number): Promise<boolean> {
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

function exchange(host: string, port: number, wanted: HttpRequest): Promise<HttpAnswer> {
  const { method, path, headers, body, secure, timeoutMs } = wanted;
  return new Promise((resolve) => {
    const given = Object.fromEntries(headers);
    const named = new Set(Object.keys(given).map((name) => name.toLowerCase()));
    const own = {
      ...(named.has("host") ? {} : { host: `localhost:${port}` }),
      ...(body === null || named.has("content-length") ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    };
    const options = { host, port, method, path, agent: false, headers: { ...own, ...given } };
    let request: http.ClientRequest;
    try {
      request = secure
        ? https.request({ ...options, servername: "localhost", rejectUnauthorized: false })
        : http.request(options);
    } catch (error) {
      // a method, path or header that cannot be sent
      return resolve({ error: (error as Error).message, refused: false });
    }
    const late = setTimeout(() => request.destroy(new Error(`no complete answer within ${timeoutMs} ms`)), timeoutMs);
    const settle = (answer: HttpAnswer): void => {
      clearTimeout(late);
      resolve(answer);
    };
    request.once("response", (response) => collect(response, wanted.mostBytes, settle));
    request.once("error", (error: NodeJS.ErrnoException) =>
      settle({ error: error.message, refused: error.code === "ECONNREFUSED" }),
    );
    request.end(body ?? undefined);
  });
}

function collect(response: http.IncomingMessage, mostBytes: number, settle: (answer: HttpAnswer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const done = (): void => {
    const { statusCode = 0, statusMessage = "", rawHeaders } = response;
    const headers = rawHeaders.flatMap((name, at): [string, string][] =>
      at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ""]] : [],
    );
    const body = Buffer.concat(chunks).subarray(0, mostBytes);
    settle({ status: statusCode, reason: statusMessage, headers, body, cut: bytes > mostBytes });
  };
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= mostBytes) return;
    done();
    response.destroy();
  });
  response.once("end", done);
  response.once("error", (error) => settle({ error: error.message, refused: false }));
}
