import type { AnsweredRequest } from "../model/traced-request.ts";

/**
 * The requests that a server has answered, out of an OTLP export of traces (protobuf). Of all that may be in one, only spans
 * of servers are read, and of those what a request needs. null: malformed.
 */
export function requestsInTraces(bytes: Uint8Array): AnsweredRequest[] | null {
  try {
    return inside(bytes, RESOURCE_SPANS)
      .flatMap((resource) => inside(resource, SCOPE_SPANS))
      .flatMap((scope) => inside(scope, SPANS))
      .flatMap((span) => requestOf(span) ?? []);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** Numbers of fields in opentelemetry/proto/trace/v1/trace.proto and its like. */
const [RESOURCE_SPANS, SCOPE_SPANS, SPANS] = [1, 2, 2];
const SPAN = { kind: 6, start: 7, end: 8, attributes: 9 };
const SERVER = 2;
const KEY_VALUE = { key: 1, value: 2 };
const ANY = { text: 1, whole: 3 };

class Malformed extends Error {}

interface Field {
  number: number;
  value: bigint | Uint8Array;
}

function requestOf(span: Uint8Array): AnsweredRequest | null {
  const fields = [...fieldsOf(span)];
  const whole = (number: number): bigint => {
    const value = fields.find((field) => field.number === number)?.value;
    return typeof value === "bigint" ? value : 0n;
  };
  if (Number(whole(SPAN.kind)) !== SERVER) return null;
  const attributes = new Map(inside(span, SPAN.attributes).map(attributeOf));
  const text = (...names: readonly string[]): string | null => {
    const found = names.map((name) => attributes.get(name)).find((value) => value !== undefined);
    return found === undefined ? null : String(found);
  };
  const method = text("http.request.method", "http.method");
  const path = text("url.path", "http.target");
  const status = Number(text("http.response.status_code", "http.status_code"));
  const [start, end] = [whole(SPAN.start), whole(SPAN.end)];
  if (method === null || path === null || !(status >= 100 && status <= 999) || start === 0n || end < start) return null;
  const query = text("url.query") ?? "";
  const route = text("http.route");
  const [began, ms] = [millisecondsOf(start), millisecondsOf(end - start)];
  return { method, path: query === "" ? path : `${path}?${query}`, route, status, began, ms };
}

/** From nanoseconds, to a hundredth. */
const millisecondsOf = (nanoseconds: bigint): number => Number(nanoseconds / 10_000n) / 100;

function attributeOf(pair: Uint8Array): [name: string, value: string | number] {
  const [key] = inside(pair, KEY_VALUE.key);
  const [value] = inside(pair, KEY_VALUE.value);
  const [text] = value ? inside(value, ANY.text) : [];
  const number = value && [...fieldsOf(value)].find((field) => field.number === ANY.whole)?.value;
  return [key ? decoded(key) : "", text ? decoded(text) : typeof number === "bigint" ? Number(number) : ""];
}

const utf8 = new TextDecoder();
const decoded = (bytes: Uint8Array): string => utf8.decode(bytes);

/** The messages, or texts, that a message has in this field. */
const inside = (bytes: Uint8Array, number: number): Uint8Array[] =>
  [...fieldsOf(bytes)].flatMap((field) =>
    field.number === number && typeof field.value !== "bigint" ? [field.value] : [],
  );

const WIRE = { varint: 0, eight: 1, length: 2, four: 5 };

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const room = (length: number): number => {
    if (length > bytes.length - at) throw new Malformed();
    return (at += length) - length;
  };
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[room(1)]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Malformed();
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case WIRE.varint:
        yield { number, value: varint() };
        break;
      case WIRE.eight:
        yield { number, value: view.getBigUint64(room(8), true) };
        break;
      case WIRE.four:
        yield { number, value: BigInt(view.getUint32(room(4), true)) };
        break;
      case WIRE.length: {
        const length = Number(varint());
        const from = room(length);
        yield { number, value: bytes.subarray(from, from + length) };
        break;
      }
      default:
        throw new Malformed();
    }
  }
}
