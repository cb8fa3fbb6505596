// The OpenAI Responses and Chat Completions APIs, as far as agent CLIs use them: a step becomes an answer or a call of a tool.

export const toolsOf = (body) => (body.tools ?? []).map((tool) => tool.name ?? tool.function?.name ?? tool.type);
export const lastOf = (body) => (body.input ?? body.messages ?? []).at?.(-1) ?? null;

function events(response, list) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [type, data] of list) {
    const name = type === null ? "" : `event: ${type}\n`;
    response.write(`${name}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
  }
  response.end();
}

function json(response, body) {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

export function responses(response, body, { text, calls }, n) {
  const output = [];
  if (text !== undefined) {
    const content = [{ type: "output_text", text, annotations: [] }];
    output.push({ type: "message", id: `msg_${n}`, role: "assistant", status: "completed", content });
  }
  calls.forEach(({ tool, input }, nth) => {
    const id = `${n}_${nth}`;
    const call = { id: `fc_${id}`, call_id: `call_${id}`, name: tool, arguments: JSON.stringify(input), status: "completed" };
    output.push({ type: "function_call", ...call });
  });
  const whole = {
    id: `resp_${n}`,
    object: "response",
    created_at: 1,
    model: body.model,
    status: "completed",
    output,
    usage: {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 2,
    },
    parallel_tool_calls: false,
    tool_choice: "auto",
    tools: [],
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
  };
  if (!body.stream) return json(response, whole);
  const list = [["response.created", { response: { ...whole, status: "in_progress", output: [] } }]];
  output.forEach((item, output_index) => {
    list.push(["response.output_item.added", { output_index, item }]);
    list.push(["response.output_item.done", { output_index, item }]);
  });
  list.push(["response.completed", { response: whole }]);
  return events(response, list.map(([type, data], sequence_number) => [type, { type, sequence_number, ...data }]));
}

export function chat(response, body, { text, calls }, n) {
  const message = { role: "assistant", content: text ?? null };
  if (calls.length > 0) {
    message.tool_calls = calls.map(({ tool, input }, index) => ({
      index,
      id: `call_${n}_${index}`,
      type: "function",
      function: { name: tool, arguments: JSON.stringify(input) },
    }));
  }
  const finish_reason = calls.length > 0 ? "tool_calls" : "stop";
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const base = { id: `chat_${n}`, created: 1, model: body.model };
  if (!body.stream) {
    return json(response, { ...base, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage });
  }
  const chunk = (choices, more = {}) => [null, { ...base, object: "chat.completion.chunk", choices, ...more }];
  return events(response, [
    chunk([{ index: 0, delta: message, finish_reason: null }]),
    chunk([{ index: 0, delta: {}, finish_reason }]),
    chunk([], { usage }),
    [null, "[DONE]"],
  ]);
}
