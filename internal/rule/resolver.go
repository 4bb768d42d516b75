package rule

import "fermata/internal/taxonomy"

// NewResolver makes the catalogue answer for the ids that rules and controls are mapped to.
func NewResolver(catalog *taxonomy.Catalog) Resolver { return resolver{catalog} }

type resolver struct{ catalog *taxonomy.Catalog }

// Has tells whether the framework has the entry.
func (r resolver) Has(namespace, id string) bool { return r.catalog.Lookup(namespace, id) != nil }

// Suggest gives the nearest entry of the framework.
func (r resolver) Suggest(namespace, id string) string {
	framework := r.catalog.Framework(namespace)
	if framework == nil {
		var all []string
		for _, f := range r.catalog.Frameworks() {
			all = append(all, f.Namespace)
		}
		return didYouMean(namespace, all)
	}
	answer := r.catalog.Resolve(id)
	for _, m := range answer.Matches {
		if m.Entry.Namespace == namespace {
			return m.Entry.ID
		}
	}
	for _, e := range answer.Nearest {
		if e.Namespace == namespace {
			return e.ID
		}
	}
	return ""
}
