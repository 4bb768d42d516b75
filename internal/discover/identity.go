package discover

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
)

// Telling is an argument that tells two objects of one factory apart.
type Telling struct {
	Name     string
	Position int // -1: by keyword only
}

// Made names an object like [Object], but takes the objects of one factory for one where none of the telling arguments
// says otherwise. A factory that five callers call with their own names, tools or prompts makes five agents; one that
// five callers call with a configuration that only the run knows makes one agent, however often it is called.
func (p *Pass) Made(v *code.Value, telling ...Telling) Ref {
	if v == nil || v.Template() == "" || p.code == nil {
		return Object(v)
	}
	var stand *code.Value
	for _, one := range p.code.Eval(v.Call).Each() {
		if one.Is(code.Instance) && one.Call == v.Call {
			stand = one
		}
	}
	if stand == nil {
		return Object(v)
	}
	for _, t := range telling {
		if t.apart(v.Arg(t.Name, t.Position), stand.Arg(t.Name, t.Position)) {
			return alike(v, stand)
		}
	}
	// What is said of the factory's stand-in is said of it; a test that calls the factory with something else does not
	// make it go away.
	path, symbol := stand.Symbol()
	return Ref{key: "made:" + stand.Key(), path: path, symbol: symbol, class: classOf(stand)}.with(rare{template: "object:" + stand.Key()})
}

// apart tells whether an argument says that an object is another than the one that stands for its factory. One of which
// only the run knows what it is says nothing, whichever way it comes to the factory.
func (t Telling) apart(v, stand *code.Value) bool {
	if v == stand || v.Is(code.Unknown) && stand.Is(code.Unknown) || sketch(v, 0) == sketch(stand, 0) {
		return false
	}
	open, known := false, false
	var look func(v *code.Value, depth int)
	look = func(v *code.Value, depth int) {
		for _, one := range v.Each() {
			switch {
			case one.Is(code.Unknown) || depth > 3:
				open = true
			case one.Is(code.List):
				for _, item := range one.Items {
					look(item, depth+1)
				}
				open = open || one.Open
			case one.Is(code.Instance) && t.Name == "name": // what an outside function makes of something is no name that anybody wrote
				open = true
			case one.Is(code.Null):
			default:
				known = true
			}
		}
	}
	look(v, 0)
	return known || !open
}

// alike names an object that a factory makes by all that it is made of, where that stands in the code: calls of one file that
// make the same, and give it no name of their own, make one. What only the run knows may differ each time.
func alike(v, stand *code.Value) Ref {
	r := Object(v)
	made, at := sketch(v, 0), v.Site().Span()
	if _, symbol := v.Symbol(); symbol != "" || at.File == nil || strings.ContainsAny(saidTexts.ReplaceAllString(made, ""), "?…$") {
		return r
	}
	r.key = "alike:" + stand.Key() + "@" + at.File.Path() + ":" + made
	return r
}

// saidTexts are the texts in a sketch.
var saidTexts = regexp.MustCompile(`"[^"]*"`)

// sketch is what is known of a value, for comparing: what only the run knows is all the same.
func sketch(v *code.Value, depth int) string {
	if v == nil {
		return ""
	}
	if depth > 3 {
		return "…"
	}
	var parts []string
	switch v.Kind {
	case code.String:
		return "\"" + v.Text + "\""
	case code.Number, code.Bool, code.Null:
		return v.Text
	case code.Env:
		return "$" + v.Text
	case code.List:
		for _, item := range v.Items {
			parts = append(parts, sketch(item, depth+1))
		}
	case code.Choice:
		for _, item := range v.Each() {
			parts = append(parts, sketch(item, depth+1))
		}
		slices.Sort(parts)
		parts = slices.Compact(parts)
		if len(parts) == 1 {
			return parts[0]
		}
	case code.Dict:
		for _, pair := range v.Pairs {
			parts = append(parts, sketch(pair.Key, depth+1)+":"+sketch(pair.Value, depth+1))
		}
	case code.Instance:
		for _, a := range v.Args() {
			parts = append(parts, a.Key.Str()+"="+sketch(a.Value, depth+1))
		}
		return v.Ref.Name + "(" + strings.Join(parts, ",") + ")"
	case code.Unknown:
		return "?"
	default:
		if v.Ref.Def != nil {
			return v.Ref.Def.ID()
		}
		return v.Ref.Name
	}
	return v.Kind.String() + "[" + strings.Join(parts, ",") + "]"
}
