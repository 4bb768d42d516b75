package rule

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Limits of one expression. What an honest test costs is a few dozen units.
const (
	maxCost       = 1 << 22 // units that an expression may cost at the most, by CEL's own estimate
	maxExpression = 4096    // bytes
	assumedText   = 256     // length of a text for the estimate
	assumedList   = 4096    // length of a list for the estimate
)

// expression is one CEL text of a rule with what compiling found out about it.
type expression struct {
	file    *source.File
	node    syntax.Node
	text    string
	visible names // what it may name

	program cel.Program
	uses    names     // what it does name, of visible
	facts   []factUse // which facts it asks, by path
	flags   []string  // which facts of places in code it asks
	element bool      // it asks about the element that a place in code is part of
	compare bool      // it does nothing with kinds of arguments but compare them with words
	sourced bool      // it is false wherever no value of others reaches the place
	rests   string    // a flag of the function that it visits without which it is false; "" where none is seen
}

// factUse is a fact or effect of what a path leads to, such as flow.to and facts.shared.
type factUse struct {
	on   dotted
	slot int
}

// newExpression copies the names that are visible so far: later binds must not show.
func newExpression(file *source.File, node syntax.Node, text string, visible names) *expression {
	e := &expression{file: file, node: node, text: text, visible: names{}}
	for name, t := range visible {
		e.visible[name] = t
	}
	return e
}

// compiler holds the CEL environments of a set. One serves all rules, and each expression's names are checked by
// walk; only old and new can be elements or flows, so rules about changes of flows have an environment of their own, and so have
// rules about code, since a bind may be named call. Each is made at the first compile that needs them.
type compiler struct {
	common, flows, code environment
}

type environment struct {
	once  sync.Once
	env   *cel.Env
	err   error
	names names
}

// declare collects the names that any rule of the set uses.
func (c *compiler) declare(rules []*Rule) {
	c.common.names, c.flows.names, c.code.names = names{}, names{}, names{}
	for _, r := range rules {
		into := c.of(r).names
		for _, e := range r.expressions() {
			for name, t := range e.visible {
				into[name] = t
			}
		}
	}
}

// of is the environment that a rule's expressions are checked in.
func (c *compiler) of(r *Rule) *environment {
	switch {
	case r.names["new"] == flowT:
		return &c.flows
	case r.Code():
		return &c.code
	}
	return &c.common
}

func (v *environment) get() (*cel.Env, error) {
	v.once.Do(func() { v.env, v.err = newEnvironment(v.names) })
	return v.env, v.err
}

// expressions lists a rule's CEL texts.
func (r *Rule) expressions() []*expression {
	var all []*expression
	for _, e := range append([]*expression{r.when, r.widens}, r.bindWhen...) {
		if e != nil {
			all = append(all, e)
		}
	}
	return all
}

// compile makes the programs of a rule, once; it gives the same diagnostics every time it is asked.
func (c *compiler) compile(r *Rule) []source.Diagnostic {
	r.compiled.Do(func() {
		for _, e := range r.expressions() {
			if trouble := c.of(r).compile(e); trouble != nil {
				r.troubles = append(r.troubles, *trouble)
			}
		}
	})
	return r.troubles
}

// compile parses, checks and plans one text.
func (v *environment) compile(e *expression) *source.Diagnostic {
	env, err := v.get()
	if err != nil {
		return e.diagnostic(0, "", "cannot prepare the expression language: "+err.Error())
	}
	if len(e.text) > maxExpression {
		return e.diagnostic(0, "split the rule", fmt.Sprintf("the expression is longer than %d bytes", maxExpression))
	}
	parsed, issues := env.Parse(e.text)
	if trouble := e.issue(issues); trouble != nil {
		return trouble
	}
	w := &walker{e: e, info: parsed.NativeRep().SourceInfo()}
	e.uses = names{}
	t := w.typeOf(parsed.NativeRep().Expr(), e.visible)
	if w.trouble != nil {
		return e.diagnostic(w.trouble.offset, w.trouble.hint, w.trouble.message)
	}
	if t != boolT && t != noType {
		return e.diagnostic(0, "compare it with something", fmt.Sprintf("the expression is %s and not a yes or no", typeWords[t]))
	}
	e.sourced, e.compare = needsSource(parsed.NativeRep().Expr()), comparesKinds(parsed.NativeRep().Expr())
	e.rests = needsFlag(parsed.NativeRep().Expr())
	checked, issues := env.Check(parsed)
	if trouble := e.issue(issues); trouble != nil {
		return trouble
	}
	if out := checked.OutputType(); out != cel.BoolType && out != cel.DynType {
		return e.diagnostic(0, "compare it with something", "the expression is "+out.String()+" and not a yes or no")
	}
	estimate, err := env.EstimateCost(checked, sizes{})
	if err != nil {
		return e.diagnostic(0, "", "cannot estimate the cost of the expression: "+err.Error())
	}
	if estimate.Max > maxCost {
		return e.diagnostic(0, "loop over the members of a cycle once, and not inside another loop", "the expression can cost too much")
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if w.loops {
		// Without a loop the estimate is a bound that holds; counting again at every evaluation would double its price.
		options = append(options, cel.CostLimit(maxCost))
	}
	if e.program, err = env.Program(checked, options...); err != nil {
		return e.diagnostic(0, "", "cannot plan the expression: "+err.Error())
	}
	return nil
}

// diagnostic puts a message at a byte offset of the expression's text.
func (e *expression) diagnostic(offset int, hint, message string) *source.Diagnostic {
	return &source.Diagnostic{
		Severity: source.Error, Code: "bad-expression", Message: message, Hint: hint,
		Span: wordSpan(e.file, scalarMap(e.node), e.text, offset),
	}
}

// issue is the first of CEL's complaints, at its place in the YAML file.
func (e *expression) issue(issues *cel.Issues) *source.Diagnostic {
	if issues == nil || issues.Err() == nil {
		return nil
	}
	found := issues.Errors()
	if len(found) == 0 {
		return e.diagnostic(0, "", issues.Err().Error())
	}
	first := found[0]
	for _, other := range found[1:] {
		a, b := other.Location, first.Location
		if a.Line() < b.Line() || a.Line() == b.Line() && a.Column() < b.Column() {
			first = other
		}
	}
	message, hint := plainWords(first.Message)
	return e.diagnostic(offsetOf(e.text, first.Location.Line(), first.Location.Column()), hint, message)
}

var (
	overload   = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '\(?(.*?)\)?'`)
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	unexpected = regexp.MustCompile(`^(?:mismatched|extraneous) input '(.*?)' expecting|^no viable alternative at input '(.*)'`)
	operator   = strings.NewReplacer("_", "")
)

// plainWords says what CEL complains about without its inner names.
func plainWords(message string) (plain, hint string) {
	message = strings.TrimSpace(strings.SplitN(message, "\n", 2)[0])
	if m := overload.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s cannot be applied to %s", operator.Replace(m[1]), m[2]), "facts and effects are yes or no unless docs/rule-language.md says that they are words"
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("there is no function %q", m[1]), "the functions are crosses, same_system, those of rules about code and those of CEL on texts; loops are exists and all"
	}
	message = strings.TrimPrefix(message, "Syntax error: ")
	if m := unexpected.FindStringSubmatch(message); m != nil {
		if word := m[1] + m[2]; word != "<EOF>" {
			return fmt.Sprintf("%s is not expected here", word), ""
		}
		return "the expression ends too early", ""
	}
	return message, ""
}

// offsetOf turns CEL's line (from 1) and column (code points, from 0) into a byte offset.
func offsetOf(text string, line, column int) int {
	offset := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(text[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	for range text[offset:] {
		if column == 0 {
			break
		}
		column--
		offset++
		for offset < len(text) && text[offset]&0xc0 == 0x80 {
			offset++
		}
	}
	return min(offset, len(text))
}

// walker checks names and fields before CEL does, because it knows better words for what is wrong, and notes which
// facts an expression asks.
type walker struct {
	e       *expression
	info    *ast.SourceInfo
	trouble *problem
	loops   bool
}

func (w *walker) complain(id int64, word, message, hint string) {
	if w.trouble != nil {
		return
	}
	at := w.info.GetStartLocation(id)
	offset := offsetOf(w.e.text, at.Line(), at.Column())
	// A field's place is that of its dot.
	if i := strings.Index(w.e.text[offset:], word); word != "" && i >= 0 {
		offset += i
	}
	w.trouble = &problem{offset, message, hint}
}

// typeOf gives an expression's type as far as names and fields say it; noType leaves the rest to CEL.
func (w *walker) typeOf(expr ast.Expr, in names) typ {
	switch expr.Kind() {
	case ast.IdentKind:
		name := expr.AsIdent()
		t, ok := in[name]
		if !ok {
			p := problem{0, fmt.Sprintf("nothing is named %q here", name), didYouMean(name, in.sorted())}
			w.complain(expr.ID(), "", p.message, p.hint)
			return noType
		}
		if own, ok := w.e.visible[name]; ok && own == t {
			w.e.uses[name] = t
		}
		return t
	case ast.SelectKind:
		return w.selected(expr, in)
	case ast.CallKind:
		return w.call(expr.AsCall(), in)
	case ast.ListKind:
		for _, item := range expr.AsList().Elements() {
			w.typeOf(item, in)
		}
	case ast.MapKind:
		w.complain(expr.ID(), "", "a rule has no use for maps", "")
	case ast.StructKind:
		w.complain(expr.ID(), "", "a rule cannot make values", "")
	case ast.ComprehensionKind:
		return w.loop(expr.AsComprehension(), in)
	}
	return noType
}

func (w *walker) selected(expr ast.Expr, in names) typ {
	s := expr.AsSelect()
	t := w.typeOf(s.Operand(), in)
	if w.trouble != nil || t == noType {
		return noType
	}
	table := fieldsOf[t]
	if table == nil {
		w.complain(expr.ID(), s.FieldName(), fmt.Sprintf("%s has no fields, so .%s cannot follow", typeWords[t], s.FieldName()), "")
		return noType
	}
	f, ok := table.byName[s.FieldName()]
	if !ok {
		p := unknownField(0, s.FieldName(), t)
		w.complain(expr.ID(), s.FieldName(), p.message, p.hint)
		return noType
	}
	if f.typ == boolT && codeType(t) {
		w.e.flags = append(w.e.flags, f.name)
	}
	if f.typ == elementT && codeType(t) {
		w.e.element = true
	}
	if f.slot >= 0 {
		if on, ok := chain(s.Operand()); ok {
			// The last field is facts or effects; what is before it has them.
			if p, trouble := parsePath(on[:strings.LastIndexByte(on, '.')], w.e.visible, false); trouble == nil {
				w.e.facts = append(w.e.facts, factUse{p, f.slot})
			}
		}
	}
	return f.typ
}

// chain is name.field.field as text, if that is all that the expression is.
func chain(expr ast.Expr) (string, bool) {
	switch expr.Kind() {
	case ast.IdentKind:
		return expr.AsIdent(), true
	case ast.SelectKind:
		s := expr.AsSelect()
		before, ok := chain(s.Operand())
		return before + "." + s.FieldName(), ok
	}
	return "", false
}

func (w *walker) call(call ast.CallExpr, in names) typ {
	var first typ
	if call.IsMemberFunction() {
		first = w.typeOf(call.Target(), in)
	}
	for i, arg := range call.Args() {
		if t := w.typeOf(arg, in); i == 0 && !call.IsMemberFunction() {
			first = t
		}
	}
	switch call.FunctionName() {
	case "arg", "at":
		if first != callT {
			w.complain(call.Target().ID(), "", "only a call has arguments", "write call.arg(\"timeout\") or call.at(0)")
		}
		return argumentT
	case operators.Index:
		return itemOf(first)
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals, operators.In:
		return boolT
	}
	return noType
}

func itemOf(t typ) typ {
	switch t {
	case elementListT:
		return elementT
	case flowListT:
		return flowT
	}
	return noType
}

func (w *walker) loop(loop ast.ComprehensionExpr, in names) typ {
	w.loops = true
	item := itemOf(w.typeOf(loop.IterRange(), in))
	if item == noType {
		w.complain(loop.IterRange().ID(), "", "only the members and flows of a cycle can be looped over", "")
		return noType
	}
	inner := names{}
	for name, t := range in {
		inner[name] = t
	}
	inner[loop.IterVar()] = item
	inner[loop.AccuVar()] = noType
	w.typeOf(loop.LoopStep(), inner)
	return boolT
}

// sizes tells CEL's cost estimate how large texts and lists are assumed to be.
type sizes struct{}

func (sizes) EstimateSize(element cost.AstNode) *cost.SizeEstimate {
	most := uint64(assumedText)
	if element.Type() != nil && element.Type().Kind() == cel.ListKind {
		most = assumedList
	}
	return &cost.SizeEstimate{Min: 0, Max: most}
}

func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

var errNoConversion = errors.New("elements and flows of a rule cannot be converted")
