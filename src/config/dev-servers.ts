/** A development server, by the name of its program: when it serves, and how it is given a port. */
interface DevServer {
  /** The first word after the program that makes it serve; absent: any but those of `not`. */
  verbs?: readonly string[];
  not?: readonly string[];
  /** Without a verb it serves too. */
  bare?: boolean;
  /** What is appended; nothing where it reads the variable PORT, which every app has. */
  flags: readonly string[];
}

const PORT = ["--port", "$PORT"];
/** Refuses another port instead of quietly taking it. */
const STRICT = [...PORT, "--strictPort"];

const SERVERS: Readonly<Record<string, DevServer>> = {
  vite: { not: ["build", "preview", "optimize"], flags: STRICT },
  "react-router": { verbs: ["dev"], flags: STRICT },
  remix: { verbs: ["vite:dev"], flags: STRICT },
  astro: { verbs: ["dev", "start"], flags: PORT },
  next: { verbs: ["dev"], bare: true, flags: PORT },
  nuxt: { verbs: ["dev"], flags: PORT },
  nuxi: { verbs: ["dev"], flags: PORT },
  ng: { verbs: ["serve", "s", "dev"], flags: PORT },
  nx: { verbs: ["serve", "dev"], flags: PORT },
  webpack: { verbs: ["serve", "server", "s"], flags: PORT },
  "webpack-dev-server": { flags: PORT },
  "vue-cli-service": { verbs: ["serve"], flags: PORT },
  "svelte-kit": { verbs: ["dev"], flags: PORT },
  quasar: { verbs: ["dev"], flags: PORT },
  parcel: { not: ["build", "watch"], flags: PORT },
  vinxi: { verbs: ["dev"], flags: PORT },
  vitepress: { verbs: ["dev"], flags: PORT },
  rsbuild: { verbs: ["dev"], flags: PORT },
  rspack: { verbs: ["serve", "dev"], flags: PORT },
  gatsby: { verbs: ["develop"], flags: PORT },
  docusaurus: { verbs: ["start"], flags: PORT },
  storybook: { verbs: ["dev"], flags: PORT },
  waku: { verbs: ["dev"], flags: PORT },
  wrangler: { verbs: ["dev"], flags: PORT },
  ember: { verbs: ["serve", "s"], flags: PORT },
  "react-scripts": { verbs: ["start"], flags: [] },
  craco: { verbs: ["start"], flags: [] },
  umi: { verbs: ["dev"], flags: [] },
};

/** Tools that take `-p` for the port, too. */
const SHORT = new Set(["next", "nuxt", "parcel", "quasar", "gatsby", "docusaurus", "storybook"]);

/** How the program is given its port; null where it is no development server that devpm knows. */
export function portFlags(program: string, args: readonly string[]): readonly string[] | null {
  const server = Object.hasOwn(SERVERS, program) ? SERVERS[program] : undefined;
  if (!server) return null;
  const verb = args[0]?.startsWith("-") === false ? args[0] : undefined;
  if (server.not?.includes(verb ?? "")) return null;
  if (server.verbs && !(verb === undefined ? server.bare : server.verbs.includes(verb))) return null;
  return server.flags;
}

/** Which of the words give the port, which devpm now gives. */
export function portWords(program: string, words: readonly string[]): Set<number> {
  const found = new Set<number>();
  for (const [at, word] of words.entries()) {
    const isPort = word === "--port" || (SHORT.has(program) && word === "-p");
    if (isPort) found.add(at).add(at + 1);
    if (word.startsWith("--port=") || word === "--strictPort" || (SHORT.has(program) && /^-p=?\d+$/.test(word)))
      found.add(at);
  }
  return found;
}

/** Which of these a folder without a usable script is served by, by what its package.json depends on. */
export function devServerOf(dependencies: readonly string[]): { program: string; verb: string | null } | null {
  const has = (name: string): boolean => dependencies.includes(name);
  if (has("@react-router/dev")) return { program: "react-router", verb: "dev" };
  if (has("astro")) return { program: "astro", verb: "dev" };
  if (has("nuxt")) return { program: "nuxt", verb: "dev" };
  if (has("next")) return { program: "next", verb: "dev" };
  if (has("@angular/cli")) return { program: "ng", verb: "serve" };
  if (has("react-scripts")) return { program: "react-scripts", verb: "start" };
  return has("vite") ? { program: "vite", verb: null } : null;
}
