package report

import (
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Two elements of a result may go by the same name: the function run of two tools, the agent assistant of two programs.
// Then people are told them apart by the file beside the name, and where they stand in one file by the line as well.

// places says for each element that shares its name with another where it stands; nothing for the others, and for those
// that stand in no file.
func places(elements []*model.Element) map[string]string {
	times := make(map[string]int, len(elements))
	for _, e := range elements {
		times[e.Name]++
	}
	byName := map[string][]*model.Element{} // of names that are shared
	for _, e := range elements {
		if n := times[e.Name]; n > 1 {
			if byName[e.Name] == nil {
				byName[e.Name] = make([]*model.Element, 0, n)
			}
			byName[e.Name] = append(byName[e.Name], e)
		}
	}
	out := map[string]string{}
	for _, same := range byName {
		files := map[string]int{}
		for _, e := range same {
			if at, ok := Where(e.Evidence); ok {
				files[at.File]++
			}
		}
		for _, e := range same {
			at, ok := Where(e.Evidence)
			switch {
			case !ok:
			case files[at.File] > 1:
				out[e.ID] = Place(at)
			default:
				out[e.ID] = at.File
			}
		}
	}
	return out
}

// nameOf is an element for people, with where it stands when another goes by its name.
func (v *View) nameOf(e *model.Element) string {
	if at := v.places[e.ID]; at != "" {
		return e.Name + " (" + at + ")"
	}
	return e.Name
}

// Text is a finding's message; names that others share have their files beside them.
func (v *View) Text(f *result.Finding) string { return v.placed(f.Message, f.Elements) }

// placed puts the places of elements into a text that names them. Two of one name come in the order of the ids. Where the
// name is a word of the text as well ("run"), the places stand at its end.
func (v *View) placed(text string, ids []string) string {
	times, from := map[string]int{}, map[string]int{} // from: where to look on for the next one of a name
	for _, id := range ids {
		if e := v.elements[id]; e != nil && v.places[id] != "" {
			times[e.Name]++
		}
	}
	behind, said := "", text
	for _, id := range ids {
		e := v.elements[id]
		if e == nil || e.Name == "" || v.places[id] == "" {
			continue
		}
		if n := occurrences(said, e.Name); n != times[e.Name] {
			if n > 0 {
				behind += " (" + e.Name + ": " + v.places[id] + ")"
			}
			continue
		}
		i := wholeWord(text, e.Name, from[e.Name])
		if i < 0 {
			continue
		}
		end := i + len(e.Name)
		insert := " (" + v.places[id] + ")"
		text = text[:end] + insert + text[end:]
		for name, at := range from { // what stands behind has moved
			if at > i {
				from[name] = at + len(insert)
			}
		}
		from[e.Name] = end + len(insert)
	}
	return text + behind
}

func occurrences(text, name string) int {
	n := 0
	for i := wholeWord(text, name, 0); i >= 0; i = wholeWord(text, name, i+len(name)) {
		n++
	}
	return n
}

// wholeWord finds a name in a text where it is no part of a longer one; -1 when it is nowhere.
func wholeWord(text, name string, from int) int {
	for from <= len(text) {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(name)
		if (i == 0 || !partOfName(text[i-1])) && (end == len(text) || !partOfName(text[end])) {
			return i
		}
		from = end
	}
	return -1
}

func partOfName(b byte) bool {
	return b == '_' || b == '-' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}
