// Vercel AI SDK: `governed(gate, tools)` in the place of `tools`.
//
//   node vercel-ai.ts "do the task"
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openai } from "@ai-sdk/openai";
import { isStepCount, tool, ToolLoopAgent, type ToolSet } from "ai";
import { z } from "zod";
import { Gate, type Describe } from "./navi-gate.ts";

/** The same tools, each of which asks before it runs. A tool that runs elsewhere cannot be governed here: it is an error. */
export function governed<TOOLS extends ToolSet>(gate: Gate, tools: TOOLS): TOOLS {
  const entries = Object.entries(tools).map(([name, original]) => {
    const execute = original.execute;
    if (execute === undefined) throw new Error(`the tool ${name} has no execute: the gate cannot stand before it`);
    const asking: typeof execute = (input, options) =>
      gate.run(name, input, () => finalOf(execute(input, options)), {
        callId: options.toolCallId,
        signal: options.abortSignal,
      });
    return [name, { ...original, execute: asking }];
  });
  return Object.fromEntries(entries) as TOOLS;
}

/** The last value of a tool that gives several. */
async function finalOf(result: unknown): Promise<unknown> {
  if (typeof result !== "object" || result === null || !(Symbol.asyncIterator in result)) return await result;
  let last: unknown;
  for await (const part of result as AsyncIterable<unknown>) last = part;
  return last;
}

// What follows is the example: replace it with your own tools and agent.

/** What each tool does. One that is not named here asks a person. */
const describe: Describe = (name, args) => {
  if (name === "run_shell") return ["command_run", { command: (args as { command: string }).command }];
  return [name, {}];
};

const runShell = tool({
  description: "Run a shell command in the project and return what it prints.",
  inputSchema: z.object({ command: z.string() }),
  execute: async ({ command }) => (await promisify(execFile)("sh", ["-c", command])).stdout,
});

async function main(task: string): Promise<void> {
  const agent = new ToolLoopAgent({
    model: openai("gpt-5"),
    tools: governed(new Gate(describe), { run_shell: runShell }),
    stopWhen: isStepCount(20),
  });
  const givenUp = new AbortController();
  process.once("SIGINT", () => givenUp.abort());
  console.log((await agent.generate({ prompt: task, abortSignal: givenUp.signal })).text);
}

if (import.meta.filename === process.argv[1]) await main(process.argv[2] ?? "");
