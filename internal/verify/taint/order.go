package taint

import (
	"sort"

	"fermata/internal/source"
)

// best keeps one flow for each sink, kind, source and element: the shortest, and of several the first.
func best(flows []Flow) []Flow {
	sort.SliceStable(flows, func(i, j int) bool { return lessFlow(&flows[i], &flows[j]) })
	out := flows[:0]
	for i := range flows {
		if n := len(out); n > 0 {
			p, f := &out[n-1], &flows[i]
			if p.File == f.File && p.Node == f.Node && p.Kind == f.Kind && p.Source.Kind == f.Source.Kind && p.Source.Element == f.Source.Element {
				continue
			}
		}
		out = append(out, flows[i])
	}
	return out
}

func lessFlow(a, b *Flow) bool {
	if a.File != b.File {
		return a.File < b.File
	}
	if a.Node != b.Node {
		return a.Node < b.Node
	}
	if a.Kind != b.Kind {
		return a.Kind < b.Kind
	}
	if x, y := rank(a.Source.Kind), rank(b.Source.Kind); x != y {
		return x < y
	}
	if a.Source.Element != b.Source.Element {
		return a.Source.Element < b.Source.Element
	}
	if a.Doubt != b.Doubt {
		return b.Doubt
	}
	if len(a.Path) != len(b.Path) {
		return len(a.Path) < len(b.Path)
	}
	if x, y := pathOf(a.Source.At), pathOf(b.Source.At); x != y {
		return x < y
	}
	return a.Source.At.Start < b.Source.At.Start
}

func pathOf(s source.Span) string {
	if s.File == nil {
		return ""
	}
	return s.File.Path()
}

func rank(kind string) int {
	for i, k := range SourceKinds {
		if k == kind {
			return i
		}
	}
	return len(SourceKinds)
}

// Merge joins the flows of many files: a function that several files call is met in each.
func Merge(outcomes ...*Outcome) []Flow {
	var all []Flow
	for _, o := range outcomes {
		if o != nil {
			all = append(all, o.Flows...)
		}
	}
	return best(all)
}
