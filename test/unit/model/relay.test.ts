import { array, assert, constantFrom, integer, nat, property, record, string } from "fast-check";
import { expect, it } from "vitest";
import { createRelayParser, relayHead, type RelayFrame } from "../../../src/model/relay.ts";

interface Sent {
  frame: RelayFrame;
  content: string;
}

const bytesOf = (sent: readonly Sent[]): Buffer =>
  Buffer.concat(
    sent.flatMap(({ frame, content }) => {
      const bytes = Buffer.from(content);
      return [relayHead(frame, bytes.length), bytes];
    }),
  );

/** What arrives; consecutive pieces of one frame's output are one. */
function parsed(chunks: readonly Buffer[]): Sent[] {
  const arrived: Sent[] = [];
  let previous: RelayFrame | null = null;
  const parse = createRelayParser({
    output(frame, bytes) {
      if (frame === previous) arrived.at(-1)!.content += bytes.toString("latin1");
      else arrived.push({ frame, content: bytes.toString("latin1") });
      previous = frame;
    },
    message: (frame, content) => void arrived.push({ frame, content }),
  });
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk);
    parse(reused);
    // the reader's buffer is used again for what comes next
    reused.fill(0);
  }
  return arrived.map(({ frame, content }) => ({ frame: { ...frame }, content }));
}

const frame = record({
  kind: constantFrom("out", "err", "event", "save"),
  id: nat(),
  app: string({ maxLength: 20 }),
});
// ASCII, so that pieces of output can be compared as text
const sent = array(record({ frame, content: string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }) }));

it("gives what was sent, wherever the stream is cut", () => {
  assert(
    property(sent, array(integer({ min: 1, max: 30 })), (messages, cuts) => {
      const bytes = bytesOf(messages);
      const chunks: Buffer[] = [];
      for (let at = 0, n = 0; at < bytes.length; n++) {
        const end = at + (cuts[n % Math.max(1, cuts.length)] ?? bytes.length);
        chunks.push(bytes.subarray(at, end));
        at = end;
      }
      expect(parsed(chunks)).toEqual(messages);
    }),
  );
});

it("hands output on before its frame is complete, and messages whole", () => {
  const out: RelayFrame = { kind: "out", id: 7, app: "市場" };
  const event: RelayFrame = { kind: "event", id: 7, app: "市場" };
  const bytes = bytesOf([
    { frame: out, content: "0123456789" },
    { frame: event, content: '{"event":"exit"}' },
  ]);
  const end = relayHead(out, 0).length + 4;
  expect(parsed([bytes.subarray(0, end)])).toEqual([{ frame: out, content: "0123" }]);
  const inEvent = bytes.length - 3;
  expect(parsed([bytes.subarray(0, inEvent)])).toEqual([{ frame: out, content: "0123456789" }]);
  expect(parsed([bytes.subarray(0, inEvent), bytes.subarray(inEvent)]).at(-1)).toEqual({
    frame: event,
    content: '{"event":"exit"}',
  });
});

it("does not take something else for a frame", () => {
  expect(() => parsed([Buffer.from("HTTP/1.1 400 Bad Request\r\n")])).toThrow(/unknown kind 72/);
});
