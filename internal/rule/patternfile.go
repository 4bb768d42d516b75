package rule

import (
	"io/fs"
	"path"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// PatternFile is the name of the file that a control's pattern stands in.
const PatternFile = "pattern.yaml"

var (
	patternKeys = []string{
		"problem", "forces", "pattern", "costs", "breaks", "preconditions", "does_not_stop", "evidence", "verify", "build", "build_why",
	}
	patternNeeds  = patternKeys[:9] // build or build_why is asked for by itself
	costKeys      = []string{"latency", "tokens", "friction", "effort"}
	measuredKeys  = []string{"row", "attacker", "about", "shared"}
	measuredNeeds = []string{"row", "attacker", "about"}
	checkKeys     = []string{"how", "text"}
	snippetKeys   = []string{"framework", "language", "install", "seen", "code"}
	snippetNeeds  = []string{"framework", "language", "code"}
	snippetReader = map[string]syntax.Language{
		"python": syntax.Python, "typescript": syntax.TypeScript, "go": syntax.Go,
		"yaml": syntax.YAML, "json": syntax.JSON, "toml": syntax.TOML,
	}
)

// The bounds of a snippet in lines that are not blank: fewer show nothing, more are not read. Wider lines do not fit a
// terminal of 80 columns.
const minSnippet, maxSnippet, widestSnippet = 5, 25, 76

// LoadPattern reads the pattern of one control.
func LoadPattern(options Options, from Source, control string) (*Pattern, []source.Diagnostic) {
	at := path.Join(control, PatternFile)
	shown := path.Join(from.Name, at)
	content, err := readFile(from.FS, at)
	if err != nil {
		return nil, []source.Diagnostic{{Severity: source.Error, Code: "cannot-read", Path: shown, Message: reason(err)}}
	}
	return readPattern(source.NewFile(shown, content), control, options)
}

// LoadPatterns reads every pattern of the sources, in the order of the controls' ids. A control without one is trouble,
// and so is a pattern without a control.
func LoadPatterns(options Options, controls Controls, sources ...Source) ([]*Pattern, []source.Diagnostic) {
	var patterns []*Pattern
	var troubles []source.Diagnostic
	there := map[string]bool{}
	for _, from := range sources {
		found, diagnostics := loadTree(from, PatternFile, func(file *source.File, _ fs.FS, folder string) (*Pattern, []source.Diagnostic) {
			return readPattern(file, path.Base(folder), options)
		})
		troubles = append(troubles, diagnostics...)
		for _, p := range found {
			if there[p.Control] = true; controls.Get(p.Control) == nil {
				troubles = append(troubles, source.Diagnostic{
					Severity: source.Error, Code: "pattern-without-control", Span: p.File.Span(0, 0),
					Message: "no control.yaml stands beside this pattern",
				})
				continue
			}
			patterns = append(patterns, p)
		}
	}
	for _, c := range controls {
		if !there[c.ID] && len(troubles) == 0 {
			troubles = append(troubles, source.Diagnostic{
				Severity: source.Error, Code: "no-pattern", Span: c.File.Span(0, 0),
				Message: "control " + c.ID + " has no " + PatternFile, Hint: "say there what it is for, how it is built and what it costs",
			})
		}
	}
	sortDiagnostics(troubles)
	return patterns, troubles
}

// readPattern reads a pattern; nil with diagnostics when anything is wrong with it.
func readPattern(file *source.File, control string, options Options) (*Pattern, []source.Diagnostic) {
	d := &decoder{file: file}
	root := d.open("a pattern")
	if root.IsZero() {
		return nil, d.troubles
	}
	keys := d.keys(root, "a pattern", patternKeys)
	d.needs(keys, file.Span(0, 0), "a pattern", patternNeeds)
	p := &Pattern{Control: control, File: file}
	p.Problem, p.Form, p.BuildWhy = d.prose(keys, "problem"), d.prose(keys, "pattern"), d.prose(keys, "build_why")
	for _, list := range []struct {
		name string
		into *[]string
		min  int
	}{{"forces", &p.Forces, 2}, {"breaks", &p.Breaks, 1}, {"preconditions", &p.Preconditions, 1}, {"does_not_stop", &p.DoesNotStop, 1}} {
		k, ok := keys[list.name]
		if !ok {
			continue
		}
		*list.into, _ = d.texts(k.value, list.name)
		if len(*list.into) < list.min {
			d.trouble("too-few", k.at.Span(), "", "%s needs at least %d", list.name, list.min)
		}
	}
	if k, ok := keys["costs"]; ok {
		costs := d.keys(k.value, "costs", costKeys)
		d.needs(costs, k.at.Span(), "costs", costKeys)
		p.Costs = Costs{
			Latency: d.word(costs, "latency", CostWords), Tokens: d.word(costs, "tokens", CostWords),
			Friction: d.word(costs, "friction", CostWords), Effort: d.word(costs, "effort", CostWords),
		}
	}
	if k, ok := keys["evidence"]; ok && !k.value.TextIs("judgement") {
		for _, node := range d.list(k.value) {
			p.Evidence = append(p.Evidence, d.measured(node, options.Rows))
		}
	}
	if k, ok := keys["verify"]; ok {
		for _, node := range d.list(k.value) {
			check := d.keys(node, "a check", checkKeys)
			d.needs(check, node.Span(), "a check", checkKeys)
			p.Verify = append(p.Verify, Check{How: d.word(check, "how", wordNames(CheckWords)), Text: d.prose(check, "text")})
		}
	}
	if k, ok := keys["build"]; ok {
		for _, node := range d.list(k.value) {
			p.Build = append(p.Build, d.snippet(node))
		}
	}
	_, why := keys["build_why"]
	if _, ok := keys["build"]; ok == why {
		d.trouble("missing-key", file.Span(0, 0), "give build, or say in build_why why code cannot show it", "the pattern needs one of build and build_why")
	}
	if d.failed() {
		return nil, d.troubles
	}
	return p, d.troubles
}

// needs says which keys are missing.
func (d *decoder) needs(keys map[string]key, at source.Span, what string, names []string) {
	for _, name := range names {
		if _, ok := keys[name]; !ok {
			d.trouble("missing-key", at, "", "%s has no %s", what, name)
		}
	}
}

// prose reads a text of a key; "" when the key is missing.
func (d *decoder) prose(keys map[string]key, name string) string {
	k, ok := keys[name]
	if !ok {
		return ""
	}
	return strings.TrimSpace(d.text(k.value, name))
}

// word reads one word of a closed list.
func (d *decoder) word(keys map[string]key, name string, words []string) string {
	word := d.prose(keys, name)
	if word != "" && !contains(words, word) {
		d.trouble("unknown-word", keys[name].value.Span(), didYouMean(word, words), "%q is not one of the words of %s", word, name)
	}
	return word
}

func (d *decoder) measured(node syntax.Node, rows Rows) Measured {
	keys := d.keys(node, "a row of evidence", measuredKeys)
	d.needs(keys, node.Span(), "a row of evidence", measuredNeeds)
	m := Measured{Row: d.prose(keys, "row"), Attacker: d.word(keys, "attacker", wordNames(Adversaries)), About: d.prose(keys, "about")}
	if rows != nil && m.Row != "" && !rows.HasRow(m.Row) {
		d.trouble("unknown-row", keys["row"].value.Span(), "rows are in catalog/evidence", "%q is not a row of the evidence table", m.Row)
	}
	if k, ok := keys["shared"]; ok {
		m.Shared = d.boolean(k.value, "shared")
	}
	return m
}

func (d *decoder) snippet(node syntax.Node) Snippet {
	keys := d.keys(node, "a snippet", snippetKeys)
	d.needs(keys, node.Span(), "a snippet", snippetNeeds)
	s := Snippet{
		Framework: d.word(keys, "framework", kitIDs()), Language: d.word(keys, "language", SnippetLanguages),
		Install: d.prose(keys, "install"),
	}
	if k, ok := keys["seen"]; ok {
		s.Seen = d.boolean(k.value, "seen")
	}
	k, ok := keys["code"]
	if !ok {
		return s
	}
	s.Code, s.Span = strings.TrimRight(d.text(k.value, "code"), "\n")+"\n", k.value.Span()
	filled := 0
	for line := range strings.Lines(s.Code) {
		if strings.TrimSpace(line) != "" {
			filled++
		}
		if len([]rune(strings.TrimRight(line, "\n"))) > widestSnippet {
			d.trouble("snippet-width", k.at.Span(), "", "a line of the snippet has more than %d characters: %s", widestSnippet, strings.TrimSpace(line))
		}
	}
	if filled < minSnippet || filled > maxSnippet {
		d.trouble("snippet-length", k.at.Span(), "", "a snippet has between %d and %d lines, not %d", minSnippet, maxSnippet, filled)
	}
	if language, ok := snippetReader[s.Language]; ok {
		tree := syntax.ParseAs(source.NewFile("snippet", []byte(s.Code)), language)
		for _, t := range tree.Diagnostics {
			d.trouble("snippet-broken", k.at.Span(), "", "the snippet does not parse: %s", t.String())
		}
	}
	return s
}
