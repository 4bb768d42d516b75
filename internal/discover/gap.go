package discover

import "fermata/internal/model"

// unresolved gathers what passes could not follow.
func (l *linker) unresolved(fragments []fragment, flows map[string]*model.Flow) {
	offers, told := map[string]bool{}, map[string]bool{} // by the id of an element, and by file
	for _, f := range flows {
		if f.Kind == model.Provides || f.Kind == model.ToolCall {
			offers[f.From] = true
		}
	}
	var nothing []gap
	for i := range fragments {
		for _, g := range fragments[i].unresolved {
			switch {
			case l.replaced(g.about) || g.evidence == (model.Evidence{}):
			case !g.unless.IsZero():
				nothing = append(nothing, g)
			default:
				told[g.evidence.File] = told[g.evidence.File] || g.tools
				l.gap(g)
			}
		}
	}
	for _, g := range nothing {
		known := told[g.evidence.File]
		keys := l.resolve(g.unless)
		for _, key := range keys {
			known = known || offers[l.byKey[key].model.ID]
		}
		if !known && len(keys) > 0 {
			l.gap(g)
		}
	}
}

// gap is one that counts.
func (l *linker) gap(g gap) {
	l.gaps = append(l.gaps, Gap{What: g.what, Why: g.why, Tools: g.tools, System: l.system[g.evidence.File], Evidence: g.evidence})
}
