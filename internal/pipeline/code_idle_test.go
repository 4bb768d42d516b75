package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIdleTool holds that what a model could choose is medium at the most where no model was found that is told of the tool,
// and stays as grave as it is where somebody's tools could not be followed.
func TestIdleTool(t *testing.T) {
	const tool = `
import os
from typing import Any

from agents import Agent as OtherAgent
from crewai import Agent
from crewai.tools import BaseTool
from crewai_tools import SerperDevTool
from smolagents import CodeAgent, InferenceClientModel


class Save(BaseTool):
    name: str = "save"
    description: str = "Save a text"

    def _run(self, file: str, text: str) -> str:
        with open(os.path.join("notes", file), "w") as f:
            f.write(text)
        return "saved"

`
	for _, test := range []struct{ name, agent, severity, why string }{
		{"nobody holds it", `Agent(role="Clerk", goal="Help", backstory="You help.", tools=[])`, "medium", "nobody who was found holds save"},
		{"somebody holds another", `Agent(role="Clerk", goal="Help", backstory="You help.", tools=[SerperDevTool()])`, "medium", "nobody who was found holds save"},
		{"somebody may", `Agent(role="Clerk", goal="Help", backstory="You help.", tools=[fetched()])`, "high", "no way to it is known"},
		{"a list from outside", `OtherAgent(name="clerk", instructions="x", tools=fetched())`, "high", "no way to it is known"},
		{"a framework that is not modelled", `Agent(role="Clerk", goal="Help", backstory="You help.", tools=[])
from beeai_framework.agents.experimental import RequirementAgent
other = RequirementAgent(tools=[Save()])`, "high", "no way to it is known"},
		{"what is made outside", `CodeAgent(tools=fetched(), model=InferenceClientModel())`, "high", "no way to it is known"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(tool+"from elsewhere import fetched\n\nclerk = "+test.agent+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s := &scan{engine: shipped(t), in: Input{Path: dir, Questions: -1}}
			if err := s.run(context.Background()); err != nil {
				t.Fatal(err)
			}
			for _, f := range s.r.Findings {
				if f.Rule == "path-from-argument" {
					if f.Severity != test.severity || !strings.HasPrefix(f.Why, test.why) {
						t.Errorf("%s is %s: %s", f.ID, f.Severity, f.Why)
					}
					return
				}
			}
			t.Error("nothing says that a model may choose the file")
		})
	}
}

// TestReachedTool holds that a tool of a file of its own stays as grave as it is where something else in the program may
// reach it: a name that is looked up, a mapping that an agent is made of, a call.
func TestReachedTool(t *testing.T) {
	const tool = `import subprocess

from langchain_core.tools import tool


@tool
def shell(command: str) -> str:
    """Run it."""
    return subprocess.run(command, shell=True, capture_output=True, text=True).stdout
`
	const agent = `import json
import logging
import sys

import yaml
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent

import tools

llm = ChatOpenAI(model="gpt-4o")
`
	for _, test := range []struct{ name, main, severity string }{
		{"nobody", `agent = create_react_agent(llm, tools=[])`, "medium"},
		{"a level by its name", "logging.basicConfig(level=getattr(logging, sys.argv[1]))\nagent = create_react_agent(llm, tools=[])", "medium"},
		{"a mapping", `agent = create_react_agent(llm, **yaml.safe_load(open("agent.yaml")))`, "critical"},
		{"a name that is looked up", "agent = create_react_agent(llm, tools=[])\ncall = json.loads(agent.invoke(input()))\ngetattr(tools, call['tool']).invoke(call)", "critical"},
		{"all modules", "agent = create_react_agent(llm, tools=[])\nagent.add({n: o for n, o in vars(sys.modules['tools']).items()})", "critical"},
		{"a call", "agent = create_react_agent(llm, tools=[])\ntools.shell.invoke(input())", "critical"},
		{"a module that is handed on", "agent = create_react_agent(llm, tools=[])\nagent.fill(tools)", "critical"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"tools.py": tool, "main.py": agent + test.main + "\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := &scan{engine: shipped(t), in: Input{Path: dir, Questions: -1}}
			if err := s.run(context.Background()); err != nil {
				t.Fatal(err)
			}
			for _, f := range s.r.Findings {
				if f.Rule == "shell-from-argument" {
					if f.Severity != test.severity {
						t.Errorf("%s is %s: %s", f.ID, f.Severity, f.Why)
					}
					return
				}
			}
			t.Error("nothing says that a model may choose the command")
		})
	}
}
