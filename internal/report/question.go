package report

import (
	"strings"

	"fermata/internal/result"
)

// QuestionGroups are the questions about the parts of the tree that are shown, as fermata ask puts them: in one order, and what
// is asked of several things alike as one.
func (v *View) QuestionGroups(o Options) []result.QuestionGroup {
	return result.QuestionGroups(v.Questions(o), &v.Result.System)
}

// GroupText is what a group asks; the thing that one question is about has its file beside it where others go by its name.
func (v *View) GroupText(g *result.QuestionGroup) string {
	if len(g.Questions) == 1 {
		return v.Question(g.Questions[0])
	}
	return g.Text
}

// GroupLine is GroupText as a line of its own.
func (v *View) GroupLine(g *result.QuestionGroup) string {
	if len(g.Questions) == 1 {
		return v.QuestionLine(g.Questions[0])
	}
	return Capital(g.Text)
}

// Unweighed says of the questions of a scan that fermata ask solves more of them again, so that its order may differ. It is ""
// where a scan solves all that can be.
func (v *View) Unweighed(o Options) string {
	if len(v.QuestionGroups(o)) <= result.SolvedInScan(len(v.Result.System.Elements)) {
		return ""
	}
	return "A scan weighs the first questions only; fermata ask weighs more, so its order may differ."
}

// GroupChange is what the answers of a group change. A result of an older version weighs questions one by one, and then it is
// that of the heaviest.
func GroupChange(g *result.QuestionGroup) string {
	heaviest, all := g.Questions[0], true
	for _, q := range g.Questions {
		all = all && q.Weight == heaviest.Weight && q.Change == heaviest.Change
		if q.Weight > heaviest.Weight {
			heaviest = q
		}
	}
	switch {
	case len(g.Questions) == 1 || heaviest.Change == "":
		return heaviest.Change
	case all && !strings.Contains(heaviest.Change, "for it"):
		return "for all of them: " + heaviest.Change
	}
	return "for one of them: " + heaviest.Change
}
