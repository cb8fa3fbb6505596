"""pydantic-ai: a capability that asks before each tool of an agent, whatever toolset it comes from.

    python pydantic_ai_agent.py "do the task"
"""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_ai import Agent, RunContext
from pydantic_ai.capabilities import AbstractCapability, CapabilityOrdering
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool, WrapperToolset
from pydantic_core import to_jsonable_python

from navi_gate import Gate, Refused


@dataclass
class GovernedToolset(WrapperToolset[Any]):
    """Asks right where a tool is called, with the arguments it will get."""

    gate: Gate

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[Any], tool: ToolsetTool[Any]
    ) -> Any:
        try:
            args = to_jsonable_python(tool_args)
            async with self.gate.permit(name, args, call_id=ctx.tool_call_id, session=ctx.conversation_id):
                return await super().call_tool(name, tool_args, ctx, tool)
        except Refused as refused:
            raise ToolFailed(str(refused)) from None


@dataclass
class Governed(AbstractCapability[Any]):
    """Puts the gate around all tools of the agent, inside of everything that could change a call."""

    gate: Gate

    def get_wrapper_toolset(self, toolset: AbstractToolset[Any]) -> AbstractToolset[Any]:
        return GovernedToolset(toolset, self.gate)

    def get_ordering(self) -> CapabilityOrdering:
        return CapabilityOrdering(position="innermost")


# What follows is the example: replace it with your own tools and agent.


def describe(name: str, args: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What each tool does. One that is not named here asks a person."""
    if name == "run_shell":
        return "command_run", {"command": args["command"]}
    return name, {}


async def main(task: str) -> None:
    agent = Agent("openai:gpt-5", capabilities=[Governed(Gate(describe))])

    @agent.tool_plain
    def run_shell(command: str) -> str:
        """Run a shell command in the project and return what it prints."""
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        return done.stdout

    done = await agent.run(task)
    print(done.output)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
