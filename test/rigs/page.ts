import http from "node:http";
import type { Project } from "./project.ts";

/** Where the page of a session is. */
export interface PageAddress {
  /** A link that opens it once. */
  link: string;
  port: number;
  /** `/…/`: the path below which everything is. */
  base: string;
}

/** As `devpm ui --no-open` prints it in this folder; default: the project's. */
export async function askForPage(project: Project, cwd?: string): Promise<PageAddress> {
  const { code, stdout, output } = await project.devpm(["ui", "--no-open"], cwd === undefined ? {} : { cwd });
  const [link, port, base] = /^http:\/\/127\.0\.0\.1:(\d+)(\/[\w-]+\/)enter\?token=[\w-]{43}$/m.exec(stdout) ?? [];
  if (code !== 0 || link === undefined || base === undefined) throw new Error(`devpm ui printed no link:\n${output}`);
  return { link, port: Number(port), base };
}

export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export interface Wish {
  method?: string;
  /** Below the page's base; or whole, where it begins with a slash. */
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A request with exactly these headers, as a browser or an attacker sends them. */
export function send(
  { port, base }: PageAddress,
  { method = "GET", path = "", headers = {}, body }: Wish,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: "127.0.0.1", port, method, path: path.startsWith("/") ? path : base + path, headers, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
        response.once("error", reject);
      },
    );
    request.once("error", reject);
    request.end(body);
  });
}

/** The cookie that a link gives. */
export async function cookieOf(address: PageAddress): Promise<string> {
  const { status, headers, body } = await send(address, {
    path: new URL(address.link).pathname + new URL(address.link).search,
  });
  const cookie = headers["set-cookie"]?.[0];
  if (status !== 200 || cookie === undefined) throw new Error(`the link gave no cookie: ${status} ${body}`);
  return cookie;
}
