package main

import (
	"fmt"
	"io"
	"sort"
	"text/tabwriter"
)

// tally counts one kind: what people labelled, which of it was found, what was found in all, and which of that is so.
type tally struct {
	labelled, hit int
	found, right  int
}

func (t *tally) add(o tally) {
	t.labelled += o.labelled
	t.hit += o.hit
	t.found += o.found
	t.right += o.right
}

// table is tallies by family and kind.
type table map[string]map[string]*tally

func (t table) at(family, kind string) *tally {
	if t[family] == nil {
		t[family] = map[string]*tally{}
	}
	if t[family][kind] == nil {
		t[family][kind] = &tally{}
	}
	return t[family][kind]
}

// kinds are the columns, in this order; flows by what they are.
var kinds = []string{"agent", "orchestrator", "tool", "mcp-server", "memory", "knowledge", "datastore", "model", "prompt", "guardrail", "other element", "tool-call", "handoff, delegation, message", "other flow"}

// column is the column of an element or flow kind.
func column(kind string, flow bool) string {
	switch kind {
	case "handoff", "delegation", "message":
		return "handoff, delegation, message"
	}
	for _, k := range kinds {
		if k == kind {
			return kind
		}
	}
	if flow {
		return "other flow"
	}
	return "other element"
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", part*100/whole)
}

// write prints the table: a row for each kind over all families, then a row for each family.
func (t table) write(w io.Writer, cases map[string]int) error {
	total := map[string]*tally{}
	var families []string
	for family, row := range t {
		families = append(families, family)
		for kind, one := range row {
			if total[kind] == nil {
				total[kind] = &tally{}
			}
			total[kind].add(*one)
		}
	}
	sort.Strings(families)
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "kind\tlabelled\tof these found\trecall\tfound\tof these right\tprecision")
	for _, kind := range kinds {
		if one := total[kind]; one != nil {
			fmt.Fprintf(out, "%s\t%d\t%d\t%s\t%d\t%d\t%s\n", kind, one.labelled, one.hit, percent(one.hit, one.labelled), one.found, one.right, percent(one.right, one.found))
		}
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, "family\tcases\tagents\trecall\tprecision\ttools\trecall\tprecision\tflows\trecall\tprecision")
	for _, family := range families {
		row := t[family]
		var agents, tools, flows tally
		for kind, one := range row {
			switch kind {
			case "agent", "orchestrator":
				agents.add(*one)
			case "tool", "mcp-server":
				tools.add(*one)
			case "tool-call", "handoff, delegation, message", "other flow":
				flows.add(*one)
			}
		}
		fmt.Fprintf(out, "%s\t%d", family, cases[family])
		for _, one := range []tally{agents, tools, flows} {
			fmt.Fprintf(out, "\t%d\t%s\t%s", one.labelled, percent(one.hit, one.labelled), percent(one.right, one.found))
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}
