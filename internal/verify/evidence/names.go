package evidence

import (
	"regexp"
	"sort"
	"strings"
)

// Slug is a word for names of tests: letters, digits and single underlines.
func Slug(text string) string {
	return strings.Trim(notWord.ReplaceAllString(text, "_"), "_")
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9]+`)

// TestName is the name of a test about a control of an element, in the form that every runner keeps:
// l3_iteration_limit__desk_agent_py_planner__stops. What it shows comes last, and may be left out.
func TestName(layer, control, element, shows string) string {
	name := strings.ToLower(layer) + "_" + Slug(control) + "__" + Slug(element)
	if shows != "" {
		name += "__" + Slug(shows)
	}
	return name
}

var (
	bracketed = regexp.MustCompile(`\[([a-z0-9-]+)@([^\[\]]+)\]`)
	named     = regexp.MustCompile(`(?i)(?:^|[^A-Za-z0-9])(?:test[_ ]?)?l[1-7]_([a-z0-9_]+?)__([A-Za-z0-9_]+)`)
)

// Names knows which control and which element a test's name speaks of.
type Names struct {
	controls map[string]string   // slug → id
	elements map[string][]string // slug → ids, sorted
}

// NewNames takes the ids of all controls, elements and flows.
func NewNames(controls, elements []string) *Names {
	n := &Names{controls: map[string]string{}, elements: map[string][]string{}}
	for _, id := range controls {
		n.controls[Slug(id)] = id
	}
	for _, id := range elements {
		slug := Slug(id)
		n.elements[slug] = append(n.elements[slug], id)
	}
	for _, ids := range n.elements {
		sort.Strings(ids)
	}
	return n
}

// Elements are the ids that have a slug.
func (n *Names) Elements(slug string) []string { return n.elements[slug] }

// About is what a test speaks of; ok is false for a test of something else. More than one element means that their names
// differ in marks only.
func (n *Names) About(t *Test) (control string, elements []string, ok bool) {
	if control, on, found := strings.Cut(t.About, "@"); found {
		return control, []string{on}, true
	}
	if m := named.FindStringSubmatch(t.Name); m != nil {
		if control, known := n.controls[strings.ToLower(m[1])]; known {
			slug, _, _ := strings.Cut(m[2], "__")
			slug = strings.Trim(slug, "_")
			if ids := n.elements[slug]; len(ids) > 0 {
				return control, ids, true
			}
			return control, []string{slug}, true
		}
	}
	if m := bracketed.FindStringSubmatch(t.Name); m != nil && n.controls[Slug(m[1])] == m[1] {
		return m[1], []string{m[2]}, true
	}
	return "", nil, false
}
