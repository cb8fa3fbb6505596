"""OpenAI Agents SDK: `governed_tool` in the place of `function_tool`.

    python openai_agents.py "do the task"
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from agents import Agent, FunctionTool, Runner, default_tool_error_function, function_tool
from agents.tool_context import ToolContext

from navi_gate import Gate, Refused


def governed_tool(gate: Gate) -> Callable[[Callable[..., Any]], FunctionTool]:
    """Makes a function a tool that asks before it runs. A time-out of the tool would include the wait: set none."""

    def decorate(function: Callable[..., Any]) -> FunctionTool:
        # Without a function for failures the tool raises, so that the report of its end is true.
        tool = function_tool(function, failure_error_function=None)
        run = tool.on_invoke_tool

        async def invoke(context: ToolContext[Any], arguments: str) -> Any:
            try:
                args = json.loads(arguments) if arguments else {}
                async with gate.permit(tool.name, args, call_id=context.tool_call_id):
                    return await run(context, arguments)
            except Refused as refused:
                return str(refused)
            except Exception as error:
                return default_tool_error_function(context, error)

        tool.on_invoke_tool = invoke
        return tool

    return decorate


# What follows is the example: replace it with your own tools and agent.


def describe(name: str, args: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What each tool does. One that is not named here asks a person."""
    if name == "run_shell":
        return "command_run", {"command": args["command"]}
    return name, {}


async def main(task: str) -> None:
    gate = Gate(describe)

    @governed_tool(gate)
    def run_shell(command: str) -> str:
        """Run a shell command in the project and return what it prints."""
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        return done.stdout

    agent = Agent(name="coder", model="gpt-5", tools=[run_shell])
    done = await Runner.run(agent, task)
    print(done.final_output)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
