package rule

import (
	"reflect"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Rules about code visit subjects that whoever reads code hands over (result.Subject). They are asked by the same
// expressions, powers and messages as all others; what is not known of a subject is an unknown that nobody can be
// asked, so it makes neither a finding nor a question.

// codeSorts says which On is about which sort of subject.
var codeSorts = map[On]typ{OnCall: callT, OnFunction: functionT, OnClass: classT, OnLiteral: literalT, OnFile: fileT}

// subjectName is what expressions call the visited place: its sort, but for functions, since CEL keeps that word.
func (on On) subjectName() string {
	if on == OnFunction {
		return "func"
	}
	return string(on)
}

// Code tells whether the rule visits places in code or configuration, and not the model.
func (r *Rule) Code() bool { return codeSorts[r.On] != noType }

// Asked is what the rules of a set want to know of code.
type Asked struct {
	Kinds map[string]map[string]bool // sort of subject → its kinds that any rule visits
	Names []string                   // patterns of names of calls, sorted
}

// Asks tells which subjects the rules of the set visit; nothing else needs to be looked for.
func (s *Set) Asks() Asked {
	a := Asked{Kinds: map[string]map[string]bool{}}
	names := map[string]bool{}
	for _, r := range s.Rules {
		if !r.Code() {
			continue
		}
		kinds := a.Kinds[string(r.On)]
		if kinds == nil {
			kinds = map[string]bool{}
			a.Kinds[string(r.On)] = kinds
		}
		for _, k := range r.Kinds {
			kinds[k] = true
		}
		for _, n := range r.Names {
			names[n] = true
		}
	}
	for n := range names {
		a.Names = append(a.Names, n)
	}
	sort.Strings(a.Names)
	return a
}

// silent is the number of an unknown of a subject: nobody is asked.
const silent = 1 << 60

var silence = types.NewUnknown(silent, nil)

// subject is a place in code as CEL sees it.
type subject struct {
	s        *result.Subject
	t        typ
	element  *element
	function *subject
	file     *subject
	late     bool // kinds of arguments are only compared with words: see lateKind
}

// around is the function around a place, which nobody looked for where the place is only sifted.
func (s *subject) around() *subject {
	if s.function == nil {
		if f := s.s.Around(); f != nil {
			s.function = &subject{s: f, t: functionT, element: missing}
		}
	}
	return s.function
}

// inFile is the file that a place stands in.
func (s *subject) inFile() *subject {
	if s.file == nil && s.s.File != nil {
		s.file = &subject{s: s.s.File, t: fileT, element: missing}
	}
	return s.file
}

// argument is an argument of a call as CEL sees it; nil where it is not given.
type argument struct {
	a    *result.Argument
	open bool // it may be given in a way that could not be followed
	late bool // see subject
}

// subjects prepares what was handed over, by sort and kind, in the order of ids.
func (x *index) addSubjects(all []*result.Subject) {
	if len(all) == 0 {
		return
	}
	sorted := append([]*result.Subject(nil), all...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].ID < sorted[j].ID })
	made := map[*result.Subject]*subject{}
	var make func(s *result.Subject) *subject
	make = func(s *result.Subject) *subject {
		if s == nil {
			return nil
		}
		if known := made[s]; known != nil {
			return known
		}
		v := &subject{s: s, t: codeSorts[On(s.On)], element: missing}
		made[s] = v
		if at, ok := x.byID[s.Element]; ok {
			v.element = x.elements[at]
		}
		v.function, v.file = make(s.Function), make(s.File)
		return v
	}
	x.subjects = map[string]map[string][]*subject{}
	for _, s := range sorted {
		v := make(s)
		kinds := x.subjects[s.On]
		if kinds == nil {
			kinds = map[string][]*subject{}
			x.subjects[s.On] = kinds
		}
		for _, k := range s.Kinds {
			kinds[k] = append(kinds[k], v)
		}
	}
}

// nowhere stands for the function around what stands at the level of a file, and for the file of nothing.
var nowhere = map[typ]*subject{
	functionT: {s: &result.Subject{On: "function"}, t: functionT, element: missing},
	fileT:     {s: &result.Subject{On: "file"}, t: fileT, element: missing},
}

// visitSubjects asks about every subject of the rule's kinds and names, each once.
func (m *matcher) visitSubjects() {
	sort_ := string(m.rule.On)
	seen := map[*subject]bool{}
	for _, kind := range append(append([]string(nil), m.rule.Kinds...), m.rule.Names...) {
		for _, s := range m.x.subjects[sort_][kind] {
			if seen[s] {
				continue
			}
			seen[s] = true
			if m.stopped() {
				return
			}
			found, open := len(m.findings), m.stat.Undecided
			m.visit([]string{m.rule.On.subjectName()}, []any{s}, bound{subject: s})
			switch {
			case m.look == nil || m.failure != nil || len(m.findings) > found:
			case m.stat.Undecided > open:
				m.look.Open = append(m.look.Open, s.s)
			default:
				m.look.Passed = append(m.look.Passed, s.s)
			}
		}
	}
}

// subjectField reads one field.
func subjectField(s *subject, f field) any {
	if s.s.ID == "" { // nowhere
		switch f.typ {
		case boolT:
			return types.False
		case stringT:
			return types.String("")
		case intT:
			return types.Int(0)
		case elementT:
			return missing
		}
		return nowhere[f.typ]
	}
	switch f.typ {
	case boolT:
		if f.name == "present" {
			return types.True
		}
		switch s.s.Flag(f.name) {
		case result.Yes:
			return types.True
		case result.No:
			return types.False
		}
		return silence
	case stringT:
		if f.name == "id" {
			return types.String(s.s.ID)
		}
		return types.String(s.s.Say(f.name))
	case intT:
		return types.Int(s.s.Number(f.name))
	case elementT:
		return s.element
	case functionT:
		if f := s.around(); f != nil {
			return f
		}
		return nowhere[functionT]
	case fileT:
		if f := s.inFile(); f != nil {
			return f
		}
		return nowhere[fileT]
	}
	return silence
}

// argumentField reads one field of an argument.
func argumentField(a *argument, name string) any {
	switch name {
	case "given":
		if a.a == nil && a.open {
			return silence
		}
		return types.Bool(a.a != nil)
	case "constant":
		if a.a == nil {
			return types.False
		}
		return types.Bool(a.a.Settled().Constant)
	case "kind":
		if a.a == nil {
			return types.String("")
		}
		if a.late && a.a.Late != nil {
			return lateKind{a.a}
		}
		return types.String(a.a.Settled().Kind)
	}
	if a.a == nil {
		return types.String("")
	}
	return types.String(a.a.Settled().Text)
}

// lateKind is the kind of an argument that nobody looked at yet, in a test that only compares it with words (see
// comparesKinds): what it cannot be is told by its form alone.
type lateKind struct{ a *result.Argument }

func (k lateKind) text() types.String { return types.String(k.a.Settled().Kind) }

// ConvertToNative is part of ref.Val.
func (k lateKind) ConvertToNative(t reflect.Type) (any, error) { return k.text().ConvertToNative(t) }

// ConvertToType is part of ref.Val.
func (k lateKind) ConvertToType(t ref.Type) ref.Val { return k.text().ConvertToType(t) }

// Equal tells whether the argument is of a kind.
func (k lateKind) Equal(other ref.Val) ref.Val {
	if s, ok := other.(types.String); ok {
		return types.Bool(k.a.IsKind(string(s)))
	}
	return k.text().Equal(other)
}

// Type is the CEL type.
func (k lateKind) Type() ref.Type { return types.StringType }

// Value is the kind.
func (k lateKind) Value() any { return string(k.text()) }

func (s *subject) argument(name string) *argument {
	out := &argument{late: s.late}
	given := s.s.Given()
	for i := range given {
		a := &given[i]
		if a.Name == name && name != "" {
			out.a = a
		}
		if a.Name == "**" {
			out.open = true
		}
	}
	return out
}

func (s *subject) argumentAt(place int) *argument {
	out := &argument{late: s.late}
	given := s.s.Given()
	for i := range given {
		a := &given[i]
		if a.Place == place {
			out.a = a
		}
		if a.Name == "*" {
			out.open = true
		}
	}
	return out
}

// listed tells whether one of a subject's names of a sort matches a pattern of names.
func (s *subject) listed(list, pattern string) bool {
	for _, name := range s.s.List(list) {
		if matchName(pattern, name) {
			return true
		}
	}
	return false
}

// matchName matches dotted names: "*" stands for one part or for letters within a part, "**" for any number of parts.
func matchName(pattern, name string) bool {
	return matchParts(strings.Split(pattern, "."), strings.Split(name, "."))
}

func matchParts(pattern, name []string) bool {
	for i, p := range pattern {
		if p == "**" {
			for k := i; k <= len(name); k++ {
				if matchParts(pattern[i+1:], name[k:]) {
					return true
				}
			}
			return false
		}
		if i >= len(name) || !matchPart(p, name[i]) {
			return false
		}
	}
	return len(pattern) == len(name)
}

func matchPart(pattern, part string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == part
	}
	return len(part) >= len(before)+len(after) && strings.HasPrefix(part, before) && strings.HasSuffix(part, after)
}

// subjectFunctions are the functions of expressions that look names up.
var subjectFunctions = []struct {
	name string
	of   []typ
	list string
}{
	{"named", []typ{callT}, "names"},
	{"calls", []typ{functionT, fileT}, "calls"},
	{"decorated", []typ{functionT, classT}, "decorators"},
	{"derives", []typ{classT}, "bases"},
	{"defines", []typ{classT}, "methods"},
	{"imports", []typ{fileT}, "imports"},
	{"says", []typ{fileT}, "words"},
}

// codeOptions declares the functions of rules about code.
func codeOptions() []cel.EnvOption {
	text := []*cel.Type{cel.StringType}
	options := []cel.EnvOption{
		cel.Function("arg", cel.MemberOverload("call_arg", append([]*cel.Type{celTypes[callT]}, text...), celTypes[argumentT],
			cel.BinaryBinding(func(v, name ref.Val) ref.Val {
				s, ok := v.(*subject)
				n, isText := name.(types.String)
				if !ok || !isText {
					return types.NewErr("arg is asked of a call with a name")
				}
				return s.argument(string(n))
			}))),
		cel.Function("at", cel.MemberOverload("call_at", []*cel.Type{celTypes[callT], cel.IntType}, celTypes[argumentT],
			cel.BinaryBinding(func(v, place ref.Val) ref.Val {
				s, ok := v.(*subject)
				n, isNumber := place.(types.Int)
				if !ok || !isNumber {
					return types.NewErr("at is asked of a call with a number")
				}
				return s.argumentAt(int(n))
			}))),
	}
	var kinds []cel.FunctionOpt
	for _, t := range []typ{callT, functionT, classT, literalT, fileT} {
		kinds = append(kinds, cel.MemberOverload(strings.ToLower(celNames[t])+"_kind", append([]*cel.Type{celTypes[t]}, text...), cel.BoolType,
			cel.BinaryBinding(func(v, word ref.Val) ref.Val {
				s, ok := v.(*subject)
				w, isText := word.(types.String)
				return types.Bool(ok && isText && s.s.Is(string(w)))
			})))
	}
	options = append(options, cel.Function("kind", kinds...))
	for _, f := range subjectFunctions {
		var overloads []cel.FunctionOpt
		for _, t := range f.of {
			list := f.list
			overloads = append(overloads, cel.MemberOverload(strings.ToLower(celNames[t])+"_"+f.name, append([]*cel.Type{celTypes[t]}, text...), cel.BoolType,
				cel.BinaryBinding(func(v, pattern ref.Val) ref.Val {
					s, ok := v.(*subject)
					p, isText := pattern.(types.String)
					return types.Bool(ok && isText && s.listed(list, string(p)))
				})))
		}
		options = append(options, cel.Function(f.name, overloads...))
	}
	return options
}

// evidence puts the place of what made the rule apply first.
func (m *matcher) subjectEvidence(s *subject) []model.Evidence {
	var out []model.Evidence
	seen := map[model.Evidence]bool{}
	add := func(e model.Evidence) {
		if !seen[e] && len(out) < mostEvidence {
			seen[e] = true
			out = append(out, e)
		}
	}
	for _, name := range m.rule.when.flags {
		if at, ok := s.s.Spots[name]; ok && s.s.Flags[name] != result.Unknown {
			add(at)
		}
	}
	for _, e := range s.s.Evidence {
		if whole := e.Line == e.EndLine && e.Col == e.EndCol; !whole || len(out) == 0 { // the file as a whole says nothing beside a line of it
			add(e)
		}
	}
	for i := range s.s.Trail {
		add(s.s.Trail[i].Evidence)
	}
	return out
}

// codeOf is what the finding says about its place in code; nil for a rule about the model.
func (m *matcher) codeOf() *result.Code {
	if len(m.order) == 0 || m.order[0].subject == nil {
		return nil
	}
	s := m.order[0].subject.s
	name := s.Texts["name"]
	if s.On == "file" {
		name = s.Texts["path"]
	} else if name == "" {
		name = s.Texts["full"]
	}
	return &result.Code{On: s.On, Scope: s.Scope, Name: name, Source: s.Texts["source"], Trail: s.Trail, Element: s.Element}
}

// The rest makes subjects and arguments acceptable to CEL.

// ConvertToNative is part of ref.Val; nothing of ours is converted.
func (s *subject) ConvertToNative(reflect.Type) (any, error) { return nil, errNoConversion }

// ConvertToType is part of ref.Val.
func (s *subject) ConvertToType(t ref.Type) ref.Val { return convert(s, t) }

// Equal tells whether both are the same place.
func (s *subject) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(s) == other) }

// Type is the CEL type.
func (s *subject) Type() ref.Type { return celTypes[s.t] }

// Value is the subject itself: getters take it.
func (s *subject) Value() any { return s }

// ConvertToNative is part of ref.Val; nothing of ours is converted.
func (a *argument) ConvertToNative(reflect.Type) (any, error) { return nil, errNoConversion }

// ConvertToType is part of ref.Val.
func (a *argument) ConvertToType(t ref.Type) ref.Val { return convert(a, t) }

// Equal tells whether both are the same argument.
func (a *argument) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(a) == other) }

// Type is the CEL type.
func (a *argument) Type() ref.Type { return celTypes[argumentT] }

// Value is the argument itself: getters take it.
func (a *argument) Value() any { return a }
