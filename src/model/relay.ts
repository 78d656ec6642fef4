/**
 * How output and events travel from PM2's daemon to the engine: one stream of frames over a socket, in the order in which
 * things happened. A frame is its kind, the app's number in PM2, two lengths, the app's name and what it is about:
 *
 *   kind u8 | id u32 | length of the name u16 | length of the rest u32 | name | bytes of output, or JSON
 */
type RelayKind = (typeof KINDS)[number];

const KINDS = ["out", "err", "event", "save"] as const;

/** Beside PM2's own sockets, in its home. */
export const RELAY_SOCKET = "out.sock";

/** Before the name. */
const HEAD_BYTES = 11;

export interface RelayFrame {
  kind: RelayKind;
  /** PM2's number of the process; 0 where it concerns none. */
  id: number;
  app: string;
}

/** What stands before `length` bytes. */
export function relayHead({ kind, id, app }: RelayFrame, length: number): Buffer {
  const name = Buffer.from(app);
  const head = Buffer.allocUnsafe(HEAD_BYTES + name.length);
  head.writeUInt8(KINDS.indexOf(kind), 0);
  head.writeUInt32LE(id, 1);
  head.writeUInt16LE(name.length, 5);
  head.writeUInt32LE(length, 7);
  name.copy(head, HEAD_BYTES);
  return head;
}

export interface RelayReader {
  /** In pieces, as they come. The bytes are only valid during the call. */
  output(frame: RelayFrame, bytes: Buffer): void;
  /** A whole frame of another kind. */
  message(frame: RelayFrame, text: string): void;
}

const NOTHING = Buffer.alloc(0);

/** Puts frames together again, wherever the chunks of a stream begin and end. */
export function createRelayParser(reader: RelayReader): (chunk: Buffer) => void {
  /** A head or a message whose end has not come yet. */
  let begun = NOTHING;
  let frame: RelayFrame | null = null;
  /** Bytes that the frame still has. */
  let left = 0;

  /** Where the next frame begins, or null: more has to come first. */
  const one = (bytes: Buffer, at: number): number | null => {
    const head = frame === null ? headAt(bytes, at) : null;
    if (head) [frame, left] = [head.frame, head.length];
    if (frame === null) return null;
    const from = head?.end ?? at;
    const isOutput = frame.kind === "out" || frame.kind === "err";
    const taken = Math.min(left, bytes.length - from);
    if (!isOutput && taken < left) {
      // its head is read again with the rest of it
      frame = null;
      return null;
    }
    const part = bytes.subarray(from, from + taken);
    if (!isOutput) reader.message(frame, part.toString());
    else if (taken > 0) reader.output(frame, part);
    left -= taken;
    if (left === 0) frame = null;
    return from + taken;
  };

  return (chunk) => {
    const bytes = begun.length === 0 ? chunk : Buffer.concat([begun, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const next = one(bytes, at);
      if (next === null) break;
      at = next;
    }
    begun = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
  };
}

function headAt(bytes: Buffer, at: number): { frame: RelayFrame; length: number; end: number } | null {
  if (bytes.length - at < HEAD_BYTES) return null;
  const kind = KINDS[bytes.readUInt8(at)];
  if (kind === undefined) throw new Error(`PM2's daemon sent a frame of unknown kind ${bytes.readUInt8(at)}`);
  const end = at + HEAD_BYTES + bytes.readUInt16LE(at + 5);
  if (bytes.length < end) return null;
  const app = bytes.toString("utf8", at + HEAD_BYTES, end);
  return { frame: { kind, id: bytes.readUInt32LE(at + 1), app }, length: bytes.readUInt32LE(at + 7), end };
}
