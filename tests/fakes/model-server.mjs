// A fake model on loopback, so that the real agent CLIs run without a network and without a key. It speaks the Anthropic
// Messages API, the OpenAI Responses and Chat Completions APIs and the Gemini API, each under its own path.
//
// usage: node model-server.mjs PORT SCRIPT.json LOG
//
// PORT may be 0. The first line on stdout is {"event":"listening","port":N}. Every request is appended to LOG as one JSON
// line: {n, method, path, tools: [names], step, last: the last message as the agent sent it}.
// SCRIPT.json is an array of steps: {text} or {tool, input} or {tools: [{tool, input}, …]}, each with an optional text.
// The k-th request that offers tools gets step k, the last step again and again after that; a request without tools
// (titles, summaries) gets "ok". The script is read anew for each request, so a test may replace it while this runs.
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import * as gemini from "./gemini.mjs";
import * as openai from "./openai.mjs";

const [port, scriptFile, logFile] = process.argv.slice(2);
if (logFile === undefined) {
  console.error("usage: node model-server.mjs PORT SCRIPT.json LOG");
  process.exit(2);
}

let requests = 0;
let served = 0;
let calls = 0;

function nextStep(offersTools) {
  if (!offersTools) return { index: null, step: { text: "ok" } };
  const script = JSON.parse(readFileSync(scriptFile, "utf8"));
  const index = Math.min(served, script.length - 1);
  served += 1;
  return { index, step: script[index] };
}

function blocksOf(step) {
  const text = step.text === undefined ? [] : [{ type: "text", text: step.text }];
  const tools = step.tools ?? (step.tool === undefined ? [] : [{ tool: step.tool, input: step.input }]);
  const uses = tools.map(({ tool, input }) => {
    calls += 1;
    return { type: "tool_use", id: `toolu_navi${String(calls).padStart(8, "0")}${process.pid}`, name: tool, input };
  });
  return [...text, ...uses];
}

function sendJson(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function stream(response, message, blocks, stopReason) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const emit = (type, fields) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  emit("message_start", { message });
  blocks.forEach((block, index) => {
    const isText = block.type === "text";
    emit("content_block_start", { index, content_block: isText ? { ...block, text: "" } : { ...block, input: {} } });
    const delta = isText
      ? { type: "text_delta", text: block.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
    emit("content_block_delta", { index, delta });
    emit("content_block_stop", { index });
  });
  emit("message_delta", { delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 10 } });
  emit("message_stop", {});
  response.end();
}

function otherApi(method, path) {
  if (method !== "POST") return undefined;
  if (path.endsWith("/responses")) return { ...openai, answer: openai.responses };
  if (path.endsWith("/chat/completions")) return { ...openai, answer: openai.chat };
  const generates = /:(stream)?[gG]enerateContent$/.exec(path);
  if (generates === null) return undefined;
  const streams = generates[1] !== undefined;
  return { ...gemini, answer: (response, body, step, n) => gemini.generate(response, body, step, n, streams) };
}

function answer(request, response, text) {
  let body = {};
  try {
    body = text === "" ? {} : JSON.parse(text);
  } catch {
    return sendJson(response, 400, { type: "error", error: { type: "invalid_request_error", message: "no JSON" } });
  }
  const path = request.url.split("?")[0];
  const isMessage = request.method === "POST" && path === "/v1/messages";
  const other = isMessage ? undefined : otherApi(request.method, path);
  const tools = (other?.toolsOf ?? ((of) => (of.tools ?? []).map((tool) => tool.name)))(body);
  const { index, step } = isMessage || other !== undefined ? nextStep(tools.length > 0) : { index: null, step: {} };
  const last = other === undefined ? ((body.messages ?? []).at(-1) ?? null) : other.lastOf(body);
  appendFileSync(logFile, `${JSON.stringify({ n: requests, method: request.method, path, tools, step: index, last })}\n`);
  requests += 1;

  if (other !== undefined) {
    const calls = step.tools ?? (step.tool === undefined ? [] : [{ tool: step.tool, input: step.input }]);
    return other.answer(response, body, { text: step.text, calls }, requests);
  }
  if (path.endsWith("/models")) return sendJson(response, 200, { object: "list", data: [{ id: "fake", object: "model" }], models: [] });
  if (path.includes(":countTokens")) return sendJson(response, 200, { totalTokens: 5 });
  if (path.endsWith("/count_tokens")) return sendJson(response, 200, { input_tokens: 10 });
  if (!isMessage) {
    const known = request.method === "HEAD" || path === "/";
    return sendJson(response, known ? 200 : 404, known ? {} : { type: "error", error: { type: "not_found_error", message: path } });
  }
  const blocks = blocksOf(step);
  const stopReason = blocks.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";
  const message = {
    id: `msg_navi${requests}`,
    type: "message",
    role: "assistant",
    model: body.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 },
  };
  if (body.stream) return stream(response, message, blocks, stopReason);
  return sendJson(response, 200, { ...message, content: blocks, stop_reason: stopReason });
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => answer(request, response, Buffer.concat(chunks).toString("utf8")));
});
server.listen(Number(port), "127.0.0.1", () => {
  console.log(JSON.stringify({ event: "listening", port: server.address().port }));
});
