package providerclient

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// runners are the calls that run text as code.
var runners = []string{
	"builtins.exec", "builtins.eval", "subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_output", "subprocess.check_call",
	"subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen", "asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec",
	"builtins.Function", "child_process.*", "node:child_process.*", "vm.*", "node:vm.*", "vm2.**", "@e2b/code-interpreter.**.runCode", "execa.*",
	"runpy.run_path", "e2b_code_interpreter.Sandbox.run_code", "e2b_code_interpreter.CodeInterpreter.notebook.exec_cell",
}

// asksStore are the calls that run a query, which they take as text.
var asksStore = []string{
	"sqlite3.**.execute", "sqlite3.**.executescript", "aiosqlite.**.execute", "psycopg.**.execute", "psycopg_pool.**.execute", "psycopg2.**.execute", "pymysql.**.execute",
	"MySQLdb.**.execute", "mysql.connector.**.execute", "asyncpg.**.execute", "asyncpg.**.fetch*", "sqlalchemy.**.execute", "duckdb.**.execute",
	"duckdb.**.sql", "duckdb.**.query", "pandas.read_sql*", "clickhouse_connect.**.query", "snowflake.**.execute", "pyodbc.**.execute",
	"google.cloud.bigquery.**.query", "neo4j.**.run", "sqlalchemy.text",
}

// runsText tells whether a call runs text as code, or as a query whose text is not fixed.
func (x *pass) runsText(ref code.Ref, call syntax.Node) bool {
	if ref.Is(runners...) {
		return true
	}
	if script(call) || !ref.Is(asksStore...) {
		return false
	}
	for _, v := range x.Code().Eval(call.Child(1)).Each() {
		for v.Is(code.Instance) && v.Ref.Is(statements...) {
			v = v.Arg("text", 0)
		}
		switch {
		case v == nil, v.Is(code.String) && len(v.Holes) == 0:
		case v.Is(code.Instance) && !x.answer(v): // select(Order).where(Order.id == given): what is given can only be a value in it
		default:
			return true
		}
	}
	return false
}

// answer tells whether a value is what a model answered, or something of it.
func (x *pass) answer(v *code.Value) bool {
	for ; v != nil; v = v.Base {
		if v.Call.Is(syntax.Call) {
			if _, asks := x.isModelCall(v.Call); asks {
				return true
			}
		}
	}
	return false
}

// statements are calls that make a statement of a text as it is.
var statements = []string{
	"sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text", "sqlalchemy.literal_column", "sqlalchemy.TextClause",
	"psycopg.sql.SQL", "psycopg2.sql.SQL", "asyncpg.sql.SQL", "django.db.models.expressions.RawSQL",
}

// running is a place where what the model said is run.
type running struct {
	at  syntax.Node
	def *code.Def // the function of the program that runs it; nil where it is run on the spot
}

// runsOutput tells whether what a call answers is run as code, in the function that asks or in one that it hands the
// answer to.
func (x *pass) runsOutput(u *unit, c *call) bool { return len(x.runs(u, c)) > 0 }

func (x *pass) runs(u *unit, c *call) []running {
	f := x.flowOf(c, c.function)
	if len(f.said) == 0 {
		return nil
	}
	return x.runsWhat(u, c, func(n syntax.Node) bool { return touchesAny(n, f.said) })
}

// runsWhat finds what runs, in the function around a call, what comes of the model's answer.
func (x *pass) runsWhat(u *unit, c *call, says func(syntax.Node) bool) (all []running) {
	c.function.Walk(func(n syntax.Node) bool {
		if !u.part(n) {
			return false
		}
		if !n.Is(syntax.Call) || n == c.node {
			return true
		}
		given := false
		for a := range n.Children() {
			given = given || a != n.Child(0) && !a.Is(syntax.Lambda) && says(a)
		}
		if !given {
			return true
		}
		ref := x.called(n)
		switch {
		case x.runsText(ref, n) && (ref.Is(runners...) || says(n.Child(1))):
			all = append(all, running{at: n})
		case ref.Def != nil && ref.Def.Kind == code.FuncDef:
			if other := x.unit(ref.Def); other != nil && other != u && len(other.calls) > 0 {
				return true // it asks a model itself
			}
			for _, b := range x.Code().BodyOf(ref.Def).Calls {
				if _, asks := x.isModelCall(b.Node); asks {
					break // what is run behind it may be another answer
				}
				if b.Driven && b.Depth < 4 && (b.Depth < 2 || !b.Callee.Is(runners...)) && x.runsText(b.Callee, b.Node) && (b.Callee.Is(runners...) || states(n, ref.Def, b.Node, says)) {
					all = append(all, running{at: n, def: ref.Def})
					break
				}
			}
		}
		return true
	})
	return all
}

// runsElsewhere finds what runs the answer of a call in other methods of its class: those that have it of the method that asks.
func (x *pass) runsElsewhere(u *unit, c *call) (all []running) {
	whole := u
	if u.whole != nil {
		whole = u.whole
	}
	if whole.def == nil || whole.def.Kind != code.ClassDef {
		return nil
	}
	from := x.from(c.function, c.node)
	seen := map[syntax.Node]bool{c.function: true}
	var on func(from *coming, depth int)
	on = func(from *coming, depth int) {
		if depth == furthestAction || !from.function.Is(syntax.FuncDef) {
			return
		}
		if _, comes := from.returning(""); !comes {
			return
		}
		for _, s := range whole.selfCalls() {
			caller := functionOf(s.node, s.scope)
			if s.name != from.function.Text() || seen[caller] {
				continue
			}
			seen[caller] = true
			next := x.from(caller, s.node)
			all = append(all, x.runsWhat(whole, &call{node: s.node, function: caller}, func(n syntax.Node) bool {
				return n.Span().End >= s.node.Span().End && next.is(n) // not what was run before it was asked
			})...)
			on(next, depth+1)
		}
	}
	on(from, 0)
	return all
}

// executed reports what runs the answers of a unit as tools that it has. Where the model is given tools, these are they, and
// a function that only takes one of several by its name, or tells actions apart, is none.
func (x *pass) executed(u *unit, agent discover.Ref, name string, chosen []syntax.Node) {
	for i := range u.calls {
		c := &u.calls[i]
		if x.given(c) {
			continue
		}
		for _, r := range append(x.runs(u, c), x.runsElsewhere(u, c)...) {
			at := r.at.Span()
			var ref discover.Ref
			if r.def != nil {
				if slices.ContainsFunc(chosen, func(n syntax.Node) bool { return inside(n, r.def.Node) }) {
					continue
				}
				ref = x.FunctionTool(r.def, "", "", technology).Ref
			} else {
				ref = discover.Of(agent, "output")
				callee := strings.TrimPrefix(x.Code().Resolve(r.at.Child(0)).Name, "builtins.")
				if !x.Code().Resolve(r.at.Child(0)).Is(runners...) {
					x.Element(model.Tool, ref, "queries from output of "+name, at).Technology(technology).
						Detail("what the model says is run as a query").
						Effect("db-read", model.Yes, "it passes what the model said to "+callee, at)
					x.Flow(model.ToolCall, agent, ref, at)
					continue
				}
				x.Element(model.Tool, ref, "code executed from output of "+name, at).Technology(technology).
					Detail("what the model says is run").
					Effect("exec", model.Yes, "it passes what the model said to "+callee, at)
			}
			x.Flow(model.ToolCall, agent, ref, at)
		}
		if x.comings > mostComing {
			x.Unresolved("what is done with the answers of "+name, "the code between an answer and what is done with it is more than is followed", c.node.Span())
		}
	}
}

// loops says whether an agent goes on by itself, and what ends it.
func (x *pass) loops(u *unit, e *discover.Element, agent discover.Ref, tools int) {
	var at []source.Span
	limited, asks := []source.Span{}, false
	for i := range u.calls {
		c := &u.calls[i]
		if !u.fed(c) {
			continue
		}
		loop := loopOf(c.node, c.function)
		if loop.IsZero() {
			at = append(at, c.node.Span())
			continue
		}
		if tools == 0 && readsInput(loop) || x.waitsFirst(loop, c.node) {
			asks = true
			continue
		}
		at = append(at, c.node.Span())
		if span, ok := limit(loop); ok {
			limited = append(limited, span)
		}
	}
	if len(at) > 0 {
		e.FactBecause("loops", model.Yes, "the model is asked again with what it said", at...)
	} else if asks {
		e.FactBecause("loops", model.No, "a person's message starts each turn")
	}
	if len(limited) > 0 && len(limited) == len(at) {
		x.Control("iteration-limit", agent, discover.Ref{}, model.Evidenced, limited...)
	} else if len(at) > 0 && len(limited) == 0 && tools > 0 {
		if loop := x.unbounded(u); !loop.IsZero() {
			x.Control("iteration-limit", agent, discover.Ref{}, model.Absent, loop.Child(0).Span())
		}
	}
}

// waitsFirst tells whether each round of a loop waits for a person before a call in it, so that the model's word alone brings no
// further round: what asks the person stands among the loop's own statements, or in its condition. A round that is left early
// comes to it again.
func (x *pass) waitsFirst(loop, call syntax.Node) bool {
	if !loop.Is(syntax.While) {
		return false
	}
	if x.asksSomebody(loop.Child(0)) {
		return true
	}
	for s := range loop.Child(1).Children() {
		if s.Span().End > call.Span().Start && !s.Is(syntax.Try) {
			return false
		}
		if !s.Is(syntax.Try) {
			if x.asksSomebody(s) {
				return true
			}
			continue
		}
		if s.Span().End <= call.Span().Start && !handled(s) {
			continue // the call is come to though nobody answered
		}
		for inner := range s.Child(0).Children() {
			if inner.Span().End <= call.Span().Start && x.asksSomebody(inner) {
				return true
			}
		}
	}
	return false
}

// handled tells whether each way out of a try's trouble leaves the round.
func handled(try syntax.Node) bool {
	for h := range try.Children() {
		if !h.Is(syntax.Except) {
			continue
		}
		last := h.Child(-1)
		if last.Is(syntax.Block) {
			last = last.Child(-1)
		}
		if !last.Is(syntax.Return, syntax.Raise) && !(last.Is(syntax.Simple) && (last.TextIs("break") || last.TextIs("continue"))) {
			return false
		}
	}
	return true
}

// asksSomebody tells whether a statement or condition puts a question to whoever sits at the terminal whenever it is come to.
func (x *pass) asksSomebody(s syntax.Node) (yes bool) {
	s.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.If, syntax.While, syntax.For, syntax.Try, syntax.FuncDef, syntax.Lambda, syntax.ClassDef, syntax.Cond, syntax.Logic:
			return false
		case syntax.Call:
			ref := x.Code().Resolve(n.Child(0))
			yes = yes || ref.Is(seated...)
		}
		return !yes
	})
	return yes
}

// seated are calls that wait for whoever sits at the terminal.
var seated = []string{
	"builtins.input", "rich.prompt.Prompt.ask", "rich.prompt.*.ask", "rich.console.Console.input", "questionary.**.ask", "prompt_toolkit.prompt", "prompt_toolkit.**.prompt", "prompt_toolkit.**.prompt_async",
	"click.prompt", "typer.prompt", "readline/promises.*.question", "node:readline/promises.*.question", "prompt-sync.**", "@inquirer/prompts.*",
}

// readsInput tells whether each round of a loop waits for a person.
func readsInput(loop syntax.Node) bool {
	found := false
	loop.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Call) && (n.Child(0).TextIs("input") || n.Child(0).TextIs("ask") || n.Child(0).TextIs("prompt") || n.Child(0).TextIs("get_user_input") || n.Child(0).TextIs("question")) {
			found = true
		}
		return !found
	})
	return found
}

// counted are words of what counts rounds.
var counted = []string{"iter", "step", "turn", "round", "attempt", "count", "loop", "depth", "max", "limit", "budget", "retries", "compute"}

// limit finds what ends a loop after some rounds: a range, a condition on a counter, a counter that breaks out.
func limit(loop syntax.Node) (source.Span, bool) {
	if head, ok := cStyle(loop); ok && strings.ContainsAny(head, "<>") {
		at := loop.Span()
		at.End = at.Start + int32(len(strings.TrimRight(head, " \t\r\n")))
		return at, true
	} else if ok {
		return source.Span{}, false
	}
	if loop.Is(syntax.For) {
		if over := loop.Child(1); !over.Child(0).TextIs("count") {
			return over.Span(), true
		}
		return source.Span{}, false
	}
	if condition := loop.Child(0); counts(condition) {
		return condition.Span(), true
	}
	var at source.Span
	found := false
	loop.Walk(func(n syntax.Node) bool {
		if found || n.Is(syntax.FuncDef) {
			return false
		}
		if n.Is(syntax.If) && counts(n.Child(0)) {
			n.First(syntax.Block).Walk(func(s syntax.Node) bool {
				if s.Is(syntax.Raise, syntax.Return) || s.Is(syntax.Simple) && s.TextIs("break") {
					found, at = true, n.Child(0).Span()
				}
				return !found
			})
		}
		return !found
	})
	return at, found
}

// counts tells whether a condition compares a counter with a bound.
func counts(condition syntax.Node) bool {
	found := false
	condition.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Compare) {
			return !found
		}
		switch n.Text() {
		case "<", "<=", ">", ">=", "==":
		default:
			return true
		}
		text := strings.ToLower(n.Source())
		for _, word := range counted {
			found = found || strings.Contains(text, word)
		}
		return !found
	})
	return found
}

// unbounded is a loop of the unit that only the model ends: while True.
func (x *pass) unbounded(u *unit) syntax.Node {
	for i := range u.calls {
		c := &u.calls[i]
		loop := loopOf(c.node, c.function)
		if !loop.Is(syntax.While) || !u.fed(c) || x.waitsFirst(loop, c.node) {
			continue
		}
		if _, ok := limit(loop); ok {
			continue
		}
		return loop
	}
	return syntax.Node{}
}
