package model_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"fermata/internal/model"
	"fermata/internal/source"
)

// said compares what a file can say: not where something is from.
var said = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreTypes(model.Evidence{}, []model.Evidence{}, model.Observed),
}

func write(t interface{ Fatal(...any) }, s *model.System) string {
	var b bytes.Buffer
	if err := model.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteThenRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anySystem(t)
		if wrong := model.Validate(want); len(wrong) > 0 {
			t.Fatalf("the generator makes invalid systems:\n%s", lines(wrong))
		}
		text := write(t, want)
		got, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", []byte(text)))
		if len(diagnostics) > 0 {
			t.Fatalf("%s\n%s", lines(diagnostics), text)
		}
		if diff := cmp.Diff(want, got, said); diff != "" {
			t.Fatalf("-written +read:\n%s\n%s", diff, text)
		}
		if again := write(t, got); again != text {
			t.Fatalf("written again it differs:\n%s", cmp.Diff(text, again))
		}
	})
}

// anyText makes texts that are hard to write: quotes, brackets, words that YAML knows, other alphabets.
func anyText(label string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		text := rapid.OneOf(
			rapid.SampledFrom([]string{
				"yes", "No", "null", "~", "true", "1", "0x1f", "1e3", ".5", "- a", "a: b", "a #b", "#", "{a", "[b]", "a, b", "&a", "*a", "!t", "|", ">", "%x", "@x", "`x",
				"'", `"`, `\`, "a\nb", "a\tb", "ä", "日本", "\u2028", "\ufeffx", "---", "...", "<<", "?", "a?", ":", "a:", "app/team.py:planner", "2026-01-01", "a->b", "x\u0000y", "\u0085",
			}),
			rapid.StringMatching(`[a-z][a-z0-9 ._:/#@-]{0,30}`),
			rapid.StringN(1, 12, 40),
		).Draw(t, label)
		if text = strings.TrimSpace(text); text == "" {
			return "x"
		}
		return text
	})
}

// anySystem makes valid systems that a file can express.
func anySystem(t *rapid.T) *model.System {
	s := &model.System{Name: rapid.OneOf(rapid.Just(""), anyText("name")).Draw(t, "system")}
	maybe := func(label string) string {
		return rapid.OneOf(rapid.Just(""), rapid.Just(""), anyText(label)).Draw(t, label)
	}
	fact := func(values []string, any bool) model.Fact {
		f := model.Fact{Origin: model.Declared, Reason: maybe("reason")}
		if any {
			f.Value = anyText("value").Draw(t, "value")
		} else {
			f.Value = rapid.SampledFrom(values).Draw(t, "value")
		}
		return f
	}
	three := []string{model.Yes, model.No, model.Unknown}
	draw := func(info model.FactInfo) model.Fact {
		if info.Values == nil {
			return fact(three, false)
		}
		return fact(append(slices.Clone(info.Values), model.Unknown), len(info.Values) == 0)
	}
	var ids []string
	place := func(on string) {
		for _, control := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"sandbox", "human-approval", "limits"}), 0, 2, rapid.ID).Draw(t, "controls") {
			c := model.Placement{Control: control, On: on, State: rapid.SampledFrom(model.States).Draw(t, "state"), Origin: model.Declared, Reason: maybe("reason")}
			if c.State == model.Tested || c.State == model.Attested {
				c.Shown, c.Date = "a report", "2026-05-01" // without them it would count as declared
			}
			if rapid.Bool().Draw(t, "enforced") {
				c.By = rapid.SampledFrom(ids).Draw(t, "by")
			}
			s.Controls = append(s.Controls, c)
		}
	}
	ids = rapid.SliceOfNDistinct(anyText("id"), 1, 6, rapid.ID).Draw(t, "ids")
	for _, id := range ids {
		info := rapid.SampledFrom(model.Kinds).Draw(t, "kind")
		e := &model.Element{
			ID: id, Kind: info.Kind, Name: id, Layer: info.Layer, Scope: "main", System: maybe("of"), Technology: maybe("technology"), Detail: maybe("detail"),
			Origin: model.Declared, Effects: map[string]model.Fact{}, Facts: map[string]model.Fact{},
		}
		if rapid.Bool().Draw(t, "named") {
			e.Name = anyText("name").Draw(t, "name")
			e.Layer = rapid.SampledFrom([]string{"L1", "L7"}).Draw(t, "layer")
			e.Scope = rapid.SampledFrom([]string{"test", "example", "vendored"}).Draw(t, "scope")
		}
		e.Aliases = rapid.SliceOfNDistinct(anyText("alias"), 0, 3, rapid.ID).Draw(t, "aliases")
		slices.Sort(e.Aliases)
		if model.HasEffects(e.Kind) {
			for _, effect := range rapid.SliceOfNDistinct(rapid.SampledFrom(model.Effects), 0, 3, func(i model.Info) string { return i.Name }).Draw(t, "effects") {
				e.Effects[effect.Name] = fact(three, false)
			}
		}
		for _, info := range rapid.SliceOfN(rapid.SampledFrom(model.Facts), 0, 8).Draw(t, "facts") {
			if info.On == "element" && info.Asks(e.Kind) {
				e.Facts[info.Name] = draw(info)
			}
		}
		s.Elements = append(s.Elements, e)
		place(id)
	}
	kindOf := map[string]model.Kind{}
	for _, e := range s.Elements {
		kindOf[e.ID] = e.Kind
	}
	drawn := map[string]bool{}
	for range rapid.IntRange(0, 6).Draw(t, "flows") {
		from, to := rapid.SampledFrom(ids).Draw(t, "from"), rapid.SampledFrom(ids).Draw(t, "to")
		info := rapid.SampledFrom(model.FlowKinds).Draw(t, "flow")
		id := model.FlowID(info.Kind, from, to)
		if drawn[id] || kindOf[id] != "" || info.From != nil && !slices.Contains(info.From, kindOf[from]) || info.To != nil && !slices.Contains(info.To, kindOf[to]) {
			continue
		}
		drawn[id] = true
		f := &model.Flow{ID: id, Kind: info.Kind, From: from, To: to, Label: maybe("label"), Facts: map[string]model.Fact{}, Origin: model.Declared}
		for _, row := range rapid.SliceOfN(rapid.SampledFrom(model.Facts), 0, 8).Draw(t, "facts") {
			if row.On == "flow" && row.AsksFlow(f.Kind) {
				f.Facts[row.Name] = draw(row)
			}
		}
		s.Flows = append(s.Flows, f)
		place(id)
	}
	member := rapid.SliceOfDistinct(rapid.SampledFrom(ids), rapid.ID)
	for _, id := range rapid.SliceOfNDistinct(anyText("boundary"), 0, 2, rapid.ID).Draw(t, "boundaries") {
		b := model.Boundary{ID: id, Name: anyText("name").Draw(t, "name"), Members: member.Draw(t, "members"), Origin: model.Declared}
		slices.Sort(b.Members)
		s.Boundaries = append(s.Boundaries, b)
	}
	for _, id := range rapid.SliceOfNDistinct(anyText("asset"), 0, 2, rapid.ID).Draw(t, "assets") {
		a := model.Asset{
			ID: id, Name: anyText("name").Draw(t, "name"), Element: rapid.SampledFrom(ids).Draw(t, "element"),
			Capability: model.Capability(rapid.SampledFrom(model.Capabilities).Draw(t, "capability").Name),
			Scope:      rapid.SampledFrom([]string{"", model.ScopeOwn}).Draw(t, "scope"), Loss: rapid.SampledFrom(model.Losses).Draw(t, "loss").Name,
			Reason: maybe("reason"), Origin: model.Declared,
		}
		if rapid.Bool().Draw(t, "priced") {
			a.Low = rapid.Float64Range(0, 1e9).Draw(t, "low")
			a.High = a.Low + rapid.Float64Range(0.001, 1e9).Draw(t, "more")
			a.Currency = "EUR"
		}
		s.Assets = append(s.Assets, a)
	}
	for _, row := range rapid.SliceOfNDistinct(rapid.SampledFrom(model.Attackers), 0, 3, func(i model.Info) string { return i.Name }).Draw(t, "attackers") {
		a := model.Attacker{ID: row.Name, Origin: model.Declared, Reason: maybe("reason")}
		for _, id := range member.Draw(t, "starts") {
			start := model.Start{Reason: anyText("reason").Draw(t, "reason")}
			if a.Reason == "" || rapid.Bool().Draw(t, "same reason") {
				start.Reason = a.Reason
			}
			power := model.Power{Capability: model.Capability(rapid.SampledFrom(model.Capabilities).Draw(t, "capability").Name), Scope: rapid.SampledFrom([]string{model.ScopeAll, model.ScopeOwn}).Draw(t, "scope"), On: id}
			start.Capability = power.String()
			a.Starts = append(a.Starts, start)
		}
		slices.SortFunc(a.Starts, func(x, y model.Start) int { return strings.Compare(x.Capability, y.Capability) })
		s.Attackers = append(s.Attackers, a)
	}
	s.Sort()
	return s
}

func TestWrite(t *testing.T) {
	s := read(t, `
name: "expense: system"
elements:
  - {id: planner, kind: agent}
  - {id: shell, kind: tool, name: Shell tool, effects: {exec: yes, net-read: {value: no, reason: "only ls and cat get through, as the wrapper shows"}}, facts: {third-party: yes, provider: "no"}, controls: [human-approval, {control: sandbox, state: evidenced, by: host}]}
  - {id: host, kind: runtime, layer: L5}
flows:
  - {kind: tool-call, from: planner, to: shell, facts: {principal: own}, controls: [limits]}
boundaries:
  - {id: internal, name: Company network, members: [planner, shell]}
assets:
  - {id: payouts, name: money paid out, element: shell, capability: invoke, loss: money, low: 1000, high: 50000.5, currency: EUR, scope: own}
attackers:
  - {id: user, starts: ["influence:own@planner", {power: read@host, reason: has a login}]}
  - {id: mishap, starts: []}
`)
	golden(t, "write.golden", write(t, s))
}
