// The public TypeScript client of the Model Context Protocol, driven from a test.
//
// usage: node mcp-client.mjs PLAN.json
//
// PLAN is {command, args, call?: {name, arguments}, gives_up?, lingers?, hears?}, or {url, …} for a server over HTTP. It starts
// the server, lists what it has, calls a tool if asked to, and prints one JSON object: {server, tools, prompts, resources,
// result} or with error. A call's progress is counted in `progress`. The last three are files: it gives the call up when the
// first is there, stays connected until the second is, and makes the third when it hears of progress.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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
const exists = async (file) => {
  while (!existsSync(file)) await new Promise((done) => setTimeout(done, 40));
};
if (plan.call !== undefined) {
  const giving = new AbortController();
  if (plan.gives_up !== undefined) exists(plan.gives_up).then(() => giving.abort("the client gave it up"));
  const onprogress = () => {
    said.progress = (said.progress ?? 0) + 1;
    if (plan.hears !== undefined) writeFileSync(plan.hears, "");
  };
  try {
    const options = { timeout: 180_000, onprogress, resetTimeoutOnProgress: true, signal: giving.signal };
    said.result = await client.callTool(plan.call, undefined, options);
  } catch (error) {
    said.error = String(error);
  }
}
if (plan.lingers !== undefined) await exists(plan.lingers);
await client.close();
console.log(JSON.stringify(said));
