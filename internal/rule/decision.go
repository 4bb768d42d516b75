package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Decision is what somebody decided about a finding. Decisions live in a file of their own, so that a model of a
// system cannot waive its own findings.
type Decision struct {
	Finding   string // id of the finding
	Treatment string // one of Treatments
	Reason    string
	Owner     string   // role or name; may be empty
	Until     string   // the last day, YYYY-MM-DD, on which it holds; empty: for good
	Evidence  []string // links or documents
	Span      source.Span
}

// Treatments are the ways to treat a risk, as NIST AI RMF MANAGE names them.
var Treatments = []string{"accept", "mitigate", "transfer", "avoid"}

var day = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// IsDay tells whether a text is a day of the calendar in the form YYYY-MM-DD.
func IsDay(text string) bool {
	if !day.MatchString(text) {
		return false
	}
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// Holds tells whether the decision is in force on a day. Days are compared as text, which for this form is by time.
func (d Decision) Holds(asOf string) bool { return d.Until == "" || asOf == "" || asOf <= d.Until }

var decisionKeys = []string{"finding", "treatment", "reason", "owner", "until", "evidence"}

// ReadDecisions reads the decisions of a decisions file. What is wrong with an entry costs that entry.
func ReadDecisions(file *source.File) ([]Decision, []source.Diagnostic) {
	decisions, _, diagnostics := ReadDecisionsFile(file)
	return decisions, diagnostics
}

// ReadDecisionsFile reads a decisions file: what was decided about findings, and what people attest of checks.
func ReadDecisionsFile(file *source.File) ([]Decision, []result.Attestation, []source.Diagnostic) {
	tree := syntax.ParseAs(file, syntax.YAML)
	diagnostics := append([]source.Diagnostic(nil), tree.Diagnostics...)
	complain := func(n syntax.Node, code, hint, format string, args ...any) {
		diagnostics = append(diagnostics, source.Diagnostic{
			Severity: source.Error, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Span: n.Span(),
		})
	}
	root := tree.Root()
	if root.IsZero() || root.Is(syntax.Null) {
		return nil, nil, diagnostics
	}
	if !root.Is(syntax.Map) {
		complain(root, "wrong-type", "write decisions: and a list below it", "a decisions file is a map")
		return nil, nil, diagnostics
	}
	var out []Decision
	var attested []result.Attestation
	for pair := range root.All(syntax.Pair) {
		key := pair.Child(0)
		if key.TextIs("attest") {
			attested = append(attested, attestations(pair.Child(1), complain)...)
			continue
		}
		if !key.TextIs("decisions") {
			complain(key, "unknown-key", "the keys are decisions and attest", "unknown key %q in a decisions file", key.Text())
			continue
		}
		for item := range pair.Child(1).Children() {
			before := len(diagnostics)
			d := decision(item, complain)
			if len(diagnostics) == before {
				out = append(out, d)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Finding < out[j].Finding })
	return out, attested, diagnostics
}

func decision(item syntax.Node, complain func(syntax.Node, string, string, string, ...any)) Decision {
	d := Decision{Span: item.Span()}
	if !item.Is(syntax.Map) {
		complain(item, "wrong-type", "write finding:, treatment: and reason:", "a decision is a map")
		return d
	}
	texts := map[string]*string{"finding": &d.Finding, "treatment": &d.Treatment, "reason": &d.Reason, "owner": &d.Owner, "until": &d.Until}
	for pair := range item.All(syntax.Pair) {
		key, value := pair.Child(0), pair.Child(1)
		if key.TextIs("evidence") {
			for e := range value.Children() {
				d.Evidence = append(d.Evidence, e.Text())
			}
			continue
		}
		target, ok := texts[key.Text()]
		if !ok {
			hint := ""
			if near := source.Suggest(key.Text(), decisionKeys); near != "" {
				hint = "did you mean " + near + "?"
			}
			complain(key, "unknown-key", hint, "unknown key %q in a decision", key.Text())
			continue
		}
		if !value.Is(syntax.String, syntax.Number, syntax.Bool) {
			complain(value, "wrong-type", "", "%s of a decision is a text", key.Text())
			continue
		}
		*target = value.Text()
	}
	if d.Finding == "" {
		complain(item, "missing-key", "add finding: with the id that a scan prints", "a decision without a finding")
	}
	if d.Reason == "" {
		complain(item, "missing-key", "add reason:", "a decision without a reason")
	}
	if d.Treatment == "" {
		d.Treatment = "accept"
	}
	if !contains(Treatments, d.Treatment) {
		complain(item, "unknown-value", "the treatments are accept, mitigate, transfer and avoid", "unknown treatment %q", d.Treatment)
	}
	if d.Until != "" && !IsDay(d.Until) {
		complain(item, "wrong-type", "write it as 2027-01-31", "until: %q is not a day", d.Until)
	}
	return d
}

const decisionsHeader = `# What was decided about findings: one entry each, with a reason. Read by fermata scan; written by fermata accept.
decisions:
`

// AppendDecision gives the bytes of a decisions file with one decision more. What stood there stays as it was, comments
// and all; the outcome is read again before it is given, so a file that was readable stays so.
func AppendDecision(old []byte, d Decision) ([]byte, error) {
	out := append([]byte(nil), old...)
	if len(strings.TrimSpace(string(old))) == 0 {
		out = []byte(decisionsHeader)
	} else if out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	entry := "  - finding: " + strconv.Quote(d.Finding) + "\n    treatment: accept\n    reason: " + strconv.Quote(d.Reason) + "\n"
	for _, field := range []struct{ key, value string }{{"owner", d.Owner}, {"until", d.Until}} {
		if field.value != "" {
			entry += "    " + field.key + ": " + strconv.Quote(field.value) + "\n"
		}
	}
	out = append(out, entry...)
	before, attested, _ := ReadDecisionsFile(source.NewFile("", old))
	if added(out, len(before)+1) {
		return out, nil
	}
	if len(attested) == 0 {
		return nil, errors.New("nothing can be added to a file of this form: write decisions: as a block list at its end")
	}
	// What people attest may be what the file ends with.
	item := "finding: " + strconv.Quote(d.Finding) + strings.ReplaceAll(strings.TrimSuffix(entry[strings.IndexByte(entry, '\n'):], "\n"), "\n    ", "\n")
	if out, err := syntax.AppendItem(source.NewFile("", old), []string{"decisions"}, item); err == nil && added(out, len(before)+1) {
		return out, nil
	}
	return nil, errors.New("nothing can be added to a file of this form: write decisions: as a block list at its end")
}

// added tells whether a text is a decisions file without mistakes that holds so many decisions.
func added(content []byte, decisions int) bool {
	after, diagnostics := ReadDecisions(source.NewFile("", content))
	return len(after) == decisions && !slices.ContainsFunc(diagnostics, func(d source.Diagnostic) bool { return d.Severity == source.Error })
}
