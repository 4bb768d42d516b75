package rule

import (
	"errors"
	"slices"
	"sort"
	"strconv"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

var attestKeys = []string{"check", "component", "by", "until", "reason"}

// attestations reads what people attest. Each has a name and a last day: a word without them binds nobody, and one for good
// is never looked at again.
func attestations(list syntax.Node, complain func(syntax.Node, string, string, string, ...any)) []result.Attestation {
	var out []result.Attestation
	for item := range list.Children() {
		if !item.Is(syntax.Map) {
			complain(item, "wrong-type", "write check:, component:, by:, until: and reason:", "an attestation is a map")
			continue
		}
		t := result.Attestation{Evidence: model.EvidenceAt(item.Span())}
		texts := map[string]*string{"check": &t.Check, "component": &t.Component, "by": &t.By, "until": &t.Until, "reason": &t.Reason}
		sound := true
		for pair := range item.All(syntax.Pair) {
			key, value := pair.Child(0), pair.Child(1)
			target, ok := texts[key.Text()]
			if !ok {
				hint := ""
				if near := source.Suggest(key.Text(), attestKeys); near != "" {
					hint = "did you mean " + near + "?"
				}
				complain(key, "unknown-key", hint, "unknown key %q in an attestation", key.Text())
				sound = false
				continue
			}
			if !value.Is(syntax.String, syntax.Number, syntax.Bool) {
				complain(value, "wrong-type", "", "%s of an attestation is a text", key.Text())
				sound = false
				continue
			}
			*target = value.Text()
		}
		for _, key := range attestKeys {
			if *texts[key] == "" && sound {
				complain(item, "missing-key", "add "+key+":", "an attestation without %s", key)
				sound = false
			}
		}
		if sound && !IsDay(t.Until) {
			complain(item, "wrong-type", "write it as 2027-01-31", "until: %q is not a day", t.Until)
			sound = false
		}
		if sound {
			out = append(out, t)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		return a.Check < b.Check || a.Check == b.Check && a.Component < b.Component
	})
	return out
}

const attestHeader = `# What was decided about findings, and what people attest of checks. Read by fermata scan and fermata checklist.
`

// AppendAttestation gives the bytes of a decisions file with one attestation more. What stood there stays as it was.
func AppendAttestation(old []byte, t result.Attestation) ([]byte, error) {
	item := ""
	for _, field := range []struct{ key, value string }{{"check", t.Check}, {"component", t.Component}, {"by", t.By}, {"until", t.Until}, {"reason", t.Reason}} {
		item += field.key + ": " + strconv.Quote(field.value) + "\n"
	}
	_, before, _ := ReadDecisionsFile(source.NewFile("", old))
	var out []byte
	if len(strings.TrimSpace(string(old))) == 0 {
		out = []byte(attestHeader + "attest:\n  - " + strings.ReplaceAll(strings.TrimSpace(item), "\n", "\n    ") + "\n")
	} else {
		var err error
		if out, err = syntax.AppendItem(source.NewFile("", old), []string{"attest"}, strings.TrimSpace(item)); err != nil {
			return nil, err
		}
	}
	_, after, diagnostics := ReadDecisionsFile(source.NewFile("", out))
	broken := slices.ContainsFunc(diagnostics, func(d source.Diagnostic) bool { return d.Severity == source.Error })
	if broken || len(after) != len(before)+1 {
		return nil, errors.New("nothing can be added to a file of this form: write attest: as a block list")
	}
	return out, nil
}
