// The public TypeScript client of the Model Context Protocol, driven from a test.
//
// usage: node mcp-client.mjs PLAN.json
//
// PLAN is {command, args, call?: {name, arguments, timeout?}}, or {url, …} for a server over HTTP. It starts the server, lists
// what it has, calls a tool if asked to, and prints one JSON object: {server, tools, prompts, resources, result} or with error.
// A call's progress is counted in `progress`.
import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const client = new Client({ name: "a client of the tests", version: "1" });
const transport =
  plan.url === undefined
    ? new StdioClientTransport({ command: plan.command, args: plan.args, env: process.env, stderr: "inherit" })
    : new StreamableHTTPClientTransport(new URL(plan.url));
await client.connect(transport);
const has = client.getServerCapabilities();
const said = { server: client.getServerVersion(), tools: (await client.listTools()).tools };
if (has.prompts) said.prompts = (await client.listPrompts()).prompts;
if (has.resources) said.resources = (await client.listResources()).resources.map(({ uri }) => uri);
if (plan.call !== undefined) {
  const { timeout = 60_000, ...call } = plan.call;
  try {
    const onprogress = () => (said.progress = (said.progress ?? 0) + 1);
    said.result = await client.callTool(call, undefined, { timeout, onprogress, resetTimeoutOnProgress: true });
  } catch (error) {
    said.error = String(error);
  }
}
if (plan.lingers !== undefined) await new Promise((done) => setTimeout(done, plan.lingers));
await client.close();
console.log(JSON.stringify(said));
