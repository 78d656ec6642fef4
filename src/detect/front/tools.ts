import type { AppKind } from "../model.ts";

/** A front-end tool with a dev server, and where it listens by itself. */
export interface Tool {
  kind: AppKind;
  /** Its title, for people. */
  title: string;
  port: number;
}

const tool = (kind: AppKind, title: string, port: number): Tool => ({ kind, title, port });

/** By the program that a script starts. */
export const BY_PROGRAM: Readonly<Record<string, Tool>> = {
  vite: tool("vite", "Vite", 5173),
  next: tool("next", "Next.js", 3000),
  nuxt: tool("nuxt", "Nuxt", 3000),
  nuxi: tool("nuxt", "Nuxt", 3000),
  astro: tool("astro", "Astro", 4321),
  ng: tool("angular", "Angular", 4200),
  "react-router": tool("react-router", "React Router", 5173),
  remix: tool("react-router", "Remix", 3000),
  "react-scripts": tool("cra", "Create React App", 3000),
  craco: tool("cra", "Create React App", 3000),
  "react-app-rewired": tool("cra", "Create React App", 3000),
  webpack: tool("webpack", "webpack", 8080),
  "webpack-dev-server": tool("webpack", "webpack", 8080),
  "vue-cli-service": tool("other-node", "Vue CLI", 8080),
  quasar: tool("other-node", "Quasar", 9000),
  parcel: tool("other-node", "Parcel", 1234),
  rsbuild: tool("other-node", "Rsbuild", 3000),
  // before it was a plugin of Vite
  "svelte-kit": tool("sveltekit", "SvelteKit", 3000),
  vinxi: tool("other-node", "TanStack Start", 3000),
  gatsby: tool("other-node", "Gatsby", 8000),
  ember: tool("other-node", "Ember", 4200),
  rspack: tool("other-node", "Rspack", 8080),
  farm: tool("other-node", "Farm", 9000),
  umi: tool("other-node", "Umi", 8000),
  max: tool("other-node", "Umi", 8000),
  snowpack: tool("other-node", "Snowpack", 8080),
  waku: tool("other-node", "Waku", 3000),
  "solid-start": tool("other-node", "SolidStart", 3000),
  vike: tool("other-node", "Vike", 3000),
  vp: tool("vite", "Vite", 5173),
  preact: tool("other-node", "Preact CLI", 8080),
  modern: tool("other-node", "Modern.js", 8080),
  ice: tool("other-node", "ice.js", 3000),
  ionic: tool("other-node", "Ionic", 8100),
  esbuild: tool("other-node", "esbuild", 8000),
  "live-server": tool("other-node", "live-server", 8080),
  "lite-server": tool("other-node", "lite-server", 3000),
};

/** The tool that a dependency turns a plain `vite` into. */
const ON_VITE: readonly (readonly [string, Tool])[] = [
  ["@sveltejs/kit", tool("sveltekit", "SvelteKit", 5173)],
  ["@react-router/dev", tool("react-router", "React Router", 5173)],
  ["@remix-run/dev", tool("react-router", "Remix", 5173)],
  ["@tanstack/react-start", tool("vite", "TanStack Start", 3000)],
  ["@tanstack/solid-start", tool("vite", "TanStack Start", 3000)],
];

export function toolOf(program: string, dependencies: ReadonlySet<string>, args: readonly string[] = []): Tool | null {
  // `remix vite:dev`
  if (program === "vite" || program === "vp" || args[0] === "vite:dev")
    return ON_VITE.find(([name]) => dependencies.has(name))?.[1] ?? BY_PROGRAM.vite ?? null;
  return Object.hasOwn(BY_PROGRAM, program) ? (BY_PROGRAM[program] ?? null) : null;
}

/** Where a script starts something of its own, the tool that the dependencies name. */
const BY_DEPENDENCY: readonly (readonly [string, string])[] = [
  ["next", "next"],
  ["nuxt", "nuxt"],
  ["astro", "astro"],
  ["@angular/cli", "ng"],
  ["react-scripts", "react-scripts"],
  ["vite", "vite"],
  // its configuration copied into the project
  ["react-dev-utils", "react-scripts"],
  ["webpack-dev-server", "webpack"],
  ["webpack-dev-middleware", "webpack"],
];

export function toolByDependency(dependencies: ReadonlySet<string>): Tool | null {
  const program = BY_DEPENDENCY.find(([name]) => dependencies.has(name))?.[1];
  return program === undefined ? null : toolOf(program, dependencies);
}

/** Whether a dependency brings a tool's program. */
export const isOfTool = (dependency: string, program: string): boolean =>
  dependency === program ||
  (program === "ng" && dependency === "@angular/cli") ||
  (program === "quasar" && /^@quasar\/(app|app-vite|app-webpack|cli)$/.test(dependency)) ||
  (program === "vue-cli-service" && dependency === "@vue/cli-service") ||
  (program === "svelte-kit" && dependency === "@sveltejs/kit") ||
  (program === "react-router" && dependency === "@react-router/dev") ||
  (program === "remix" && dependency === "@remix-run/dev") ||
  (program === "max" && dependency === "@umijs/max") ||
  (program === "rsbuild" && dependency === "@rsbuild/core");

const isDev = (verb: string): boolean => /^(dev|develop|start|vite:dev)$/.test(verb);

/** Whether the words after a tool's name start its dev server. */
export function isDevServer(program: string, args: readonly string[]): boolean {
  const [verb = ""] = args.filter((arg) => !arg.startsWith("-"));
  switch (program) {
    case "vite":
      return !/^(build|preview|optimize)$/.test(verb);
    case "next":
    case "nuxt":
      // both start it where they are given no command
      return args[0] === undefined || args[0].startsWith("-") || (program === "next" ? verb === "dev" : isDev(verb));
    case "nuxi":
    case "astro":
    case "react-router":
    case "remix":
    case "quasar":
    case "vinxi":
    case "svelte-kit":
    case "rsbuild":
    case "umi":
    case "max":
    case "snowpack":
    case "waku":
    case "solid-start":
    case "vike":
    case "vp":
    case "modern":
    case "ice":
      return isDev(verb);
    case "ng":
      return /^(serve|s|dev)$/.test(verb);
    case "react-scripts":
    case "craco":
    case "react-app-rewired":
      return verb === "start";
    case "farm":
      return verb === "" || verb === "start";
    case "webpack":
    case "rspack":
      return verb === "serve" || verb === "dev" || verb === "server";
    case "webpack-dev-server":
    case "live-server":
    case "lite-server":
      return true;
    case "esbuild":
      return args.some((arg) => /^--serve(=|$)/.test(arg));
    case "preact":
      return verb === "watch";
    case "vue-cli-service":
    case "ionic":
    case "ember":
      return /^(serve|server|s)$/.test(verb);
    case "gatsby":
      return verb === "develop";
    case "parcel":
      return verb !== "build" && verb !== "watch";
    default:
      return false;
  }
}
