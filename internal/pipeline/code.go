package pipeline

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"fermata/internal/attack"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/internal/verify/codecheck"
)

// codeAsks is what is asked of code, and which places are of interest; no sieve where all are. False where nothing is asked.
func (s *scan) codeAsks() (codecheck.Asks, codecheck.Sieve, bool) {
	asks := s.engine.rules.Asks()
	for sort, kinds := range s.wanted {
		if asks.Kinds[sort] == nil {
			asks.Kinds[sort] = map[string]bool{}
		}
		for _, kind := range kinds {
			asks.Kinds[sort][kind] = true
		}
	}
	var sieve codecheck.Sieve // checks that people go through are answered from all places, also those without a finding
	if len(s.wanted) == 0 && !s.unsifted {
		sieve = s.engine.rules.Sieve()
	}
	return codecheck.Asks{Kinds: asks.Kinds, Names: asks.Names}, sieve, len(asks.Kinds)+len(asks.Names) > 0
}

// preview makes ready to check files while discovery has them at hand; nil where every place is kept.
func (s *scan) preview() (*codecheck.Preview, error) {
	asks, sieve, some := s.codeAsks()
	if !some || sieve == nil {
		return nil, nil
	}
	p, err := codecheck.NewPreview(asks, sieve)
	if err != nil {
		return nil, fmt.Errorf("check code: %w", err)
	}
	return p, nil
}

// check looks at the code of the tree for the places that rules about code visit. It runs while the tree is open, and on
// what discovery has read; the rules are asked later, together with all others.
func (s *scan) check(ctx context.Context, o *discover.Outcome, preview *codecheck.Preview) error {
	asks, sieve, some := s.codeAsks()
	if !some {
		return nil
	}
	paths, apart := checkedPaths(o, sieve == nil)
	found, err := codecheck.Run(ctx, codecheck.Input{
		Sieve: sieve, Preview: preview, Program: o.Program, Paths: paths, Read: o.Read, System: o.System, Workers: s.in.Workers, Progress: s.in.Progress,
		Asks: asks,
	})
	if err != nil {
		return fmt.Errorf("check code: %w", err)
	}
	s.subjects = found.Subjects
	s.unread = append(s.unread, found.Cut...)
	s.r.Coverage.Code = &result.CodeCoverage{
		Files: found.Files, Places: found.Places, Untied: apart,
		Cut: found.Cut[:min(len(found.Cut), mostPaths)], Generated: found.Large[:min(len(found.Large), mostPaths)],
	}
	for _, failure := range found.Failed {
		s.failed++
		file, _, _ := strings.Cut(failure, ": ")
		s.unread = append(s.unread, file)
		s.troubles = append(s.troubles, source.Diagnostic{
			Severity: source.Error, Code: "check-failed", Message: "the code check failed on this file: " + failure,
			Hint: "what rules about code would find in it is missing from the result",
		})
	}
	return nil
}

// mostUntied is how many files that nothing ties to what was found rules about code look at nevertheless: what a small
// repository holds beside its agents mostly has to do with them, such as their page in a browser.
const mostUntied = 2000

// checkedPaths are the files that rules about code look at, and how many files of source code they do not, since nothing
// ties them to what was found and there are many: a tree without agents has to be read at the speed of its search.
func checkedPaths(o *discover.Outcome, every bool) (paths []string, apart int) {
	if every || len(o.Untied) <= mostUntied {
		return o.Paths, 0
	}
	next := 0
	for _, p := range o.Paths { // both are sorted
		if next < len(o.Untied) && o.Untied[next] == p {
			next++
			continue
		}
		paths = append(paths, p)
	}
	return paths, len(o.Untied)
}

// undecided counts where rules about code could not decide.
func (s *scan) undecided(outcome *rule.Outcome) {
	if s.r.Coverage.Code == nil {
		return
	}
	for _, stat := range outcome.Stats {
		if r := s.engine.rules.Rule(stat.Rule); r != nil && r.Code() {
			s.r.Coverage.Code.Undecided += stat.Undecided
		}
	}
}

// unreached makes a weakness of what is no step for anybody here: that no way to it is known says something about the
// model, and nothing about the code.
func (s *scan) unreached(out *attack.Output) {
	for i := range out.Findings {
		f := &out.Findings[i]
		severity := s.external[f.ID]
		if r := s.engine.rules.Rule(f.Rule); r != nil {
			severity = r.Severity
		}
		if f.Code == nil || severity == "" {
			continue
		}
		if f.Status == result.Live && severityRank(severity) < severityRank(f.Severity) {
			f.Severity = severity // that little is known to be lost there is no reason to call a weakness small
		}
		if f.Status == result.Unreachable {
			f.Status, f.Severity = result.Condition, severity
			f.Why = "no way to it is known: " + f.Why
			if idle := s.idleTool(f); idle != "" {
				f.Severity = result.Severities[max(severityRank(f.Severity), severityRank("medium"))]
				f.Why = "nobody who was found holds " + idle + ", so no model chooses what it is given"
			}
		}
	}
}

// idleTool names the tool whose arguments a finding about code is about, where nobody who was found can call it: it is
// given to no agent, no server offers it, and nothing else in the program speaks of it. Where somebody may hold it behind
// what could not be followed, nothing is said.
func (s *scan) idleTool(f *result.Finding) string {
	system := s.r.System
	var tool *model.Element
	for _, id := range f.Elements {
		if e := system.Element(id); e != nil && e.Kind == model.Tool && slices.Contains(f.Requires, string(model.Invoke)+"@"+id) {
			tool = e
		}
	}
	if tool == nil || tool.Origin != model.Observed || len(tool.Evidence) == 0 || s.failed > 0 {
		return ""
	}
	for _, flow := range system.Flows {
		switch {
		case flow.To != tool.ID:
		case flow.Kind == model.ToolCall, flow.Kind == model.Provides, flow.Kind == model.Message, flow.Kind == model.PromptFlow, flow.Kind == model.Delegation:
			return ""
		}
	}
	if !s.idle[tool.ID] || s.mayHold(tool) {
		return ""
	}
	return tool.Name
}

// mayHold tells whether somebody may hold a tool unseen: the tools of somebody in its system could not be followed, what
// somebody holds there was made by something outside the tree, or a framework that is not modelled is used beside it. A
// tool of a system without agents is there for others.
func (s *scan) mayHold(tool *model.Element) bool {
	system := s.r.System
	peopled := slices.ContainsFunc(system.Elements, func(e *model.Element) bool { return e.Kind == model.Agent && e.System == tool.System })
	near := func(name string) bool { return !peopled || name == tool.System }
	test := source.Scope(tool.Evidence[0].File) == source.ScopeTest // its own file makes what it holds
	if slices.ContainsFunc(s.held, func(name string) bool { return name == "" && !test || near(name) }) {
		return true
	}
	beside := func(file string) bool {
		at := tool.Evidence[0].File
		return file == at || !test && (below(path.Dir(at), path.Dir(file)) || below(path.Dir(file), path.Dir(at)))
	}
	if slices.ContainsFunc(s.strange, beside) {
		return true
	}
	for _, flow := range system.Flows {
		if flow.Kind != model.ToolCall && flow.Kind != model.Provides {
			continue
		}
		if held := system.Element(flow.To); held != nil && near(held.System) && madeOutside(held) {
			return true
		}
	}
	return false
}

// below tells whether a folder is another or stands in it.
func below(folder, top string) bool {
	return top == "." || folder == top || strings.HasPrefix(folder, top+"/")
}

// madeOutside tells whether a tool stands for what a call of something outside the tree gave: nothing is known of it but that.
func madeOutside(tool *model.Element) bool {
	return tool.Kind == model.Tool && tool.Origin == model.Observed && tool.Technology == "" && tool.Fact("third-party").Value == model.Yes
}

// carry keeps what a saved result says about code: the code itself is not at hand.
func (s *scan) carry(saved *result.Result) {
	for _, f := range saved.Findings {
		if f.Code != nil {
			f.Status, f.Why = result.Condition, ""
			s.carried = append(s.carried, f)
		}
	}
}

func (s *scan) withCarried(found []result.Finding) []result.Finding {
	if len(s.carried) == 0 {
		return found
	}
	all := slices.Concat(found, s.carried)
	slices.SortStableFunc(all, func(a, b result.Finding) int {
		switch {
		case a.ID < b.ID:
			return -1
		case a.ID > b.ID:
			return 1
		}
		return 0
	})
	return all
}

// everyPlace lists the controls of a finding about code on every element that it is about, so that each may be tried.
func everyPlace(f *result.Finding) []result.Control {
	all := slices.Clone(f.Controls)
	for _, c := range f.Controls {
		for _, e := range f.Elements {
			if !slices.ContainsFunc(all, func(o result.Control) bool { return o.Control == c.Control && o.On == e }) {
				all = append(all, result.Control{Control: c.Control, On: e, State: model.Unseen, Effect: c.Effect})
			}
		}
	}
	return all
}
