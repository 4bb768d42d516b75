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
	for i := range fragments { // in the order of files
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
	if g.tools {
		l.unseen(g)
	}
	l.gaps = append(l.gaps, Gap{What: g.what, Why: g.why, Tools: g.tools, System: l.system[g.evidence.File], Evidence: g.evidence})
}

// mostUnseen is at how many places it is said that an element's tools could not be followed.
const mostUnseen = 3

// unseen says of who holds or offers the tools behind a gap that it has tools which are not in the picture.
func (l *linker) unseen(g gap) {
	holders := g.holders
	if len(holders) == 0 && g.about != "" {
		holders = []Ref{{key: g.about}}
	}
	for _, ref := range holders {
		for _, key := range l.resolve(ref) {
			e := l.byKey[key].model
			if e.Kind != model.Agent && e.Kind != model.Orchestrator && e.Kind != model.MCPServer {
				continue
			}
			fact, known := e.Facts[model.UnseenTools]
			switch {
			case !known:
				fact = model.Fact{Value: model.Yes, Origin: model.Observed, Reason: g.what + ": " + g.why}
			case fact.Value != model.Yes || len(fact.Evidence) == mostUnseen:
				continue
			}
			fact.Evidence = append(fact.Evidence[:len(fact.Evidence):len(fact.Evidence)], g.evidence)
			if e.Facts == nil {
				e.Facts = map[string]model.Fact{}
			}
			e.Facts[model.UnseenTools] = fact
		}
	}
}
