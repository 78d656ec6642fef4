import http from "node:http";
import https from "node:https";

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
  /** `refused`: nothing listens there, so nothing was sent. `late`: its time was over first. */
  | { error: string; refused: boolean; late: boolean };

/** One request to one address of this machine. Never throws. */
export function requestOf(host: string, port: number, wanted: HttpRequest): Promise<HttpAnswer> {
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
      return resolve({ error: (error as Error).message, refused: false, late: false });
    }
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      request.destroy(new Error(`no complete answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const settle = (answer: HttpAnswer): void => {
      clearTimeout(deadline);
      resolve(answer);
    };
    const fail = (error: NodeJS.ErrnoException): void =>
      settle({ error: error.message, refused: error.code === "ECONNREFUSED", late });
    request.once("response", (response) => collect(response, wanted.mostBytes, settle, fail));
    request.once("error", fail);
    request.end(body ?? undefined);
  });
}

function collect(
  response: http.IncomingMessage,
  mostBytes: number,
  settle: (answer: HttpAnswer) => void,
  fail: (error: Error) => void,
): void {
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
  response.once("error", fail);
}
