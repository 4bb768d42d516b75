package result

import (
	"cmp"
	"slices"
)

// Condition is what findings with one cause have in common: one thing to report and to mend. Live findings count apart from
// the others, since a cause may be live here and blocked there, and so do those that lead to no loss. A finding of an older
// result is alone.
func (f *Finding) Condition() string {
	kind := " " + string(cmp.Or(f.CountsAs, f.Status))
	if f.Harmless() {
		kind += " " + f.Severity
	}
	if f.Group == "" {
		return f.ID + kind
	}
	return f.Group + kind
}

// Harmless tells of a live finding that it leads to no loss that is known.
func (f *Finding) Harmless() bool { return f.Status == Live && f.Severity == "info" }

// Heads gives each condition among some findings the one that stands for it: one that does not merely follow, the worst of
// those, by id.
func Heads(findings []*Finding) map[string]*Finding {
	heads := map[string]*Finding{}
	for _, f := range findings {
		key := f.Condition()
		if had := heads[key]; had == nil || f.heads(had) {
			heads[key] = f
		}
	}
	return heads
}

func (f *Finding) heads(other *Finding) bool {
	if f.Follows != other.Follows {
		return other.Follows
	}
	if x, y := severityRank(f.Severity), severityRank(other.Severity); x != y {
		return x < y
	}
	if x, y := f.likely(), other.likely(); x != y {
		return x > y
	}
	return f.ID < other.ID
}

// likely is the most likely chance of success of a finding's step.
func (f *Finding) likely() float64 {
	if f.Success == nil {
		return 0
	}
	return f.Success.Mode
}

// severityRank is the place of a severity, the worst first; one that is unknown comes last.
func severityRank(severity string) int {
	if i := slices.Index(Severities, severity); i >= 0 {
		return i
	}
	return len(Severities)
}

// CountLive counts the live conditions among findings by severity; what leads to no loss is info.
func CountLive(findings []Finding) map[string]int {
	list := make([]*Finding, len(findings))
	for i := range findings {
		list[i] = &findings[i]
	}
	return CountLiveOf(list)
}

// CountLiveOf is CountLive of some findings of a result. Reports, plans and comparisons all count by it.
func CountLiveOf(findings []*Finding) map[string]int {
	var live []*Finding
	for _, f := range findings {
		if f.Status == Live && f.CountsAs == "" {
			live = append(live, f)
		}
	}
	count := map[string]int{}
	for _, f := range Heads(live) {
		count[f.Severity]++
	}
	return count
}

// CountStill counts the live conditions after a change, divided as they were before it, so that ending a part of one never
// makes two of the rest. Both hold the same findings in the same order; the severities are those after the change.
func CountStill(before, after []Finding) map[string]int {
	heads := map[string]*Finding{}
	for i := range after {
		f := &after[i]
		if f.Status != Live || f.CountsAs != "" {
			continue
		}
		key := before[i].Condition()
		if had := heads[key]; had == nil || f.heads(had) {
			heads[key] = f
		}
	}
	count := map[string]int{}
	for _, f := range heads {
		count[f.Severity]++
	}
	return count
}
