// The public TypeScript client of the Model Context Protocol, driven from a test.
//
// usage: node mcp-client.mjs PLAN.json
//
// PLAN is {command, args, call?: {name, arguments, timeout?}}. It starts the server, lists its tools, calls one if asked to,
// and prints one JSON object: {server, tools, result} or {server, tools, error}.
import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const client = new Client({ name: "a client of the tests", version: "1" });
await client.connect(new StdioClientTransport({ command: plan.command, args: plan.args, env: process.env, stderr: "inherit" }));
const said = { server: client.getServerVersion(), tools: (await client.listTools()).tools };
if (plan.call !== undefined) {
  const { timeout = 60_000, ...call } = plan.call;
  try {
    said.result = await client.callTool(call, undefined, { timeout });
  } catch (error) {
    said.error = String(error);
  }
}
if (plan.lingers !== undefined) await new Promise((done) => setTimeout(done, plan.lingers));
await client.close();
console.log(JSON.stringify(said));
