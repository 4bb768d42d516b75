package rule

import (
	"cmp"
	"strings"
	"sync"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"

	"fermata/internal/result"
)

// Sieve tells which places in code no rule of a set can say anything about, so that whoever reads code need not find out
// all about them, nor keep them. Of ten thousand calls that a tree makes, rules tell of ten.
//
// It asks the rules' own tests, with what is not known as unknown. A place that it lets go is one at which every test is
// false whatever the rest may be; one where a test is true, open or fails passes. It may be used by many goroutines.
type Sieve struct {
	compiler *compiler
	rules    map[On]map[string][]*Rule // by sort and by kind or name
	askers   sync.Pool                 // of *asker
}

// asker is what one question needs.
type asker struct {
	scope scope
	frame *interpreter.ExecutionFrame
}

// Sieve makes the sieve of a set.
func (s *Set) Sieve() *Sieve {
	v := &Sieve{compiler: s.compiler, rules: map[On]map[string][]*Rule{}}
	for _, r := range s.Rules {
		if !r.Code() {
			continue
		}
		of := v.rules[r.On]
		if of == nil {
			of = map[string][]*Rule{}
			v.rules[r.On] = of
		}
		for _, list := range [][]string{r.Kinds, r.Names} {
			for _, kind := range list {
				of[kind] = append(of[kind], r)
			}
		}
	}
	return v
}

// Passes tells whether a rule may say something about a place.
func (v *Sieve) Passes(s *result.Subject) bool {
	of := v.rules[On(s.On)]
	var at *subject
	for _, kind := range s.Kinds {
		for _, r := range of[kind] {
			if !v.sifts(r) {
				return true
			}
			if at == nil {
				at = &subject{s: s, t: codeSorts[On(s.On)], element: missing}
			}
			if v.ask(r, at) {
				return true
			}
		}
	}
	return false
}

// NeedsSource tells whether every rule about a kind of call is silent where no value of others reaches the call.
func (v *Sieve) NeedsSource(kind string) bool {
	for _, r := range v.rules[OnCall][kind] {
		if !v.sifts(r) || !r.when.sourced {
			return false
		}
	}
	return true
}

// NeedsOneOf gives flags of which one must be yes, or not known, for a rule about a kind of function to say anything; false
// where a rule of it may speak without.
func (v *Sieve) NeedsOneOf(kind string) ([]string, bool) {
	var flags []string
	for _, r := range v.rules[OnFunction][kind] {
		if !v.sifts(r) || r.when.rests == "" {
			return nil, false
		}
		flags = append(flags, r.when.rests)
	}
	return flags, true
}

// sifts tells whether the test of a rule can be asked before the model is complete and anything is bound.
func (v *Sieve) sifts(r *Rule) bool {
	if len(v.compiler.compile(r)) > 0 || r.when == nil || r.when.element {
		return false
	}
	return r.decidedAfter() == 0
}

func (v *Sieve) ask(r *Rule, at *subject) bool {
	a, ok := v.askers.Get().(*asker)
	if !ok {
		a = &asker{}
		frame, err := interpreter.NewExecutionFrame(&a.scope)
		if err != nil {
			return true
		}
		a.frame = frame
	}
	defer v.askers.Put(a)
	at.late = r.when.compare
	a.scope.push(r.On.subjectName(), at)
	defer a.scope.pop()
	value, _, err := r.when.program.Eval(a.frame)
	return err != nil || value != types.False
}

// needsSource tells by its form that a test is false where call.source is empty: one of what it joins by "and" compares
// it with texts.
func needsSource(e ast.Expr) bool {
	if e.Kind() != ast.CallKind {
		return false
	}
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd:
		return needsSource(args[0]) || needsSource(args[1])
	case operators.In, operators.Equals:
		if path, ok := chain(args[0]); !ok || path != "call.source" {
			return false
		}
		texts := args[1:]
		if args[1].Kind() == ast.ListKind {
			texts = args[1].AsList().Elements()
		}
		for _, t := range texts {
			if t.Kind() != ast.LiteralKind || t.AsLiteral() == types.String("") {
				return false
			}
		}
		return true
	}
	return false
}

// needsFlag gives a flag of a function without which a test is false, as its form tells: the test is the flag, or one of what
// it joins by "and" is.
func needsFlag(e ast.Expr) string {
	switch e.Kind() {
	case ast.SelectKind:
		path, ok := chain(e)
		if flag, of := strings.CutPrefix(path, OnFunction.subjectName()+"."); ok && of && !strings.Contains(flag, ".") {
			return flag
		}
	case ast.CallKind:
		if call := e.AsCall(); call.FunctionName() == operators.LogicalAnd {
			return cmp.Or(needsFlag(call.Args()[0]), needsFlag(call.Args()[1]))
		}
	}
	return ""
}

// comparesKinds tells whether an expression asks for kinds of arguments only to compare them with words: x.kind == "null".
func comparesKinds(e ast.Expr) bool {
	switch e.Kind() {
	case ast.LiteralKind, ast.IdentKind:
		return true
	case ast.SelectKind:
		return e.AsSelect().FieldName() != "kind" && comparesKinds(e.AsSelect().Operand())
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			if !comparesKinds(item) {
				return false
			}
		}
		return true
	case ast.CallKind:
		call := e.AsCall()
		args := call.Args()
		switch call.FunctionName() {
		case operators.Equals, operators.NotEquals:
			if args[0].Kind() == ast.SelectKind && args[1].Kind() == ast.LiteralKind {
				return comparesKinds(args[0].AsSelect().Operand())
			}
		}
		if call.IsMemberFunction() && !comparesKinds(call.Target()) {
			return false
		}
		for _, arg := range args {
			if !comparesKinds(arg) {
				return false
			}
		}
		return true
	}
	return false
}

// codeType tells whether a type is of a place in code.
func codeType(t typ) bool {
	return t == callT || t == functionT || t == classT || t == literalT || t == fileT
}
