package code_test

import (
	"testing"

	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestWritten asks for each argument of say(…) whether it stands in the code: those of say_not must not.
func TestWritten(t *testing.T) {
	p := program(txtar.Parse([]byte(`
-- a.py --
import os
import sys
from datetime import date
from textwrap import dedent

from langchain_core.messages import HumanMessage

import words
from words import ORDER
from lib import fetched

TOPIC = "graphs"

say("hello", f"about {TOPIC} on {date.today().year}", dedent("x"), ORDER, words.ORDER, os.environ["TASK"], words.order())
say([{"role": "user", "content": TOPIC}], HumanMessage(content=TOPIC), "a" + TOPIC)
for one in ["a", "b"]:
    say(one)
    parts = ["x"]
    parts.append(one)
    say(parts)
say_not(input("what? "), sys.argv[1], open("f").read(), fetched(), words.given("x", input()), fetched)
asked = "what? "
asked += input(asked)
say_not(asked, f"{asked}")

def told(text, more="by default"):
    say(text, more)

def heard(text):
    say_not(text)

def kept(text):
    say_not(text)

@route
def routed(text):
    say_not(text)

class Desk:
    def ask(self, text):
        say_not(text, self.text)

told("hello")
told(text=TOPIC)
heard("hello")
kept("hello")
start(kept)
routed("hello")
-- words.py --
ORDER = "Read it all."

def order():
    if ORDER:
        return "One."
    return ORDER

def given(text, other):
    return text + other
-- b.py --
from a import heard, told

heard(input())
told("from elsewhere")
-- tests/test_a.py --
from a import told

def test_told(x):
    told(x)
`)).Files)
	p.Importers(map[string][]string{"a.py": {"b.py", "tests/test_a.py"}})
	r := p.Resolver("a.py")
	asked := 0
	r.Tree().Root().Walk(func(n syntax.Node) bool {
		if callee := n.Child(0); n.Is(syntax.Call) && (callee.TextIs("say") || callee.TextIs("say_not")) {
			for arg := range n.Children() {
				if arg != callee {
					asked++
					if got, want := r.Written(arg), callee.TextIs("say"); got != want {
						t.Errorf("%v: %s: %v, want %v", arg.Span(), arg.Source(), got, want)
					}
				}
			}
		}
		return true
	})
	if asked != 27 {
		t.Errorf("%d arguments were asked, want 27", asked)
	}
}
