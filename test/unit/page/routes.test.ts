import { expect, test } from "vitest";
import { createAdmission } from "../../../src/page/admission.ts";
import { handle, type PageParts } from "../../../src/page/routes.ts";
import type { PageRequest } from "../../../src/system/page-server.ts";

const PORT = 4_000;
const HOST = `127.0.0.1:${PORT}`;

const request = (path: string, headers: Record<string, string>): PageRequest => {
  const { pathname, searchParams } = new URL(path, `http://${HOST}`);
  return {
    method: "GET",
    path: pathname,
    query: searchParams,
    header: (name) => ({ host: HOST, ...headers })[name],
    uid: () => null,
    body: () => Promise.resolve(""),
    bytes: () => Promise.resolve(null),
    gone: new AbortController().signal,
  };
};

/** A page whose session or history fails; the rest of it is never asked. */
async function page(parts: object) {
  const admission = createAdmission({ port: PORT, uid: 1, now: () => 0 });
  const all = {
    system: {},
    session: { flushLogs: () => {} },
    history: {},
    looks: { begun: () => {} },
    ...parts,
    admission,
  } as unknown as PageParts;
  const entered = await handle(all, request(admission.link(), {}));
  const cookie = entered.headers["set-cookie"]!.split(";", 1)[0]!;
  return (name: string, headers: Record<string, string> = { cookie }) =>
    handle(all, request(admission.base + name, headers));
}

test("a bug of devpm is answered with every header, and with its reason only to who was let in", async () => {
  const ask = await page({ history: { saves: () => Promise.reject(new Error("on purpose")) } });
  const failed = await ask("saves");
  expect(failed).toMatchObject({ status: 500, admitted: true, body: expect.stringContaining("on purpose") });
  expect(failed.headers).toMatchObject({
    "content-security-policy": expect.stringContaining("default-src 'none'"),
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  expect(await ask("saves", {})).toMatchObject({ status: 401, body: expect.not.stringContaining("on purpose") });
});

test("why a search has no result is in the answer", async () => {
  const error = "the search was ended: it took longer than 30 s";
  const ask = await page({ history: { lines: () => Promise.resolve({ error }) } });
  expect(await ask("lines")).toMatchObject({ status: 503, body: JSON.stringify({ ok: false, error }) });
  expect(await ask("lines?limit=0")).toMatchObject({ status: 400 });
});
