import { expect, test } from "vitest";
import type { AnsweredRequest } from "../../../src/model/traced-request.ts";
import { notingRequests } from "../../../src/session/apps/own-requests.ts";
import type { Network } from "../../../src/system/network.ts";
import { virtualClock } from "../virtual-clock.ts";

const HOW = { timeoutMs: 1_000, secure: false };

test("each request that a check made is noted as devpm's own; one without an answer is none", async () => {
  const clock = virtualClock();
  const asked: AnsweredRequest[] = [];
  const answers: number[][] = [[], [503, 200]];
  const network = { statuses: () => Promise.resolve(answers.shift() ?? []) } as unknown as Network;
  const own = notingRequests(network, clock, (requests) => asked.push(...requests));
  expect(await own.status(80, "/health", HOW)).toBeNull();
  expect(asked).toEqual([]);
  expect(await own.status(80, "/health", HOW)).toBe(503);
  const one = { method: "GET", path: "/health", route: null, began: clock.now().getTime(), ms: 0, isOwn: true };
  expect(asked).toEqual([
    { ...one, status: 503 },
    { ...one, status: 200 },
  ]);
});
