import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { MOST_PAGE_KEYS, PAGE_LINK_MS } from "../model/limits.ts";
import type { PageRequest } from "../system/page-server.ts";

/** The head of a request; nothing in it is trusted yet. */
export type Head = Pick<PageRequest, "method" | "path" | "query" | "header" | "uid">;

/** Why a request is not let in. */
export interface Refusal {
  status: number;
  why: string;
}

/** Who may see the page of one session: decides about each request from its head alone. */
export interface Admission {
  /** The path below which everything of the page is. */
  base: string;
  /** The path of a link that opens the page once. */
  link(): string;
  /** Exchanges the token of a link for the value of the browser's cookie; null: it has one, from this link or another. */
  enter(head: Head): Refusal | { cookie: string | null };
  /** null: it is let in. */
  refusal(head: Head): Refusal | null;
}

export interface AdmissionOptions {
  port: number;
  /** Whose session it is. */
  uid: number;
  /** Milliseconds that never jump. */
  now: () => number;
}

const COOKIE = "devpm";
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * The page is under a path that cannot be guessed, and so is its cookie: another server on the same host, which a browser
 * would send a cookie for `/` to, is never sent it. It is strict, and each request must come from the page itself.
 */
export function createAdmission({ port, uid, now }: AdmissionOptions): Admission {
  const base = `/${randomBytes(9).toString("base64url")}/`;
  const links = createKeys(now, PAGE_LINK_MS);
  const browsers = createKeys(now, Infinity);
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];

  /** Why a request is not for this page: its host name, its origin or its path. */
  const misdirected = (head: Head): Refusal | null => {
    const host = head.header("host") ?? "";
    if (!hosts.includes(host)) return { status: 421, why: "this host name is not the page's" };
    const origin = head.header("origin");
    if (origin !== undefined && origin !== `http://${host}`) return { status: 403, why: "another site asks" };
    if (!head.path.startsWith(base)) return { status: 404, why: "there is nothing here" };
    return null;
  };

  const isKnown = (head: Head): boolean => cookies(head, COOKIE).some((value) => browsers.knows(value));

  return {
    base,
    link: () => `${base}enter?token=${links.issue()}`,
    enter(head) {
      const wrong = misdirected(head) ?? (isOthers(head, uid) ? { status: 403, why: "another user asks" } : null);
      if (wrong) return wrong;
      // the link that a terminal shows is clicked again
      if (!links.use(head.query.get("token") ?? ""))
        return isKnown(head) ? { cookie: null } : { status: 403, why: USED };
      return { cookie: `${COOKIE}=${browsers.issue()}; Path=${base}; HttpOnly; SameSite=Strict` };
    },
    refusal(head) {
      const wrong = misdirected(head);
      if (wrong) return wrong;
      // a browser says where a request comes from; a page on another port of this host is of the same site
      const from = head.header("sec-fetch-site");
      if (from !== undefined && !["same-origin", "none"].includes(from) && !isNavigation(head))
        return { status: 403, why: "another site asks" };
      if (head.method !== "GET" && head.header("origin") === undefined)
        return { status: 403, why: "only the page itself asks for this" };
      return isKnown(head) ? null : { status: 401, why: USED };
    },
  };
}

const USED = "this browser is not known: `devpm ui` opens the page, and each of its links works once";

/** To read the page itself: a link, or an address that was typed. */
const isNavigation = ({ method, header }: Head): boolean =>
  method === "GET" && header("sec-fetch-mode") === "navigate" && header("sec-fetch-dest") === "document";

/** A link is on the command line of the browser, where other users of the machine can read it. */
function isOthers({ uid }: Head, own: number): boolean {
  const from = uid();
  return from !== null && from !== own && from !== 0;
}

function cookies({ header }: Head, name: string): string[] {
  return (header("cookie") ?? "").split(";").flatMap((pair) => {
    const [key = "", value = ""] = pair.trim().split("=", 2);
    return key === name && SECRET.test(value) ? [value] : [];
  });
}

interface Keys {
  issue(): string;
  knows(key: string): boolean;
  /** Knows it, and from now on no longer. */
  use(key: string): boolean;
}

/** Random keys, of which only digests are kept, compared in constant time. */
function createKeys(now: () => number, lifeMs: number): Keys {
  let known: { digest: Buffer; at: number }[] = [];
  const found = (key: string): Buffer | null => {
    const digest = digestOf(key);
    return known.find((one) => timingSafeEqual(one.digest, digest) && now() - one.at <= lifeMs)?.digest ?? null;
  };
  return {
    issue() {
      const key = randomBytes(32).toString("base64url");
      known = [...known.slice(1 - MOST_PAGE_KEYS), { digest: digestOf(key), at: now() }];
      return key;
    },
    knows: (key) => found(key) !== null,
    use(key) {
      const digest = found(key);
      known = known.filter((one) => one.digest !== digest);
      return digest !== null;
    },
  };
}

const digestOf = (key: string): Buffer => createHash("sha256").update(key).digest();
