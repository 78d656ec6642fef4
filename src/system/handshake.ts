import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { PROTOCOL, type Frame, type Welcome } from "../model/protocol.ts";
import { version } from "./version.ts";

/*
 * Both ends know the session's secret, which only its user can read. Neither sends it: each signs what the other made up,
 * so that whoever sits in the place of one of them learns nothing that the other would believe.
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
  /** False where the proof is wrong, or nobody asked for one. */
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

/** The client's side: what it says first, and what it says to the answer; else why it goes no further. */
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

/** For a session that a devpm from before the secret runs. */
export const OLDER = mismatch("an older devpm");

function mismatch(engine: string, client = `devpm ${version}`): string {
  return `this session is run by ${engine}, which ${client} cannot talk to: use that one, or end the session with \`devpm down\` and start it again`;
}
