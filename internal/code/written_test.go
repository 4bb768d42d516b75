package code_test

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/code"
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
	asked := 0
	checkWritten(t, p, "a.py", &asked)
	if asked != 27 {
		t.Errorf("%d arguments were asked, want 27", asked)
	}
}

// checkWritten asks for each argument of say(…) and say_not(…) in a file whether it stands in the code.
func checkWritten(t *testing.T, p *code.Program, file string, asked *int) {
	t.Helper()
	r := p.Resolver(file)
	r.Tree().Root().Walk(func(n syntax.Node) bool {
		if callee := n.Child(0); n.Is(syntax.Call) && (callee.TextIs("say") || callee.TextIs("say_not")) {
			for arg := range n.Children() {
				if arg != callee {
					*asked++
					if got, want := r.Written(arg), callee.TextIs("say"); got != want {
						t.Errorf("%v: %s: %v, want %v", arg.Span(), arg.Source(), got, want)
					}
				}
			}
		}
		return true
	})
}

// TestWrittenElsewhere has lists and names that others change, each beside a twin that nobody does.
func TestWrittenElsewhere(t *testing.T) {
	p := program(txtar.Parse([]byte(`
-- a.py --
import json
from functools import partial

import desk
from desk import GREETING, LIMIT, ORDERS, TITLE, Part, readText, getContent
from clipboard import pasteText

def fill(orders):
    orders.append(input("> "))

def count(orders):
    print(len(orders))
    orders.append("amen")

def through_a_function():
    orders = ["be kind"]
    fill(orders)
    say_not(orders)
    told = ["be kind"]
    count(told)
    say(told)

def through_an_alias():
    orders = ["be kind"]
    other = orders
    other.append(input())
    say_not(orders)
    told = ["be kind"]
    copy = list(told)
    copy.append(input())
    say(told)

def through_a_member():
    orders = [{"role": "user", "content": "hello"}]
    first = orders[0]
    first["content"] = input()
    say_not(orders)
    told = [{"role": "user", "content": "hello"}]
    print(told[0]["content"])
    told[0]["content"] = "goodbye"
    say(told)

def through_a_keyword(**rest):
    inputs = {"topic": "none"}
    desk.take(inputs=inputs)
    say_not(inputs)
    told = {"topic": "none"}
    told.update(topic="trees")
    say(told)

def through_a_closure():
    topic = "none"
    orders = []
    def ask():
        nonlocal topic
        topic = input()
        orders.append(topic)
    ask()
    say_not(topic, orders)
    told = "none"
    def tell():
        told = input()
        return told
    say(told)

def by_a_default(text=input(), more="by default"):
    return text

def by_its_default(more="by default"):
    return more

say_not(by_a_default(), by_a_default(more="x"))
say(by_its_default(), by_a_default("hello"))

class Desk:
    topic = "none"
    def order(self):
        return "be kind"
    def greet(self):
        return "be kind"
    def ask(self):
        say_not(self.order(), self.topic)
        say(self.greet())

class Counter(Desk):
    def order(self):
        return input()

def callee_or_another(flag):
    order = partial(input, "> ") if flag else by_its_default
    say_not(order())

def generated():
    yield "be kind"

def dated(stamp):
    say(f"today is {stamp}")

dated("monday")
say_not(generated(), desk.TITLE, TITLE, LIMIT, ORDERS, desk.ORDERS)
say(desk.GREETING, GREETING)
say_not(pasteText("x"), readText(), getContent("inbox"), desk.readText())
say_not(Part(url="https://mail.example.com/inbox"), Part())
say(Part(text="hello"), Part("hello"))

globals()["MOOD"] = input()
MOOD = "calm"
NOTE = "calm"
setattr(desk, "NOTE", NOTE)
say_not(MOOD)

def given(orders):
    say(orders)

def given_more(orders):
    orders.insert(0, input())
    say_not(orders)

given(["be kind"])
given_more(["be kind"])

def given_by_name(*, orders, more=None):
    print(orders)

def order_of_the_day():
    return f"be {GREETING}"

def by_name():
    orders = ["be kind"]
    given_by_name(orders=orders)
    say(orders)
    order = order_of_the_day()
    desk.take(order)
    say(order)

def spread():
    orders = ["be kind"]
    more = [*orders, input()]
    say_not(more)
    say(orders)
    fields = {"a": "b"}
    whole = dict(fields, **json.load(open("f")))
    say_not(whole)

class Keeper:
    def __init__(self):
        orders = ["be kind"]
        self.orders = orders
        say_not(orders)
    def hear(self):
        self.orders.append(input())
-- desk.py --
from parts_x import Part, readText, getContent

GREETING = "hello"
TITLE = "none"
LIMIT = "none"
LIMIT += input()
ORDERS = ["be kind"]
-- b.py --
import desk
from desk import ORDERS

desk.TITLE = input()
ORDERS.append(input())
-- a.ts --
import { fill, told } from "./fill";
import { UserMessage, TextContent } from "parts";

const messages = [{ role: "system", content: "be kind" }];
fill(messages);
say_not(messages);
const twin = [{ role: "system", content: "be kind" }];
told(twin);
say(twin);

const form: any = { topic: "none" };
Object.assign(form, request.body);
say_not(form);
const kept = { topic: "none" };
kept.topic = "trees";
say(kept);

let topic = "none";
let mood = "calm";
function ask() {
  topic = prompt("what? ");
  const mood = prompt("how? ");
  say_not(topic, mood);
}
say_not(topic);
say(mood);
let late = "none";
const later = () => (late = prompt("when? "));
say_not(late);

const page = await browser.newPage();
say_not(await page.textContent("body"), await page.TextContent("body"), TextContent("x"), new TextContent());
say(new UserMessage("hello"), new UserMessage({ content: "hello" }));
say_not(new UserMessage({ url: "https://mail.example.com/inbox" }), new UserMessage(page));

export const shared = ["be kind"];
say_not(shared);
const callbacks = ["be kind"];
on("mail", (mail) => callbacks.push(mail.text));
say_not(callbacks);
const { order = prompt("what? ") } = { order: "none" };
say_not(order);
-- fill.ts --
import { shared } from "./a";
export async function fill(list) { list.push({ role: "user", content: await (await fetch("https://mail.example.com/inbox")).text() }); }
export function told(list) { console.log(list.length); list.push({ role: "user", content: "amen" }); }
shared.push(prompt("what? "));
`)).Files)
	p.Heirs(map[string][]string{"Desk": {"a.py"}})
	p.Importers(map[string][]string{"desk.py": {"a.py", "b.py"}, "fill.ts": {"a.ts"}, "a.ts": {"fill.ts"}})
	asked := 0
	checkWritten(t, p, "a.py", &asked)
	checkWritten(t, p, "a.ts", &asked)
	if asked != 65 {
		t.Errorf("%d arguments were asked, want 65", asked)
	}
}

// TestWrittenBound holds that following words ends: each of thousands of functions puts its word on one list, of which
// thousands of calls say something. Where it is too much nothing is said to be written.
func TestWrittenBound(t *testing.T) {
	for count, want := range map[int]bool{12: true, 4000: false} {
		var b strings.Builder
		b.WriteString("parts = []\n")
		for i := range count {
			fmt.Fprintf(&b, "def f%d(t):\n    parts.append(t)\n    return t\n", i)
		}
		for i := range count {
			fmt.Fprintf(&b, "say(f%d('x') + ' '.join(parts))\n", i)
		}
		r := program([]txtar.File{{Name: "a.py", Data: []byte(b.String())}}).Resolver("a.py")
		asked := 0
		r.Tree().Root().Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Call) && n.Child(0).TextIs("say") {
				asked++
				if got := r.Written(n.Child(1)); got != want {
					t.Errorf("%d functions, call %d: %v", count, asked, got)
				}
			}
			return !t.Failed()
		})
		if asked != count && !t.Failed() {
			t.Errorf("%d calls were asked about, want %d", asked, count)
		}
	}
}
