package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/testgen"
)

// mostPaths is how many paths the ledger names for one reason.
const mostPaths = 10

// discover runs stage 1 over the tree and keeps its ledger.
func (s *scan) discover(ctx context.Context) error {
	root, err := source.Open(s.in.Path, source.Options{Include: s.in.Include, Exclude: s.in.Exclude, Vendored: s.in.Vendored})
	if err != nil {
		return &InputError{Message: err.Error()}
	}
	defer func() { _ = root.Close() }()
	options := discover.Options{Extractors: s.engine.extractors, Workers: s.in.Workers, Progress: s.in.Progress}
	preview, err := s.preview()
	if err != nil {
		return err
	}
	if preview != nil {
		options.Seen = preview.Look
	}
	outcome, err := discover.Run(ctx, root, options)
	if err != nil {
		return fmt.Errorf("discover: %w", err)
	}
	s.observed = outcome.System
	s.troubles = append(s.troubles, outcome.Diagnostics...)
	s.failed += outcome.Failed + unread(outcome.Diagnostics)
	s.skipped = outcome.Skipped
	s.ledger(outcome)
	if err := s.advise(ctx, outcome); err != nil {
		return err
	}
	s.locate(outcome)
	if s.testable != nil {
		s.testable = testgen.Look(testgen.Input{Program: outcome.Program, Paths: outcome.Paths, System: outcome.System})
	}
	s.mentioned(outcome)
	return s.check(ctx, outcome, preview)
}

// unread counts the files that a bound or a failure of this program kept from being read to their end. A file that says
// something wrong is not among them: that is said of the file, and what is sound in it counts.
func unread(list []source.Diagnostic) int {
	files := map[string]bool{}
	for _, d := range list {
		if !slices.Contains([]string{syntax.ReaderFailed, syntax.TooDeep, syntax.TooLarge, syntax.AliasLimit}, d.Code) {
			continue
		}
		path := d.Path
		if d.Span.File != nil {
			path = d.Span.File.Path()
		}
		files[path] = true
	}
	return len(files)
}

// missed tells whether what was passed over should have been read: a bound was met, or it could not be opened. Large files
// of data are no code, and files outside the main part judge nothing.
func missed(skip source.Skip) bool {
	switch skip.Reason {
	case source.TooMany, source.TooDeep, source.Unreadable:
		return true
	case source.TooLarge:
		return discover.SourceCode(skip.Path) && source.Scope(skip.Path) == source.ScopeMain
	}
	return false
}

// ledger turns the outcome's counts into the result's coverage.
func (s *scan) ledger(o *discover.Outcome) {
	c := &s.r.Coverage
	c.Files.Seen, c.Files.Parsed, c.Files.Passed = o.Seen, o.Parsed, o.Passed
	c.Languages = o.Languages
	byReason := map[string]*result.Skipped{}
	var left []string
	for _, skip := range o.Skipped {
		if skip.Reason == source.BadPattern {
			s.troubles = append(s.troubles, source.Diagnostic{
				Severity: source.Warning, Code: string(skip.Reason), Path: skip.Path,
				Message: fmt.Sprintf("%q is no pattern that can be understood, and leaves nothing out", skip.Detail),
			})
			continue
		}
		if s.in.Advisories != "" && compared(skip.Path) && skip.Reason == source.NoReader {
			c.Files.Parsed++ // its versions are compared with advisories
			continue
		}
		if missed(skip) {
			left = append(left, skip.Path)
		}
		reason := string(skip.Reason)
		if skip.Path == ModelFile || skip.Path == DecisionsFile {
			if s.reads(skip.Path) {
				c.Files.Parsed++
				continue
			}
			reason = string(source.Excluded)
		}
		row := byReason[reason]
		if row == nil {
			row = &result.Skipped{Reason: reason}
			byReason[reason] = row
		}
		switch {
		case !strings.HasSuffix(skip.Path, "/"):
			row.Count++
		case skip.Files > 0:
			row.Count += skip.Files
		default:
			row.Folders++
		}
		if len(row.Paths) < mostPaths {
			row.Paths = append(row.Paths, skip.Path)
		}
	}
	if len(left) > 0 {
		s.failed++
		s.troubles = append(s.troubles, source.Diagnostic{
			Severity: source.Error, Code: "not-read", Path: left[0],
			Message: plural(len(left), "file or folder", "files and folders") + " could not be read for a limit or a permission: what is in there is missing from the answer",
			Hint:    "--exclude leaves out what need not be read",
		})
	}
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		sort.Strings(byReason[reason].Paths)
		c.Files.Skipped = append(c.Files.Skipped, *byReason[reason])
	}
	for _, e := range o.Extractors {
		c.Extractors = append(c.Extractors, result.Extractor{Name: e.Name, Files: e.Files, Elements: e.Elements, Flows: e.Flows, Failed: e.Failed})
	}
	for _, g := range o.Unresolved {
		if g.Tools {
			s.held = append(s.held, g.System)
		}
		c.Unresolved = append(c.Unresolved, result.Unresolved{What: g.What, Why: g.Why, Evidence: g.Evidence})
	}
	for _, u := range o.Unsupported {
		s.strange = append(s.strange, u.Paths...)
		c.Unsupported = append(c.Unsupported, result.Unsupported{Name: u.Name, Evidence: u.Evidence, Files: u.Files})
	}
	for _, name := range o.Declared {
		switch {
		case s.reads(name):
			c.Declared = append(c.Declared, name)
		case strings.Contains(name, "/"):
			s.troubles = append(s.troubles, source.Diagnostic{
				Severity: source.Note, Code: "declared-below", Path: name,
				Message: "it is not used: only the model and decisions at the root of a scanned tree are", Hint: "--model and --decisions name others",
			})
		}
	}
}

// reads tells whether the pipeline itself reads a file of the tree, after discovery has passed it over.
func (s *scan) reads(path string) bool {
	return !s.in.NoDeclared && (path == ModelFile || (path == DecisionsFile && s.in.Decisions == ""))
}
