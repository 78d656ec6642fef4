import type { PageReply } from "../system/page-server.ts";

/** The page loads nothing but its own files, talks to nothing but its session, and turns no text into markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const COMMON = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

const TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
} as const;

export type Type = keyof typeof TYPES;

export const reply = (status: number, type: Type, body: string, more: Record<string, string> = {}): PageReply => ({
  status,
  headers: { ...COMMON, "content-type": TYPES[type], ...more },
  body,
  admitted: true,
});

export const jsonReply = (value: unknown): PageReply => reply(200, "json", JSON.stringify(value));

/** A bug of devpm. `why` only to a request that was let in. */
export const failedReply = (why: string | null): PageReply => ({
  ...reply(
    500,
    "json",
    JSON.stringify({ ok: false, error: `devpm failed to answer${why === null ? "" : `: ${why}`}` }),
  ),
  admitted: why !== null,
});

/** To a request that was not let in: a page for a person, with the way in. */
export const refused = (status: number, why: string): PageReply => ({
  ...reply(status, "html", document("devpm", `<p>${escaped(why)}</p>`)),
  admitted: false,
});

/** The browser has its cookie now. It goes on by itself: after a link from another site it would not send a strict cookie. */
export const entered = (base: string, cookie: string | null): PageReply =>
  reply(
    200,
    "html",
    document(
      "devpm",
      `<p><a href="${base}">open the page</a></p>`,
      `<link rel="icon" href="${base}icon.svg"><meta http-equiv="refresh" content="0; url=${base}">`,
    ),
    cookie === null ? {} : { "set-cookie": cookie },
  );

const document = (title: string, body: string, head = ""): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${body}</body></html>`;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
