import { expect, test } from "vitest";
import type { TracedRequest } from "../../../src/model/traced-request.ts";
import { KnownRequests, MOST_KNOWN } from "../../../web/known-requests.ts";

const request = (id: number, app = "back", ms: number | null = null): TracedRequest => ({
  ...{ id, at: "2026-01-31T12:00:00.000Z", app, method: "GET", path: "/", route: null, status: 200, ms },
  ...{ exception: null, lines: [] },
});

test("only what came since, and the last seconds once more, is asked for", () => {
  const known = new KnownRequests();
  expect(known.after(0)).toBeNull();
  known.take({ requests: [request(1), request(7)], last: 8 }, null, 0);
  // what is not five seconds old may still be measured
  expect(known.after(4_000)).toBeNull();
  known.take({ requests: [request(1), request(7, "back", 3), request(10)], last: 12 }, null, 4_000);
  expect(known.after(6_000)).toBe(8);
  known.take({ requests: [request(10, "back", 5), request(14)], last: 15 }, 8, 6_000);
  expect(known.all.map(({ id, ms }) => [id, ms])).toEqual([
    [1, null],
    [7, 3],
    [10, 5],
    [14, null],
  ]);
  expect(known.after(9_000)).toBe(12);
  expect(known.after(60_000)).toBe(15);
});

test("of each app the newest are kept", () => {
  const known = new KnownRequests();
  const many = Array.from({ length: MOST_KNOWN }, (_, at) => request(at + 2));
  known.take({ requests: [request(1, "quiet"), ...many], last: 900 }, null, 0);
  known.take({ requests: [request(901)], last: 901 }, 900, 1);
  expect(known.all).toHaveLength(MOST_KNOWN + 1);
  expect([known.all[0], known.all[1], known.all.at(-1)].map((one) => one?.id)).toEqual([1, 3, 901]);
});
