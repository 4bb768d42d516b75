package matrix

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/taxonomy"
)

// spaces are the frameworks whose ids a matrix may cite, with the words by which a column's header names them.
var spaces = []struct {
	namespace string
	header    []string
}{
	{"atlas", []string{"atlas", "technique"}},
	{"nist-600-1", []string{"600-1", "600 1"}},
	{"nist-ai-rmf", []string{"nist", "rmf"}},
	{"iso27001", []string{"27001"}},
	{"iso23894", []string{"23894"}},
	{"iso42001", []string{"42001", "iso"}},
	{"owasp-llm", []string{"llm"}},
	{"owasp-agentic", []string{"agentic top", "asi0", "asi top"}},
	{"owasp-mcp", []string{"mcp top"}},
	{"owasp-asi", []string{"owasp", "asi", "mas"}},
	{"aisvs", []string{"aisvs"}},
	{"aivss", []string{"aivss"}},
	{"cwe", []string{"cwe"}},
	{"attack", []string{"att&ck", "attack"}},
	{"maestro", []string{"maestro", "layer"}},
}

// spaceOf says which framework a column is about by its header; empty when it names none.
func spaceOf(header string) string {
	header = strings.ToLower(header)
	for _, s := range spaces {
		for _, word := range s.header {
			if strings.Contains(header, word) {
				return s.namespace
			}
		}
	}
	return ""
}

// concernHeaders are how tables head the column that says what a row is about, the likeliest first.
var concernHeaders = []string{"concern", "threat", "risk", "vulnerability", "attack", "issue", "scenario", "weakness", "name", "title"}

// concernColumn finds the column that says what a row is about: by its header, else the first that is about no framework.
func concernColumn(header []cell) int {
	for _, word := range concernHeaders {
		for i, h := range header {
			if lower := strings.ToLower(h.text); strings.Contains(lower, word) && spaceOf(lower) == "" {
				return i
			}
		}
	}
	for i, h := range header {
		if spaceOf(h.text) == "" && h.text != "" && h.text != "#" {
			return i
		}
	}
	return -1
}

// idForms are what ids look like, by framework, the more particular ones first.
var idForms = []struct {
	namespaces []string
	form       *regexp.Regexp
}{
	{[]string{"atlas"}, regexp.MustCompile(`\bAML\.(?:TA|T|M|CS)\d{1,5}(?:\.\d{1,3})?\b`)},
	{[]string{"owasp-llm"}, regexp.MustCompile(`\bLLM[-_ ]?\d{1,2}(?::\s?20\d\d)?\b`)},
	{[]string{"dsgai"}, regexp.MustCompile(`\bDSGAI\d{1,2}\b`)},
	{[]string{"owasp-agentic"}, regexp.MustCompile(`\bASI[-_ ]?\d{1,2}\b`)},
	{[]string{"owasp-mcp"}, regexp.MustCompile(`\bMCP[-_ ]?\d{1,2}(?::\s?20\d\d)?\b`)},
	{[]string{"cwe"}, regexp.MustCompile(`\bCWE[-_ ]?\d{1,7}\b`)},
	{[]string{"nist-ai-rmf"}, regexp.MustCompile(`(?i)\b(?:GOVERN|MAP|MEASURE|MANAGE|GV|MP|MS|MG)[-_ ]?\d{1,2}(?:\.\d{1,2})?\b`)},
	{[]string{"nist-ai-rmf"}, regexp.MustCompile(`\b(?:GOVERN|MAP|MEASURE|MANAGE)\b`)},
	{[]string{"owasp-asi"}, regexp.MustCompile(`\b(?:MAS-|TM11-)?T\d{1,2}\b`)},
	{[]string{"iso42001", "iso27001"}, regexp.MustCompile(`\bA\.\d{1,2}(?:\.\d{1,2}){0,3}\b`)},
	{[]string{"aivss"}, regexp.MustCompile(`\bAIVSS-\d{1,2}\b`)},
	{[]string{"attack", "atlas"}, regexp.MustCompile(`\b(?:TA|T)\d{4}(?:\.\d{3})?\b`)},
}

// mention is an id that a cell cites.
type mention struct {
	text       string
	at         int      // byte in the cell
	namespaces []string // frameworks that it may be of, the likeliest first
}

// mentions finds the ids in a cell. A column about one framework decides where an id could be of several.
func mentions(text, column string) []mention {
	var out []mention
	taken := make([]bool, len(text))
	for _, f := range idForms {
		for _, m := range f.form.FindAllStringIndex(text, -1) {
			if slices.Contains(taken[m[0]:m[1]], true) {
				continue
			}
			for i := m[0]; i < m[1]; i++ {
				taken[i] = true
			}
			namespaces := f.namespaces
			if slices.Contains(namespaces, column) {
				namespaces = []string{column}
			}
			out = append(out, mention{text[m[0]:m[1]], m[0], namespaces})
		}
	}
	slices.SortFunc(out, func(a, b mention) int { return a.at - b.at })
	return out
}

// lookup finds what an id names within frameworks: several entries when editions disagree about a short form.
func lookup(c *taxonomy.Catalog, id string, namespaces []string) []*taxonomy.Entry {
	for _, ns := range namespaces {
		if e := c.Lookup(ns, id); e != nil {
			return []*taxonomy.Entry{e}
		}
	}
	var out []*taxonomy.Entry
	for _, m := range c.Resolve(strings.ReplaceAll(id, ": ", ":")).Matches {
		if slices.Contains(namespaces, m.Entry.Namespace) && m.How != taxonomy.ByTitle && !slices.Contains(out, m.Entry) {
			out = append(out, m.Entry)
		}
	}
	return out
}
