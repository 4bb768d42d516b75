package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fermata/internal/model"
)

// fieldsOf is the fields of a change under one topic.
type fieldsOf struct {
	topic   string
	assumed bool
	fields  []model.FieldChange
}

// split sorts the fields of a change by topic, and what was assumed apart. Where a thing stands among the programs of a
// tree and its layer follow from the rest.
func (x *differ) split(c model.Change, topic string, old, now *model.Element) []fieldsOf {
	byTopic := map[string]*fieldsOf{}
	for _, f := range c.Fields {
		if f.Field == "layer" || f.Field == "system" || f.Field == "name" && c.Was != "" {
			continue
		}
		part := fieldsOf{topic: topic}
		if name, ok := strings.CutPrefix(f.Field, "effects."); ok {
			part.topic = "authority"
			part.assumed = assumedOn(old.Effects, now.Effects, name)
		} else if name, ok := strings.CutPrefix(f.Field, "facts."); ok {
			part.topic = cmp.Or(topicOfField[name], topic)
			part.assumed = assumedOn(old.Facts, now.Facts, name)
		}
		put(byTopic, part, f)
	}
	return parted(byTopic)
}

func put(byTopic map[string]*fieldsOf, part fieldsOf, f model.FieldChange) {
	key := fmt.Sprint(part.topic, " ", part.assumed)
	if byTopic[key] == nil {
		byTopic[key] = &part
	}
	byTopic[key].fields = append(byTopic[key].fields, f)
}

func parted(byTopic map[string]*fieldsOf) []fieldsOf {
	var out []fieldsOf
	for _, key := range slices.Sorted(maps.Keys(byTopic)) {
		out = append(out, *byTopic[key])
	}
	return out
}

// assumedOn tells whether nobody saw or declared a fact on either side.
func assumedOn(old, now map[string]model.Fact, name string) bool {
	for _, facts := range []map[string]model.Fact{old, now} {
		if f, ok := facts[name]; ok && f.Origin != model.Assumed {
			return false
		}
	}
	return true
}

// fieldsText says what of a thing changed.
func fieldsText(what string, fields []model.FieldChange) string {
	var parts []string
	alike, first := map[string][]string{}, map[string]int{} // effects that changed in the same way, told together at the first's place
	for _, f := range fields {
		if effect, ok := strings.CutPrefix(f.Field, "effects."); ok {
			doc := effect
			for _, info := range model.Effects {
				if info.Name == effect {
					doc = info.Doc
				}
			}
			switch {
			case f.New == model.Yes:
				parts = append(parts, "can now "+doc)
			case f.Old == model.Yes && f.New == model.No:
				parts = append(parts, "can no longer "+doc)
			case f.Old == model.Yes:
				parts = append(parts, "is no longer seen to "+doc)
			default:
				way := orUnknown(f.Old) + " → " + orUnknown(f.New)
				if len(alike[way]) == 0 {
					first[way] = len(parts)
					parts = append(parts, "")
				}
				alike[way] = append(alike[way], effect)
			}
			continue
		}
		name := strings.TrimPrefix(f.Field, "facts.")
		if f.Field == "detail" || len(f.Old)+len(f.New) > 60 {
			old, now := aroundDifference(f.Old, f.New)
			if name == "detail" {
				name = "text"
			}
			parts = append(parts, fmt.Sprintf("%s: %s → %s", name, inMarks(old), inMarks(now)))
			continue
		}
		parts = append(parts, name+": "+orUnknown(f.Old)+" → "+orUnknown(f.New))
	}
	for way, effects := range alike {
		names := strings.Join(effects, ", ")
		if len(effects) == len(model.Effects) {
			names = "every effect"
		}
		parts[first[way]] = names + ": " + way
	}
	return what + ": " + strings.Join(parts, "; ")
}

func orUnknown(value string) string { return cmp.Or(value, model.Unknown) }

func inMarks(text string) string {
	if text == "" {
		return "nothing"
	}
	return "“" + text + "”"
}

// aroundDifference cuts two texts to where they first differ, with a few words before.
func aroundDifference(old, now string) (before, after string) {
	a, b := []rune(strings.Join(strings.Fields(old), " ")), []rune(strings.Join(strings.Fields(now), " "))
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	from := max(at-20, 0)
	for from > 0 && from < len(a) && a[from-1] != ' ' && at-from < 30 {
		from--
	}
	if max(len(a), len(b)) <= shownText {
		from = 0
	}
	return cutText(a, from), cutText(b, from)
}

func cutText(text []rune, from int) string {
	from = min(from, len(text))
	to := min(from+shownText, len(text))
	out := string(text[from:to])
	if from > 0 && out != "" {
		out = "…" + out
	}
	if to < len(text) {
		out += "…"
	}
	return out
}
