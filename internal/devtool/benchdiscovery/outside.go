package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// labelled is one tree with what a person found in it.
type labelled struct {
	name, repository, commit, family string
	only                             []string
	elements                         []label
	flows                            []labelFlow
}

type label struct {
	key, file    string
	line         int // 0 when it is not said
	kinds, names []string
}

type labelFlow struct {
	kinds    []string
	from, to string
}

// readLabels reads one label file.
func readLabels(name string) (*labelled, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	tree := syntax.Parse(source.NewFile(filepath.Base(name), content))
	if len(tree.Diagnostics) > 0 {
		return nil, fmt.Errorf("%v", tree.Diagnostics[0])
	}
	root := tree.Root()
	text := func(n syntax.Node, key string) string {
		s, _ := n.Argument(key).Scalar()
		return s
	}
	base := filepath.Base(name)
	l := &labelled{
		name:       strings.TrimSuffix(base, filepath.Ext(base)),
		repository: text(root, "repository"), commit: text(root, "commit"), family: text(root, "family"),
	}
	for item := range root.Argument("only").Children() {
		l.only = append(l.only, strings.TrimSuffix(item.Text(), "/"))
	}
	keys := map[string]bool{}
	for item := range root.Argument("elements").Children() {
		one := label{key: text(item, "key"), file: text(item, "file"), kinds: strings.Split(text(item, "kind"), "/")}
		one.line, _ = strconv.Atoi(text(item, "line"))
		for n := range item.Argument("names").Children() {
			s, _ := n.Scalar()
			one.names = append(one.names, s)
		}
		if one.key == "" || len(one.names) == 0 || keys[one.key] {
			return nil, fmt.Errorf("%s: %v: an element needs a key of its own and names", name, item.Span())
		}
		keys[one.key] = true
		l.elements = append(l.elements, one)
	}
	for item := range root.Argument("flows").Children() {
		f := labelFlow{kinds: strings.Split(text(item, "kind"), "/"), from: text(item, "from"), to: text(item, "to")}
		if !keys[f.from] || !keys[f.to] {
			return nil, fmt.Errorf("%s: %v: a flow's ends must be keys of elements", name, item.Span())
		}
		l.flows = append(l.flows, f)
	}
	return l, nil
}

// benchOutside scores each label file against a scan of its tree.
func benchOutside(ctx context.Context, w io.Writer, labels, dir string, verbose bool) error {
	names := []string{labels}
	if info, err := os.Stat(labels); err != nil {
		return err
	} else if info.IsDir() {
		if names, err = filepath.Glob(filepath.Join(labels, "*.yaml")); err != nil {
			return err
		}
	}
	t, count := table{}, map[string]int{}
	for _, name := range names {
		l, err := readLabels(name)
		if err != nil {
			return err
		}
		out, err := scan(ctx, filepath.Join(dir, l.name))
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		count[l.family]++
		c := newComparison(l, out.System)
		c.run()
		c.tally(t)
		fmt.Fprintf(w, "%s @%.7s (%s): %s\n", l.repository, l.commit, l.family, c.summary())
		if verbose {
			for _, line := range c.lines {
				fmt.Fprintln(w, "   ", line)
			}
		}
	}
	fmt.Fprintln(w)
	return t.write(w, count)
}

// comparison matches labels with elements.
type comparison struct {
	l       *labelled
	system  *model.System
	byID    map[string]*model.Element
	match   map[string]*model.Element // by key
	used    map[string]bool           // ids of matched elements
	flows   map[string]bool
	lines   []string
	tallies map[string]*tally
}

func newComparison(l *labelled, s *model.System) *comparison {
	c := &comparison{
		l: l, system: s, byID: map[string]*model.Element{}, match: map[string]*model.Element{},
		used: map[string]bool{}, flows: map[string]bool{}, tallies: map[string]*tally{},
	}
	for _, e := range s.Elements {
		c.byID[e.ID] = e
	}
	for _, f := range s.Flows {
		c.flows[f.ID] = true
	}
	return c
}

// plain is a name without what people write differently.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// namesOf are the names that an element goes by.
func namesOf(e *model.Element) map[string]bool {
	_, symbol, _ := strings.Cut(e.ID, ":")
	names := map[string]bool{}
	for _, n := range append([]string{e.Name, symbol, symbol[strings.LastIndexByte(symbol, '.')+1:], e.Technology}, e.Aliases...) {
		if n := plain(n); n != "" {
			names[n] = true
		}
	}
	return names
}

func filesOf(e *model.Element) map[string]bool {
	file, _, _ := strings.Cut(e.ID, ":")
	files := map[string]bool{file: true}
	for _, at := range e.Evidence {
		files[at.File] = true
	}
	return files
}

// How well an element fits a label, best first.
const (
	sameNameAndLine = iota
	sameNameAndFile
	sameFileLikeName
	sameName
	grades
)

func fits(l label, e *model.Element, grade int) bool {
	names, file := namesOf(e), filesOf(e)[l.file]
	same, like := false, false
	for _, n := range l.names {
		n = plain(n)
		same = same || names[n]
		for other := range names {
			like = like || len(other) > 2 && n != "" && (strings.Contains(other, n) || len(other) > 4 && strings.Contains(n, other))
		}
	}
	switch grade {
	case sameNameAndLine:
		return same && file && lineOff(l, e) <= near
	case sameNameAndFile:
		return same && file
	case sameFileLikeName:
		return like && file
	}
	return same && l.kinds[0] != "mcp-server" // servers of one name stand in many configurations
}

// near is how many lines off a place still is the one that a label says: decorators and calls over several lines.
const near = 3

// lineOff is how far an element's nearest place in the label's file is from the label's line.
func lineOff(l label, e *model.Element) int {
	best := math.MaxInt
	for _, at := range e.Evidence {
		if at.File == l.file && l.line > 0 {
			best = min(best, max(at.Line-l.line, l.line-at.Line))
		}
	}
	return best
}

// run matches elements, best fits first and among those the nearest, then flows.
func (c *comparison) run() {
	for grade := range grades {
		for _, l := range c.l.elements {
			for _, kind := range l.kinds {
				if c.match[l.key] != nil {
					break
				}
				var nearest *model.Element
				for _, e := range c.system.Elements {
					if string(e.Kind) == kind && e.Scope != source.ScopeTest && !c.used[e.ID] && fits(l, e, grade) && (nearest == nil || lineOff(l, e) < lineOff(l, nearest)) {
						nearest = e
					}
				}
				if nearest != nil {
					c.match[l.key], c.used[nearest.ID] = nearest, true
				}
			}
		}
	}
	for _, l := range c.l.elements {
		one := c.of(l.kinds[0], false)
		one.labelled++
		if c.match[l.key] != nil {
			one.hit++
		} else {
			c.lines = append(c.lines, fmt.Sprintf("missed %s %s (%s)", strings.Join(l.kinds, "/"), l.names[0], l.file))
		}
	}
	for _, f := range c.l.flows {
		one := c.of(f.kinds[0], true)
		one.labelled++
		if c.has(f) {
			one.hit++
		} else {
			c.lines = append(c.lines, fmt.Sprintf("missed %s %s -> %s", strings.Join(f.kinds, "/"), f.from, f.to))
		}
	}
	asked := map[string]bool{"agent": true} // kinds that the labels speak of: what nobody labelled is not false
	for _, l := range c.l.elements {
		for _, kind := range l.kinds {
			asked[kind] = true
		}
	}
	for _, e := range c.system.Elements {
		if e.Scope == source.ScopeTest || e.Scope == source.ScopeVendored || !asked[string(e.Kind)] || !c.inside(e) {
			continue
		}
		one := c.of(string(e.Kind), false)
		one.found++
		if c.used[e.ID] {
			one.right++
		} else {
			c.lines = append(c.lines, fmt.Sprintf("not labelled: %s %s [%s]", e.Kind, e.Name, e.ID))
		}
	}
}

// of is the tally of a kind.
func (c *comparison) of(kind string, flow bool) *tally {
	k := column(kind, flow)
	if c.tallies[k] == nil {
		c.tallies[k] = &tally{}
	}
	return c.tallies[k]
}

// inside tells whether an element stands where everything was labelled.
func (c *comparison) inside(e *model.Element) bool {
	if len(c.l.only) == 0 {
		return true
	}
	for _, prefix := range c.l.only {
		for file := range filesOf(e) {
			if file == prefix || strings.HasPrefix(file, prefix+"/") {
				return true
			}
		}
	}
	return false
}

// has tells whether a labelled flow was found: between the two, or by way of orchestrators.
func (c *comparison) has(f labelFlow) bool {
	from, to := c.match[f.from], c.match[f.to]
	if from == nil || to == nil {
		return false
	}
	seen, queue := map[string]bool{from.ID: true}, []string{from.ID}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, flow := range c.system.Flows {
			if flow.From != at || !slices.Contains(f.kinds, string(flow.Kind)) && (at == from.ID || flow.Kind != model.Delegation) {
				continue
			}
			if flow.To == to.ID {
				return true
			}
			if next := c.byID[flow.To]; next != nil && next.Kind == model.Orchestrator && !seen[flow.To] {
				seen[flow.To] = true
				queue = append(queue, flow.To)
			}
		}
	}
	return false
}

func (c *comparison) tally(t table) {
	for kind, one := range c.tallies {
		t.at(c.l.family, kind).add(*one)
	}
}

// summary is the line of a tree: for each kind that was labelled, found of labelled, and what was found besides.
func (c *comparison) summary() string {
	var parts []string
	for _, kind := range kinds {
		one := c.tallies[kind]
		if one == nil || one.labelled == 0 {
			continue
		}
		part := fmt.Sprintf("%s %d/%d", kind, one.hit, one.labelled)
		if more := one.found - one.right; more > 0 {
			part += fmt.Sprintf(" (+%d)", more)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
