/*
 * A TLS client's first message (RFC 8446, 4.1.2), by itself: whatever speaks TLS answers it with one that begins the handshake,
 * and what does not, does not. To load Node's `tls` and connect by it takes 25 ms, just when an app is about to give its first answer.
 */

/** Of a record that is a part of a handshake. An alert, which says that there will be none, has another one. */
export const HANDSHAKE = 22;

const CLIENT_HELLO = 1;
const TLS_1_0 = 0x0301;
const TLS_1_2 = 0x0303;
const TLS_1_3 = 0x0304;

/** Of TLS 1.3, and those of 1.2 that have been in use: with ECDHE, by both kinds of keys, and without. */
const CIPHERS = [
  0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
];
/** x25519, and NIST's three. */
const GROUPS = [0x001d, 0x0017, 0x0018, 0x0019];
const SIGNATURES = [0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601];

const uint16 = (value: number): number[] => [value >> 8, value & 0xff];
const all16 = (values: readonly number[]): number[] => values.flatMap(uint16);
const after8 = (bytes: readonly number[]): number[] => [bytes.length, ...bytes];
const after16 = (bytes: readonly number[]): number[] => [...uint16(bytes.length), ...bytes];
const extension = (type: number, bytes: readonly number[]): number[] => [...uint16(type), ...after16(bytes)];

export function clientHello(name: string): Buffer {
  const extensions = [
    extension(0, after16([0, ...after16([...Buffer.from(name)])])),
    extension(10, after16(all16(GROUPS))),
    extension(11, after8([0])),
    extension(13, after16(all16(SIGNATURES))),
    extension(43, after8(all16([TLS_1_3, TLS_1_2]))),
    // no share of a key: a server of TLS 1.3 asks for one, and computes nothing before
    extension(51, after16([])),
  ];
  const hello = [
    ...uint16(TLS_1_2),
    // its random number: there will be no keys that are made of it
    ...Array.from({ length: 32 }, () => 0),
    ...after8([]),
    ...after16(all16(CIPHERS)),
    ...after8([0]),
    ...after16(extensions.flat()),
  ];
  return Buffer.from([HANDSHAKE, ...uint16(TLS_1_0), ...after16([CLIENT_HELLO, 0, ...after16(hello)])]);
}
