import { describe, expect, test } from "vitest";
import { requestsInTraces } from "../../../src/requests/otlp.ts";

const varint = (value: bigint): number[] =>
  value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
const whole = (number: number, value: number): number[] => [...varint(BigInt(number << 3)), ...varint(BigInt(value))];
const message = (number: number, ...parts: number[][]): number[] => {
  const inner = parts.flat();
  return [...varint(BigInt((number << 3) | 2)), ...varint(BigInt(inner.length)), ...inner];
};
const text = (number: number, value: string): number[] => message(number, [...new TextEncoder().encode(value)]);
const fixed = (number: number, value: bigint): number[] => [
  ...varint(BigInt((number << 3) | 1)),
  ...new Uint8Array(new BigUint64Array([value]).buffer),
];
const attribute = (key: string, value: string | number): number[] =>
  message(9, text(1, key), message(2, typeof value === "string" ? text(1, value) : whole(3, value)));

const BEGAN = 1_769_860_800_123_456_789n;
const span = (kind: number, attributes: Record<string, string | number>, took = 8_517_000n): number[] =>
  message(
    2,
    text(5, "GET /items/{item}"),
    whole(6, kind),
    fixed(7, BEGAN),
    fixed(8, BEGAN + took),
    ...Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    [...varint(BigInt((16 << 3) | 5)), 0, 1, 0, 0],
  );
const exported = (...spans: number[][]): Uint8Array =>
  Uint8Array.from(message(1, message(1, text(9, "resource")), message(2, message(1, text(1, "fastapi")), ...spans)));

const SERVER = 2;
const GET = { "http.request.method": "GET", "url.path": "/té", "http.response.status_code": 200 };

describe("an export of traces", () => {
  test("has the requests that a server answered", () => {
    const all = exported(
      span(1, GET),
      span(SERVER, { ...GET, "url.query": "q=1", "http.route": "/{item}", "server.port": 80 }),
      span(SERVER, { "http.method": "POST", "http.target": "/old?a", "http.status_code": 500 }),
    );
    const times = { began: 1_769_860_800_123.45, ms: 8.51 };
    expect(requestsInTraces(all)).toEqual([
      { method: "GET", path: "/té?q=1", route: "/{item}", status: 200, ...times },
      { method: "POST", path: "/old?a", route: null, status: 500, ...times },
    ]);
  });

  test("leaves out what is no whole request", () => {
    const { "url.path": _, ...pathless } = GET;
    const spans = [pathless, { ...GET, "http.response.status_code": 7 }, {}].map((one) => span(SERVER, one));
    expect(requestsInTraces(exported(...spans, span(SERVER, GET, -1n)))).toEqual([]);
    expect(requestsInTraces(new Uint8Array())).toEqual([]);
  });

  test("is refused where it is no protobuf, wherever it ends", () => {
    const all = exported(span(SERVER, GET));
    for (let end = 1; end < all.length; end++) expect(requestsInTraces(all.subarray(0, end)), String(end)).toBeNull();
    for (const wrong of [[0xff], [0x0b], [8, ...Array.from({ length: 12 }, () => 0xff)], [0x0a, 0xff, 0xff, 0x7f]])
      expect(requestsInTraces(Uint8Array.from(wrong)), wrong.join()).toBeNull();
  });
});
