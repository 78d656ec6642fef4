import { describe, expect, test } from "vitest";
import { MOST_PAGE_KEYS, PAGE_LINK_MS } from "../../../src/model/limits.ts";
import { createAdmission, type Head } from "../../../src/page/admission.ts";

const PORT = 4_321;
const HOST = `127.0.0.1:${PORT}`;

function open(now: () => number = () => 0) {
  const admission = createAdmission({ port: PORT, uid: 1_000, now });
  const head = (path: string, headers: Record<string, string> = {}, more: Partial<Head> = {}): Head => {
    const [plain = "", query = ""] = path.split("?", 2);
    const all: Record<string, string> = { host: HOST, ...headers };
    return {
      method: "GET",
      path: plain,
      query: new URLSearchParams(query),
      header: (name) => all[name],
      uid: () => 1_000,
      ...more,
    };
  };
  const enter = (more: Partial<Head> = {}, link = admission.link()) => admission.enter(head(link, {}, more));
  const cookie = (): string => {
    const entered = enter();
    if (!("cookie" in entered)) throw new Error(entered.why);
    return entered.cookie!.split(";", 1)[0]!;
  };
  return { admission, head, enter, cookie };
}

describe("a link", () => {
  test("lets a browser in once", () => {
    const { admission, enter } = open();
    const link = admission.link();
    expect(enter({}, link)).toMatchObject({
      cookie: expect.stringMatching(/^devpm=[\w-]{43}; Path=\/[\w-]+\/; HttpOnly; SameSite=Strict$/),
    });
    expect(enter({}, link)).toMatchObject({ status: 403 });
  });

  test("leads the browser that it let in to the page again, and no other", () => {
    const { admission, head, enter, cookie } = open();
    const link = admission.link();
    enter({}, link);
    const own = { cookie: cookie() };
    expect(admission.enter(head(link, own))).toEqual({ cookie: null });
    expect(admission.enter(head(link, { cookie: `devpm=${"x".repeat(43)}` }))).toMatchObject({ status: 403 });
    expect(admission.enter(head(link, { ...own, origin: "http://evil.example" }))).toMatchObject({ status: 403 });
    expect(admission.enter(head(link, { ...own, host: "evil.example" }))).toMatchObject({ status: 421 });
    expect(admission.enter(head(link, own, { uid: () => 1_001 }))).toMatchObject({ status: 403 });
  });

  test("is of no use after its time, and the oldest of many is forgotten", () => {
    let now = 0;
    const { admission, enter } = open(() => now);
    const [old, other] = [admission.link(), admission.link()];
    now = PAGE_LINK_MS;
    expect(enter({}, old)).toHaveProperty("cookie");
    now += 1;
    expect(enter({}, other)).toMatchObject({ status: 403 });
    const first = admission.link();
    for (let count = 0; count < MOST_PAGE_KEYS; count++) admission.link();
    expect(enter({}, first)).toMatchObject({ status: 403 });
  });

  test("is of no use to another user, whom it is not used up by; root and one who is not known are let in", () => {
    const { admission, enter } = open();
    const link = admission.link();
    expect(enter({ uid: () => 1_001 }, link)).toMatchObject({ status: 403 });
    expect(enter({ uid: () => null }, link)).toHaveProperty("cookie");
    expect(enter({ uid: () => 0 })).toHaveProperty("cookie");
  });

  test("of another session has another path", () => {
    expect(open().admission.base).not.toBe(open().admission.base);
  });
});

describe("a request with the cookie", () => {
  test("is let in under either name of this machine", () => {
    const { admission, head, cookie } = open();
    const own = { cookie: `theme=dark; ${cookie()}` };
    expect(admission.refusal(head(admission.base, own))).toBeNull();
    const localhost = { ...own, host: `localhost:${PORT}`, origin: `http://localhost:${PORT}` };
    expect(admission.refusal(head(admission.base, localhost))).toBeNull();
  });

  test.each([
    [{ host: "evil.example" }, 421],
    [{ host: `127.0.0.1:${PORT + 1}` }, 421],
    [{ host: "" }, 421],
    [{ origin: "http://evil.example" }, 403],
    [{ origin: `http://localhost:${PORT}` }, 403],
    [{ origin: `https://${HOST}` }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ cookie: "" }, 401],
    [{ cookie: `devpm=${"A".repeat(43)}` }, 401],
  ] as [Record<string, string>, number][])("and %j is refused with %i", (headers, status) => {
    const { admission, head, cookie } = open();
    expect(admission.refusal(head(`${admission.base}events`, { cookie: cookie(), ...headers }))).toMatchObject({
      status,
    });
  });

  test("that changes something needs the page's own origin", () => {
    const { admission, head, cookie } = open();
    const own = cookie();
    const path = `${admission.base}ask`;
    expect(admission.refusal(head(path, { cookie: own }, { method: "POST" }))).toMatchObject({ status: 403 });
    const origin = `http://${HOST}`;
    expect(admission.refusal(head(path, { cookie: own, origin }, { method: "POST" }))).toBeNull();
  });

  test("outside of the page's path finds nothing", () => {
    const { admission, head, cookie } = open();
    expect(admission.refusal(head("/", { cookie: cookie() }))).toMatchObject({ status: 404 });
  });

  test("may come from a link elsewhere, where it only opens the page", () => {
    const { admission, head, cookie } = open();
    const headers = { cookie: cookie(), "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const opened = { ...headers, "sec-fetch-dest": "document" };
    expect(admission.refusal(head(admission.base, opened))).toBeNull();
    const framed = { ...headers, "sec-fetch-dest": "iframe" };
    expect(admission.refusal(head(admission.base, framed))).toMatchObject({ status: 403 });
  });
});
