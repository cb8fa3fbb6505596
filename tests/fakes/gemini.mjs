// The Gemini API (generateContent and its stream), as far as the agent CLI uses it.

export const toolsOf = (body) =>
  (body.tools ?? []).flatMap((tool) => (tool.functionDeclarations ?? []).map((declared) => declared.name));
export const lastOf = (body) => (body.contents ?? []).at(-1) ?? null;

// Questions beside the work ask for JSON of a shape: who speaks next, which model, how hard.
const ASIDE = {
  reasoning: "as scripted",
  next_speaker: "user",
  model_choice: "flash",
  complexity_reasoning: "as scripted",
  complexity_score: 1,
};

export function generate(response, body, { text, calls }, n, streams) {
  const wantsJson = body.generationConfig?.responseJsonSchema ?? body.generationConfig?.responseSchema;
  const parts = [];
  if (text !== undefined) parts.push({ text: wantsJson === undefined ? text : JSON.stringify(ASIDE) });
  calls.forEach(({ tool, input }, nth) => parts.push({ functionCall: { name: tool, args: input, id: `call_${n}_${nth}` } }));
  const whole = {
    candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    modelVersion: "fake",
  };
  response.writeHead(200, { "content-type": streams ? "text/event-stream" : "application/json" });
  response.end(streams ? `data: ${JSON.stringify(whole)}\n\n` : JSON.stringify(whole));
}
