package pipeline

import (
	"fmt"
	"io/fs"
	"slices"
	"sort"

	"fermata/catalog"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/taxonomy"
)

// coverageFile says which rules express which threats, where rules do not say so themselves, and why none can.
const coverageFile = "coverage/threats.yaml"

// CoveredList is one list of threats with what stands for each of them.
type CoveredList struct {
	Title   string
	Threats []Covered // in the catalogue's order
}

// Covered is a threat and what expresses it.
type Covered struct {
	Entry  *taxonomy.Entry
	Rules  []string // ids, sorted
	Reason string   // why a model or source cannot show it, or not all of it; empty where rules do
	Asks   string   // the fact whose question leads to it; empty without a reason
}

// coverageRow is what the table says of one threat.
type coverageRow struct {
	rules        []string
	reason, asks string
}

// Coverage lists the threats that rules answer for, each with the rules that express it or the reason why none can. What
// is wrong with the table (a rule, threat or fact that does not exist, a reason without a question) is an error; a threat
// without rule and reason is not, and is found by its emptiness.
func (e *Engine) Coverage() ([]CoveredList, error) {
	content, err := fs.ReadFile(catalog.FS, coverageFile)
	if err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	root := syntax.ParseAs(source.NewFile(coverageFile, content), syntax.YAML).Root()
	known := map[string]bool{}
	mapped := map[string]map[string][]string{} // framework → id → rules
	for _, r := range e.rules.Rules {
		known[r.ID] = true
		for framework, ids := range r.Maps {
			if mapped[framework] == nil {
				mapped[framework] = map[string][]string{}
			}
			for _, id := range ids {
				mapped[framework][id] = append(mapped[framework][id], r.ID)
			}
		}
	}
	rows := map[string]coverageRow{}
	for n := range root.Argument("rows").Children() {
		id := n.Argument("id").Text()
		row := coverageRow{reason: n.Argument("reason").Text(), asks: n.Argument("asks").Text()}
		if _, twice := rows[id]; twice {
			return nil, fmt.Errorf("coverage: %s stands there twice", id)
		}
		if rules := n.Argument("rules"); !rules.IsZero() {
			for r := range rules.Children() {
				if !known[r.Text()] {
					return nil, fmt.Errorf("coverage: %s is said to be expressed by %s, which is no rule", id, r.Text())
				}
				row.rules = append(row.rules, r.Text())
			}
		}
		if (row.reason == "") != (row.asks == "") {
			return nil, fmt.Errorf("coverage: %s needs both a reason and the fact that is asked, or neither", id)
		}
		if row.asks != "" && !asked(row.asks) {
			return nil, fmt.Errorf("coverage: %s asks for %s, which is no fact with a question", id, row.asks)
		}
		rows[id] = row
	}
	var lists []CoveredList
	for n := range root.Argument("lists").Children() {
		framework, kind, edition := n.Argument("framework").Text(), n.Argument("kind").Text(), n.Argument("edition").Text()
		list := CoveredList{Title: n.Argument("title").Text()}
		for _, entry := range e.Catalog().List(framework, taxonomy.Kind(kind)) {
			if edition != "" && entry.Edition != edition {
				continue
			}
			row := rows[entry.ID]
			delete(rows, entry.ID)
			all := slices.Concat(mapped[framework][entry.ID], row.rules)
			sort.Strings(all)
			list.Threats = append(list.Threats, Covered{Entry: entry, Rules: slices.Compact(all), Reason: row.reason, Asks: row.asks})
		}
		if len(list.Threats) == 0 {
			return nil, fmt.Errorf("coverage: the list %q is empty: no %s of %s %s", list.Title, kind, framework, edition)
		}
		lists = append(lists, list)
	}
	for id := range rows {
		return nil, fmt.Errorf("coverage: %s is a threat of none of the lists", id)
	}
	return lists, nil
}

// asked tells whether a fact exists that people are asked for.
func asked(name string) bool {
	return slices.ContainsFunc(model.Facts, func(f model.FactInfo) bool { return f.Name == name && f.Question != "" })
}
