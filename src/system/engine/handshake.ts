import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { PROTOCOL, type Frame, type Welcome } from "../../model/protocol.ts";
import { version } from "../version.ts";

/*
 * Both ends know the session's secret, readable by its user only. Neither sends it: each signs a value from the other,
 * so that an impostor of either one learns nothing that the other would accept.
 */
type Hello = Extract<Frame, { op: "hello" }>;

const sign = (secret: string, side: "engine" | "client", nonce: string): string =>
  createHmac("sha256", secret).update(`${side}:${nonce}`).digest("hex");

const isSigned = (proof: string, secret: string, side: "engine" | "client", nonce: string): boolean => {
  const right = Buffer.from(sign(secret, side, nonce));
  const given = Buffer.from(proof);
  return given.length === right.length && timingSafeEqual(given, right);
};

const nonce = (): string => randomBytes(16).toString("hex");

/** The engine's side of one connection. */
export interface Reception {
  /** Whether requests are taken: the client has proved itself. */
  readonly known: boolean;
  welcome(hello: Hello): Welcome;
  /** False where the proof is wrong, or none was asked for. */
  prove(proof: string): boolean;
}

export function createReception(secret: string): Reception {
  let asked: string | null = null;
  let known = false;
  return {
    get known() {
      return known;
    },
    welcome(hello) {
      if (hello.protocol !== PROTOCOL)
        return { ...self(), ok: false, error: mismatch(`devpm ${version}`, `devpm ${hello.devpm}`) };
      asked = nonce();
      return { ...self(), ok: true, nonce: asked, proof: sign(secret, "engine", hello.nonce) };
    },
    prove(proof) {
      known = asked !== null && isSigned(proof, secret, "client", asked);
      return known;
    },
  };
}

const self = (): { protocol: number; devpm: string } => ({ protocol: PROTOCOL, devpm: version });

/** The client's side: its first message, and its reply to the answer; else why it stops there. */
export function createGreeting(secret: string): {
  hello: Hello;
  reply(welcome: Welcome): { ok: true; frame: Frame } | { ok: false; error: string };
} {
  const own = nonce();
  return {
    hello: { op: "hello", ...self(), nonce: own },
    reply(welcome) {
      const { protocol, devpm } = welcome;
      if (protocol !== PROTOCOL) return { ok: false, error: devpm === undefined ? OLDER : mismatch(`devpm ${devpm}`) };
      if (!welcome.ok) return { ok: false, error: welcome.error };
      if (!isSigned(welcome.proof, secret, "engine", own)) return { ok: false, error: STRANGER };
      return { ok: true, frame: { op: "prove", proof: sign(secret, "client", welcome.nonce) } };
    },
  };
}

export const STRANGER =
  "what answers on the session's socket is not this session: it does not know the session's secret";

/** For a session of a devpm version that has no secret yet. */
export const OLDER = mismatch("an older devpm");

function mismatch(engine: string, client = `devpm ${version}`): string {
  return `this session is run by ${engine}, which ${client} cannot talk to: use that one, or end the session with \`devpm down\` and start it again`;
}
