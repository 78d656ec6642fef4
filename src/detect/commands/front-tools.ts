import { programName } from "./unwrap.ts";

/** Programs of front ends, by the name under which they are typed. */
export const FRONT_TOOLS: ReadonlySet<string> = new Set(
  `vite next nuxt nuxi astro ng react-router remix react-scripts craco react-app-rewired webpack webpack-dev-server vue-cli-service quasar parcel rsbuild vinxi gatsby ember svelte-kit rspack farm snowpack solid-start waku umi max vike vp preact modern ice esbuild live-server lite-server ionic`.split(
    /\s+/,
  ),
);

/** The tool of `node node_modules/vite/bin/vite.js` and `deno run -A npm:vite`. */
export function installedProgram(file: string): string {
  if (file.startsWith("npm:")) return file.slice(4).replace(/@[\w.^~-]+$/, "");
  return file.includes("node_modules/") ? programName(file).replace(/\.[cm]?js$/, "") : "";
}
