package model

// handedOver says whom those answer whom a conversation is handed over to: everybody whom the one answers who handed it
// over, in its place. Where both report to one who collects the answers (a graph, a team), the answer goes there, and what is
// handed over is the turn only.
func (c *completion) handedOver() {
	answers := map[string][]*Flow{}
	for _, f := range c.linked {
		if f.Kind == Completion && f.from != nil && mind(f.from) && f.to != nil && (mind(f.to) || f.to.Kind == Human || f.to.Kind == External) {
			answers[f.From] = append(answers[f.From], f.Flow)
		}
	}
	collected := map[[2]string]bool{} // who answers whom without being handed anything
	for from, list := range answers {
		for _, f := range list {
			collected[[2]string{from, f.To}] = true
		}
	}
	apart := func(f linked) bool {
		for _, one := range answers[f.From] {
			if to := c.elements[one.To]; mind(to) && collected[[2]string{f.To, one.To}] {
				return false
			}
		}
		return true
	}
	var handoffs []linked
	for _, f := range c.linked {
		if f.Kind == Handoff && f.from != nil && f.to != nil && mind(f.from) && mind(f.to) && f.From != f.To && apart(f) {
			handoffs = append(handoffs, f)
		}
	}
	for more := true; more; {
		more = false
		for _, f := range handoffs {
			for _, one := range answers[f.From] {
				if one.To == f.To || c.flows[FlowID(Completion, f.To, one.To)] != nil {
					continue
				}
				answer := c.flow(Completion, f.To, one.To, append([]Evidence(nil), f.Evidence...), map[string]Fact{})
				if answer == nil { // somebody took it out
					continue
				}
				if f.Origin != Assumed && one.Origin != Assumed {
					answer.Origin = Observed // a handoff that was seen is an answer that was seen
				}
				answers[f.To] = append(answers[f.To], answer)
				more = true
			}
		}
	}
}
