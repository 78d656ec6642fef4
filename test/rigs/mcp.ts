import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { TestContext } from "vitest";
import { builtDevpm } from "./devpm.ts";
import type { Project } from "./project.ts";

export interface McpAgent {
  client: Client;
  call(tool: string, args?: Record<string, unknown>): Promise<{ text: string; isError: boolean }>;
}

/** `devpm mcp` in a project's folder, as an agent's host starts it, with the official client; ends with its test. */
export async function openAgent(
  ctx: TestContext,
  project: Project,
  { env = {}, cwd = project.root }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<McpAgent> {
  const [command = "", ...args] = [...builtDevpm(), "mcp"];
  const client = new Client({ name: "devpm-tests", version: "1.0.0" });
  const transport = new StdioClientTransport({ command, args, cwd, env: { ...project.env, ...env } });
  await client.connect(transport);
  ctx.onTestFinished(() => client.close());
  return {
    client,
    async call(name, given = {}) {
      const { content, isError } = await client.callTool({ name, arguments: given }, undefined, { timeout: 120_000 });
      const [first] = content as { type: string; text: string }[];
      return { text: first?.text ?? "", isError: isError === true };
    },
  };
}
