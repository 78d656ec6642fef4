/** What kept a container from being made or started, as far as the engine's or Compose's message shows. */
export type Failure =
  | { kind: "port"; port: number | null; words: string }
  | { kind: "image"; why: ImageWhy; words: string }
  | { kind: "disk"; words: string }
  | { kind: "platform"; words: string }
  /** One that the compose file calls external: Compose leaves it to people to make it. */
  | { kind: "network"; network: string; words: string }
  | { kind: "dependency"; container: string | null; words: string }
  | { kind: "lost"; words: string }
  /** Another process makes or removes the same thing at this moment. */
  | { kind: "conflict"; words: string }
  | { kind: "other"; words: string };

/** `unknown`: the registry has no such image, or not for us. `offline`: the registry was not reached. */
export type ImageWhy = "unknown" | "denied" | "offline" | "limit" | "platform";

type Rule = readonly [RegExp, (found: RegExpExecArray, words: string) => Failure];

const image =
  (why: ImageWhy) =>
  (_found: RegExpExecArray, words: string): Failure => ({ kind: "image", why, words });

/** Most specific first: one failure often contains the message of another. */
const RULES: readonly Rule[] = [
  [
    /is already in use by container|already exists in network|network .* already exists|removal of container .* is already in progress|is marked for removal/i,
    (_f, words) => ({ kind: "conflict", words }),
  ],
  [/no space left on device/i, (_f, words) => ({ kind: "disk", words })],
  [
    /(?:bind for|exposing port (?:tcp|udp)|listen (?:tcp|udp)[46]?) \S*?:(\d+)\b.*(?:already allocated|already in use|not available)/i,
    (found, words) => ({ kind: "port", port: Number(found[1]), words }),
  ],
  [/port is already allocated|address already in use/i, (_f, words) => ({ kind: "port", port: null, words })],
  [/no matching manifest for|does not match the (?:specified|detected host) platform/i, image("platform")],
  [/exec format error/i, (_f, words) => ({ kind: "platform", words })],
  [/toomanyrequests|rate limit/i, image("limit")],
  [/unauthorized|authentication required|no basic auth credentials/i, image("denied")],
  [
    /manifest unknown|manifest for .* not found|pull access denied|repository does not exist|no such image/i,
    image("unknown"),
  ],
  [
    /(?:lookup|dial tcp|registry|Get "https?:\/\/).*(?:no such host|connection refused|i\/o timeout|timeout|unreachable|EOF|temporary failure|server misbehaving|deadline exceeded|reset by peer|canceled)/i,
    image("offline"),
  ],
  // one that is named by its id was removed behind a container: Compose makes it again
  [
    /network (?![0-9a-f]{12,64}\b)([\w.-]+) (?:not found|declared as external)/i,
    (found, words) => ({ kind: "network", network: found[1] ?? "", words }),
  ],
  [
    /dependency failed to start: container (\S+)/i,
    (found, words) => ({ kind: "dependency", container: found[1] ?? null, words }),
  ],
  [/cannot connect to the docker daemon|is the docker daemon running/i, (_f, words) => ({ kind: "lost", words })],
];

/** Pure. */
export function failureIn(text: string): Failure {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  for (const [pattern, make] of RULES) {
    for (const line of lines) {
      const found = pattern.exec(line);
      if (found) return make(found, plain(line));
    }
  }
  return { kind: "other", words: plain(lines.at(-1) ?? "it gave no reason") };
}

/** Cut to what a person needs: without the prefixes each layer adds, and without container ids. */
const plain = (line: string): string =>
  line
    .replaceAll(/Error response from daemon: |^Error: /gi, "")
    .replaceAll(
      /(failed to set up container networking|driver failed programming external connectivity on endpoint \S+ \([0-9a-f]{12,64}\)): /g,
      "",
    )
    .trim();
