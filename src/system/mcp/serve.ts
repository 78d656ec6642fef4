import { loadSdk } from "./sdk.ts";

/** What an MCP server offers, without the protocol. */
export interface McpService {
  name: string;
  version: string;
  /** For the agent: how the tools belong together. */
  instructions: string;
  tools: readonly McpTool[];
  /** Never rejects; `signal` is aborted when the client cancels. */
  call(tool: string, args: unknown, signal: AbortSignal): Promise<McpAnswer>;
  resources(): Promise<McpResource[]>;
  /** null: there is no such resource. */
  read(uri: string): Promise<string | null>;
}

export interface McpTool {
  name: string;
  description: string;
  /** JSON Schema of its arguments. */
  inputSchema: { type: "object"; properties: Record<string, object>; required?: string[]; additionalProperties: false };
  annotations?: { readOnlyHint?: boolean; destructiveHint?: boolean };
}

export interface McpAnswer {
  text: string;
  isError: boolean;
}

export interface McpResource {
  uri: string;
  name: string;
  mimeType: string;
}

/** Serves on stdin and stdout until the client goes away. */
export type ServeMcp = (service: McpService) => Promise<void>;

export const serveMcp: ServeMcp = async (service) => {
  const sdk = loadSdk();
  const { name, version, instructions } = service;
  const server = new sdk.Server({ name, version }, { capabilities: { tools: {}, resources: {} }, instructions });
  server.setRequestHandler(sdk.ListToolsRequestSchema, () => ({ tools: service.tools.map((tool) => ({ ...tool })) }));
  server.setRequestHandler(sdk.CallToolRequestSchema, async ({ params }, { signal }) => {
    const { text, isError } = await service.call(params.name, params.arguments ?? {}, signal);
    return { content: [{ type: "text", text }], isError };
  });
  server.setRequestHandler(sdk.ListResourcesRequestSchema, async () => ({ resources: await service.resources() }));
  server.setRequestHandler(sdk.ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const text = await service.read(uri);
    if (text === null) throw new Error(`there is no resource ${uri}`);
    return { contents: [{ uri, mimeType: "text/plain", text }] };
  });
  const closed = new Promise<void>((resolve) => {
    // the transport does not notice that its client is gone
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
    process.stdout.once("error", () => resolve());
  });
  await server.connect(new sdk.StdioServerTransport());
  await closed;
  await server.close();
};
