package taxonomy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// maxSteps bounds a case study; the longest published one has eighteen steps.
const maxSteps = 1000

// six reads format 6: objects keyed by id, and relationships by source and type.
func (r *atlasReader) six(root syntax.Node) {
	if v, ok := root.Argument("format-version").Scalar(); ok && !strings.HasPrefix(v, "6.") {
		r.say(source.Warning, root.Argument("format-version").Span(), "unknown-format", fmt.Sprintf("format %s is not known; reading it as 6.0", cut(v)), "")
	}
	r.out.Name, _ = root.Argument("collection").Argument("version").Scalar()
	for _, part := range []struct {
		name string
		kind Kind
	}{{"tactics", Tactic}, {"techniques", Technique}, {"mitigations", Mitigation}, {"case-studies", CaseStudy}} {
		objects := root.Argument(part.name)
		if !objects.Is(syntax.Map) {
			r.say(source.Warning, root.Span(), "missing-field", "this ATLAS file has no map of "+part.name, "")
			continue
		}
		for key, value := range objects.Pairs() {
			id, _ := key.Scalar()
			r.object(value, part.kind, id)
		}
	}
	relationships := root.Argument("relationships")
	for key, types := range relationships.Pairs() {
		id, _ := key.Scalar()
		if sequences := types.Argument("sequences"); !sequences.IsZero() {
			r.sequence(sequences)
			continue
		}
		e := r.byID[id]
		if e == nil {
			r.say(source.Warning, key.Span(), "bad-reference", fmt.Sprintf("relationships of %q, which the file does not define", cut(id)), "")
			continue
		}
		for kind, list := range types.Pairs() {
			r.relationships(e, kind, list)
		}
	}
}

// relationships reads those of one object and one type.
func (r *atlasReader) relationships(e *Entry, kind, list syntax.Node) {
	switch kind.Text() {
	case "achieves":
		r.targets(e, list, Tactic, func(to Ref, at source.Span) { r.link(e, link{Achieves, to, at}) })
	case "specializes": //nolint:misspell // the word of the format
		r.targets(e, list, Technique, func(to Ref, at source.Span) { r.link(e, link{Parent, to, at}) })
	case "mitigates":
		r.targets(e, list, Technique, func(to Ref, at source.Span) { r.link(e, link{Mitigates, to, at}) })
	case "employs":
		r.employs(e, list)
	default:
		r.say(source.Note, kind.Span(), "unknown-relationship", fmt.Sprintf("relationships of type %q are passed over", cut(kind.Text())), "")
	}
}

func (r *atlasReader) targets(e *Entry, list syntax.Node, kind Kind, add func(Ref, source.Span)) {
	for n := range list.Children() {
		target := n.Argument("target")
		if to, ok := r.reference(target, kind, e.ID); ok {
			add(to, target.Span())
		}
	}
}

// employs reads a case study's steps. The list is in no order: a step says which steps it leads to.
func (r *atlasReader) employs(e *Entry, list syntax.Node) {
	type step struct {
		Step
		id     string
		at     source.Span
		before int // steps that lead here and are not yet placed
		next   []string
	}
	var steps []step
	for n := range list.Children() {
		technique, ok := r.reference(n.Argument("target"), Technique, e.ID)
		tactic, ok2 := r.reference(n.Argument("tactic"), Tactic, e.ID)
		if !ok || !ok2 {
			continue
		}
		s := step{Step: Step{tactic, technique}, at: n.Span()}
		s.id, _ = n.Argument("step-id").Scalar()
		for c := range n.Argument("leads-to").Children() {
			if id, ok := c.Scalar(); ok {
				s.next = append(s.next, id)
			}
		}
		steps = append(steps, s)
	}
	if len(steps) > maxSteps {
		r.say(source.Warning, list.Span(), "too-many-steps", fmt.Sprintf("%s has %d steps; only the first %d are kept", e.ID, len(steps), maxSteps), "")
		steps = steps[:maxSteps]
	}
	slices.SortStableFunc(steps, func(a, b step) int { return compareIDs(a.id, b.id) })
	at := make(map[string]int, len(steps))
	for i, s := range steps {
		if s.id != "" {
			at[s.id] = i
		}
	}
	for _, s := range steps {
		for _, id := range s.next {
			if i, ok := at[id]; ok {
				steps[i].before++
			}
		}
	}
	// Always the first by name of those that nothing unplaced leads to; in a circle, simply the first.
	placed := make([]bool, len(steps))
	for range steps {
		pick := -1
		for i := range steps {
			if !placed[i] && (pick < 0 || steps[i].before == 0) {
				pick = i
				if steps[i].before == 0 {
					break
				}
			}
		}
		placed[pick] = true
		s := steps[pick]
		r.employ(e, s.Step, s.at)
		for _, id := range s.next {
			if i, ok := at[id]; ok {
				steps[i].before--
			}
		}
	}
}

// sequence puts the tactics into the order of the matrix.
func (r *atlasReader) sequence(list syntax.Node) {
	place := map[string]int{}
	for n := range list.Children() {
		if id, ok := n.Argument("target").Scalar(); ok {
			place[id] = len(place) + 1
		}
	}
	// Tactics are read first, so they stand together at the front.
	tactics := r.out.entries
	if end := slices.IndexFunc(tactics, func(e *Entry) bool { return e.Kind != Tactic }); end >= 0 {
		tactics = tactics[:end]
	}
	slices.SortStableFunc(tactics, func(a, b *Entry) int {
		return cmp.Or(boolCompare(place[a.ID] == 0, place[b.ID] == 0), cmp.Compare(place[a.ID], place[b.ID]))
	})
}
