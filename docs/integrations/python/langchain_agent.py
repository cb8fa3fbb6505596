"""LangChain: a middleware that asks before each tool of an agent, whatever tool it is.

    python langchain_agent.py "do the task"
"""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain.messages import HumanMessage, ToolMessage
from langchain.tools import tool
from langchain.tools.tool_node import ToolCallRequest
from langchain_openai import ChatOpenAI
from langgraph.types import Command

from navi_gate import Gate, Permit, Refused


class Governed(AgentMiddleware):
    """Put it last: what stands behind it could change a call that was decided already."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.gate = gate

    def _permit(self, request: ToolCallRequest) -> Permit:
        call = request.tool_call
        thread = (request.runtime.config.get("configurable") or {}).get("thread_id")
        return self.gate.permit(call["name"], call["args"], call_id=call["id"], session=thread and str(thread))

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        try:
            with self._permit(request) as run:
                return _ended(run, handler(request))
        except Refused as refused:
            return _told(request, refused)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage | Command[Any]:
        try:
            async with self._permit(request) as run:
                return _ended(run, await handler(request))
        except Refused as refused:
            return _told(request, refused)


def _ended(run: Permit, result: ToolMessage | Command[Any]) -> ToolMessage | Command[Any]:
    run.failed = isinstance(result, ToolMessage) and result.status == "error"
    return result


def _told(request: ToolCallRequest, refused: Refused) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(str(refused), name=call["name"], tool_call_id=call["id"], status="error")


# What follows is the example: replace it with your own tools and agent.


def describe(name: str, args: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What each tool does. One that is not named here asks a person."""
    if name == "run_shell":
        return "command_run", {"command": args["command"]}
    return name, {}


@tool
def run_shell(command: str) -> str:
    """Run a shell command in the project and return what it prints."""
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    return done.stdout


async def main(task: str) -> None:
    agent = create_agent(ChatOpenAI(model="gpt-5"), [run_shell], middleware=[Governed(Gate(describe))])
    done = await agent.ainvoke({"messages": [HumanMessage(task)]})
    print(done["messages"][-1].text)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
