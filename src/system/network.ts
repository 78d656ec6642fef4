import http from "node:http";
import net from "node:net";

/** Questions to a server on this machine, as a client asks them. */
export interface Network {
  /** true when something accepts a TCP connection; both loopback addresses are tried. */
  connects(port: number, timeoutMs: number): Promise<boolean>;
  /** Status of a GET, null when there was no answer in time. Redirects are not followed. */
  status(port: number, path: string, timeoutMs: number): Promise<number | null>;
}

/** A server told "localhost" listens on whichever of the two its resolver gave first. */
const LOOPBACK = ["127.0.0.1", "::1"] as const;

export const network: Network = {
  async connects(port, timeoutMs) {
    const answers = await Promise.all(LOOPBACK.map((host) => accepts(host, port, timeoutMs)));
    return answers.includes(true);
  },
  async status(port, path, timeoutMs) {
    const answers = await Promise.all(LOOPBACK.map((host) => get(host, port, path, timeoutMs)));
    return answers.find((status) => status !== null) ?? null;
  },
};

function accepts(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(timeoutMs, () => answer(false));
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}

function get(host: string, port: number, path: string, timeoutMs: number): Promise<number | null> {
  return new Promise((resolve) => {
    const request = http.get({ host, port, path, agent: false, headers: { host: `localhost:${port}` } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    request.setTimeout(timeoutMs, () => request.destroy());
    request.once("error", () => resolve(null));
    request.once("close", () => resolve(null));
  });
}
