import { createRequire } from "node:module";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type * as types from "@modelcontextprotocol/sdk/types.js";
import { builtFile } from "../../util/package-files.ts";

/** The part of the official SDK that the build bundles (scripts/bundle-mcp.mjs). */
interface McpSdk extends Pick<
  typeof types,
  "CallToolRequestSchema" | "ListResourcesRequestSchema" | "ListToolsRequestSchema" | "ReadResourceRequestSchema"
> {
  Server: typeof Server;
  StdioServerTransport: typeof StdioServerTransport;
}

export const loadSdk = (): McpSdk => createRequire(import.meta.filename)(builtFile("system/mcp/sdk.cjs")) as McpSdk;
