package codecheck

import (
	"bytes"
	"iter"
	"path"
	"regexp"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// signingName is the name of a secret that signs tokens, sessions or calls: who knows it writes his own.
var signingName = regexp.MustCompile(`(?i)^(?:[a-z0-9]+[_-])*(?:jwt|session|signing|cookie|webhook|nextauth|auth|access_?token|refresh_?token)[_-]?(?:secret|secret_?key|signing_?key|key)$`)

// appSecret is the name of a secret of which only its surroundings tell whether it signs.
var appSecret = regexp.MustCompile(`(?i)^(?:app_?|application_?|flask_?)?secret_?key$`)

// signs are words of a file that say that tokens are signed there.
var signs = regexp.MustCompile(`(?i)jwt|hs256|token_expire|jsonwebtoken|itsdangerous`)

// signing makes a subject of a text that is taken for a signing key where none is configured. Unlike other secrets it
// need not look like one: a word that was put there to be replaced opens the same door until somebody replaces it.
func (f *fileLook) signing(n syntax.Node) {
	text := n.Text()
	if len(text) < 3 || len(text) > 512 || strings.ContainsAny(text, " \n<>") || strings.Contains(text, "://") {
		return
	}
	name, at := f.defaultOf(n)
	if name == "" || !signingName.MatchString(name) && !(appSecret.MatchString(name) && signs.Match(n.Span().File.Content())) {
		return
	}
	s := f.newSubject("literal", f.id(n, strings.ReplaceAll(name, ".", "-")+".signing-key"))
	s.Evidence = []model.Evidence{model.EvidenceAt(at.Span())}
	s.Kinds = []string{"signing-key"}
	s.SetText("name", name)
	s.SetText("text", hidden(text))
	s.SetFlag("default", result.Yes)
	s.SetFlag("placeholder", result.Is(placeholder(text)))
	s.SetFlag("refused", f.refused(n, text, name))
	s.SetFlag("idle", result.Is(f.idle(at)))
	s.SetNumber("length", len(text))
	s.SetNumber("entropy", int(10*entropy(text)))
	if fn := f.around(n); fn != nil {
		s.Function = fn.about()
	}
	s.Element = f.owners.around(f.path, n)
	s.Late = func(string) {}
	f.add(s)
}

// defaultOf is the name of the setting that a text is the value of where nobody sets it, with the place that says so:
// the second argument of getenv, what stands behind ||, the default of a field of settings.
func (f *fileLook) defaultOf(n syntax.Node) (name string, at syntax.Node) {
	parent := n.Parent()
	if parent.Is(syntax.Keyword) && parent.TextIs("default") {
		parent = parent.Parent()
	}
	switch parent.Kind() {
	case syntax.Call:
		callee := parent.Child(0)
		switch {
		case (callee.TextIs("getenv") || callee.TextIs("get")) && strings.Contains(strings.ToLower(callee.Source()), "env") && parent.Child(1).Is(syntax.String) && parent.Child(1) != n:
			return parent.Child(1).Text(), parent
		case (callee.TextIs("config") || callee.TextIs("env") || callee.TextIs("str")) && parent.Child(1).Is(syntax.String) && parent.Child(1) != n: // decouple, environs
			return parent.Child(1).Text(), parent
		case callee.TextIs("Field"):
			return f.settingsField(parent)
		}
	case syntax.Logic:
		if left := parent.Child(0); parent.TextIs("or") && parent.Child(-1) == n && strings.Contains(strings.ToLower(left.Source()), "env") {
			if left.Is(syntax.Call) {
				left = left.Child(1)
			} else if left.Is(syntax.Subscript) {
				left = left.Child(1)
			}
			return left.Text(), parent
		}
	case syntax.AnnAssign, syntax.Assign:
		if parent.Child(-1) == n {
			return f.settingsField(n)
		}
	}
	return "", syntax.Node{}
}

// settingsField is the field that an expression is the default of, in a class whose fields the environment sets.
func (f *fileLook) settingsField(value syntax.Node) (name string, at syntax.Node) {
	field := value.Parent()
	class := field.Parent().Parent()
	if !field.Is(syntax.AnnAssign, syntax.Assign) || field.Child(-1) != value || !class.Is(syntax.ClassDef) {
		return "", syntax.Node{}
	}
	for base := range class.All(syntax.Base) {
		if f.r.Derives(f.r.Resolve(base.Child(0)), "pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings") {
			return field.Child(0).Text(), field
		}
	}
	return "", syntax.Node{}
}

// checking are parts of names of functions that do no more than sign or check: nobody outside starts them by their names.
var checking = regexp.MustCompile(`(?i)verif|valid|sign|check`)

// idle tells whether a signing key opens nothing as the program stands: the name that it is given is used only in functions
// of its file that sign or check, and nobody calls these.
func (f *fileLook) idle(at syntax.Node) bool {
	set := at.Parent()
	if !set.Is(syntax.Assign) || !set.Child(0).Is(syntax.Name) || !set.Parent().Is(syntax.Module) {
		return false
	}
	name, some, idle := set.Child(0), false, true
	f.r.Tree().Root().Walk(func(n syntax.Node) bool {
		if !idle || n == name || !n.Is(syntax.Name) || !n.TextIs(name.Text()) {
			return idle
		}
		some = true
		function := n.Parent()
		for !function.IsZero() && !function.Is(syntax.FuncDef, syntax.ClassDef) {
			function = function.Parent()
		}
		if !function.Is(syntax.FuncDef) || !checking.MatchString(function.Text()) || function.First(syntax.Decorator).Is(syntax.Decorator) || !function.Parent().Is(syntax.Module) {
			idle = false
			return false
		}
		sites, all := f.r.Callers(function)
		idle = all && len(sites) == 0
		return idle
	})
	if !some || !idle {
		return false
	}
	if f.idled++; f.idled > mostSigning {
		return false
	}
	looked := 0
	for _, other := range f.in.Paths { // another file may import it by its name
		if looked++; looked > mostNaming {
			return false
		}
		if other == f.path || syntax.LanguageOf(other) != f.r.Tree().Language || source.Scope(other) == source.ScopeTest {
			continue
		}
		if file := f.in.Read(other); file == nil || bytes.Contains(file.Content(), []byte(name.Text())) {
			return false
		}
	}
	return true
}

// stops are words by which a program ends itself or refuses.
var stops = regexp.MustCompile(`\braise\b|\bthrow\b|sys\.exit|process\.exit|os\._exit|\bpanic\(`)

// refused tells whether the program names the text a second time and stops there, where no variable of the environment is
// set: it does not start with it.
func (f *fileLook) refused(n syntax.Node, text, name string) result.Truth {
	own, best := n.Span(), result.No
	// One refusal that comes is enough; where none surely does, one of which it is not known leaves it open.
	better := func(t result.Truth) bool {
		if t == result.Yes || t == result.Unknown && best == result.No {
			best = t
		}
		return best == result.Yes
	}
	for at := range stopsAt(own.File.Content(), text, int(own.Start), int(own.End)) {
		if better(f.comes(f.r, n.Tree(), at, text, name)) {
			return result.Yes
		}
	}
	// Where it does so in another file, that lies beside this one or in a folder around it: the settings of a program are read
	// by what starts it. Both are bounded, since anybody's tree may name keys in every file.
	if f.signed++; f.signed > mostSigning {
		return best
	}
	language, looked := n.Tree().Language, 0
	for _, other := range f.in.Paths {
		if other == f.path || syntax.LanguageOf(other) != language || source.Scope(other) != source.Scope(f.path) || !around(f.path, other) {
			continue
		}
		if looked++; looked > mostAround {
			return best
		}
		file := f.in.Read(other)
		if file == nil {
			continue
		}
		for at := range stopsAt(file.Content(), text, -1, -1) {
			r := f.in.Program.Resolver(other)
			if r == nil {
				return result.Yes
			}
			if better(f.comes(r, r.Tree(), at, text, name)) {
				return result.Yes
			}
		}
	}
	return best
}

// Bounds of that search.
const (
	mostSigning = 2    // texts of one file that are looked for elsewhere
	mostAround  = 50   // files in which one is looked for
	mostNaming  = 1000 // files that may name one
)

// around tells whether a file lies in the folder of another, or in one around it.
func around(of, file string) bool {
	folder := path.Dir(file)
	return folder == "." || path.Dir(of) == folder || strings.HasPrefix(of, folder+"/")
}

// nearby is how far from the text a program is looked at for the words by which it stops.
const nearby = 300

// stopsAt are the places at which content stops soon after it has the text in quotes outside a range.
func stopsAt(content []byte, text string, from, to int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; ; {
			i := bytes.Index(content[at:], []byte(text))
			if i < 0 {
				return
			}
			i += at
			at = i + len(text)
			if i == 0 || at >= len(content) || bytes.IndexByte([]byte("\"'`"), content[i-1]) < 0 || content[at] != content[i-1] || i >= from && i < to {
				continue
			}
			if stop := stops.FindIndex(content[at:min(len(content), at+nearby)]); stop != nil && !yield(at+stop[0]) {
				return
			}
		}
	}
}
