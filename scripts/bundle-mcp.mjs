// The server half of the official MCP SDK as one file, for stdio alone. As a dependency it would be ninety packages: its HTTP
// transports need two web servers.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { licences } from "./bundle-licences.mjs";

const ENTRY = `
export { Server } from "@modelcontextprotocol/sdk/server/index.js";
export { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
export {
  CallToolRequestSchema, ListResourcesRequestSchema, ListToolsRequestSchema, ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
`;

const root = path.dirname(import.meta.dirname);
const file = process.argv[2];
const { metafile } = await build({
  stdin: { contents: ENTRY, resolveDir: root },
  outfile: file,
  bundle: true,
  platform: "node",
  target: "node20",
  // what they are is in the texts of errors
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: "warning",
  absWorkingDir: root,
  // devpm has it anyway
  external: ["zod", "zod/*"],
});
writeFileSync(`${file}.LICENSES.txt`, licences(root, Object.keys(metafile.inputs)));
