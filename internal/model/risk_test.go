package model

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fermata/internal/source"
)

const riskText = `fermata: 1
name: shop
elements:
  - {id: pay, kind: tool, effects: {money: yes}}
assets:
  - {id: till, element: pay, capability: invoke, loss: money}
risk:
  attempts:
    - {attacker: outsider, low: 0.5, high: 4, reason: tickets}
    - {attacker: user, like: outsider, reason: as many}
  success:
    - {rule: tool-misuse, evidence: [C001, C002], reason: same model}
  efficacy:
    - {control: sandbox, low: 0.5, mode: 0.75, high: 0.9, reason: red team}
  together:
    - {control: sandbox, low: 0, mode: 0.2, high: 1, reason: one host}
  losses:
    - {asset: till, low: 100, high: 20000, currency: EUR, repeats: 12, reason: finance}
    - {loss: records, low: 0, high: 5, reason: guess}
`

func TestRiskIsReadAndWritten(t *testing.T) {
	s, diagnostics := ReadSystem(source.NewFile("fermata.yaml", []byte(riskText)))
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	want := []RiskInput{
		{Of: AttemptsOf, Name: "outsider", Low: 0.5, High: 4, Reason: "tickets"},
		{Of: AttemptsOf, Name: "user", Like: "outsider", Reason: "as many"},
		{Of: EfficacyOf, Name: "sandbox", Low: 0.5, Mode: 0.75, High: 0.9, Reason: "red team"},
		{Of: LossOf, Name: "records", High: 5, Reason: "guess"},
		{Of: LossOf, Name: "till", Low: 100, High: 20000, Currency: "EUR", Repeats: 12, Reason: "finance"},
		{Of: SuccessOf, Name: "tool-misuse", Rows: []string{"C001", "C002"}, Reason: "same model"},
		{Of: TogetherOf, Name: "sandbox", Mode: 0.2, High: 1, Reason: "one host"},
	}
	without := cmpopts.IgnoreFields(RiskInput{}, "Evidence")
	if diff := cmp.Diff(want, s.Risk, without); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	var b bytes.Buffer
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	again, diagnostics := ReadSystem(source.NewFile("fermata.yaml", b.Bytes()))
	if len(diagnostics) > 0 {
		t.Fatalf("%v\n%s", diagnostics, b.String())
	}
	if diff := cmp.Diff(want, again.Risk, without); diff != "" {
		t.Errorf("written and read again (-want +got):\n%s", diff)
	}
}

func TestRiskOfALaterFileWins(t *testing.T) {
	first, _ := Read(source.NewFile("a.yaml", []byte("risk:\n  attempts:\n    - {attacker: user, low: 1, high: 2, reason: a}\n")))
	second, _ := Read(source.NewFile("b.yaml", []byte("risk:\n  attempts:\n    - {attacker: user, low: 3, high: 4, reason: b}\n")))
	s, _ := Merge(nil, first, second)
	if len(s.Risk) != 1 || s.Risk[0].Reason != "b" {
		t.Errorf("risk is %v, want that of the second file", s.Risk)
	}
}

func TestRiskMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"risk: 3":             "risk must be a map of keys and values",
		"risk: {attempt: []}": "risk has no key",
		"risk: {attempts: [{attacker: usr, low: 1, high: 2, reason: x}]}":                                                "is not an attacker",
		"risk: {attempts: [{attacker: user, low: 0, high: 2, reason: x}]}":                                               "low must be above 0",
		"risk: {attempts: [{attacker: user, low: 1, high: 20000, reason: x}]}":                                           "at most 10000 attempts",
		"risk: {attempts: [{attacker: user, low: 1, reason: x}]}":                                                        "needs the key high",
		"risk: {attempts: [{attacker: user, reason: x}]}":                                                                "says no number",
		"risk: {attempts: [{attacker: user, low: 1, high: 2, like: peer, reason: x}]}":                                   "in more than one way",
		"risk: {attempts: [{attacker: user, low: 1, high: 2, reason: x}, {attacker: user, low: 1, high: 2, reason: x}]}": "given twice",
		"risk: {success: [{rule: a, low: 0.5, mode: 0.2, high: 0.7, reason: x}]}":                                        "is not between low",
		"risk: {success: [{rule: a, like: a, reason: x}]}":                                                               "rests on itself: a → a",
		"risk: {losses: [{asset: a, loss: money, low: 1, high: 2, reason: x}]}":                                          "either the key asset or the key loss",
		"risk: {losses: [{loss: money, low: 1, high: 2, repeats: 5000, reason: x}]}":                                     "whole number from 1 to 1000",
		"risk: {losses: [{loss: money, low: 1, high: 2, currency: euro, reason: x}]}":                                    "three capital letters",
	} {
		_, diagnostics := ReadSystem(source.NewFile("fermata.yaml", []byte(text)))
		var said []string
		for _, d := range diagnostics {
			said = append(said, d.String())
		}
		if !strings.Contains(strings.Join(said, "\n"), want) {
			t.Errorf("%s: %q, want %q", text, said, want)
		}
	}
}
