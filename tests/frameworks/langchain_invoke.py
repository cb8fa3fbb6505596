"""The agent of the LangChain snippet, started without an event loop."""

import sys

from langchain.agents import create_agent
from langchain_agent import Governed, describe, run_shell
from langchain_openai import ChatOpenAI
from navi_gate import Gate

agent = create_agent(ChatOpenAI(model="gpt-5"), [run_shell], middleware=[Governed(Gate(describe))])
print(agent.invoke({"messages": [("user", sys.argv[1])]})["messages"][-1].text)
