package rule

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fermata/internal/model"
)

// TestOrder shuffles the lists of a system and the number of workers: the outcome is the same, byte for byte.
func TestOrder(t *testing.T) {
	set := shipped(t)
	system := generated(90)
	want := bytesOf(t, set, system, 1)
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		random := rand.New(rand.NewPCG(seed, 1))
		shuffled := &model.System{Name: system.Name, Elements: append([]*model.Element(nil), system.Elements...), Flows: append([]*model.Flow(nil), system.Flows...)}
		random.Shuffle(len(shuffled.Elements), func(i, j int) {
			shuffled.Elements[i], shuffled.Elements[j] = shuffled.Elements[j], shuffled.Elements[i]
		})
		random.Shuffle(len(shuffled.Flows), func(i, j int) {
			shuffled.Flows[i], shuffled.Flows[j] = shuffled.Flows[j], shuffled.Flows[i]
		})
		got := bytesOf(r, set, shuffled, rapid.IntRange(1, 8).Draw(r, "workers"))
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			r.Fatal(diff)
		}
	})
}

func bytesOf(t interface{ Fatal(...any) }, set *Set, system *model.System, workers int) []byte {
	outcome, err := Evaluate(context.Background(), set, system, EvaluateOptions{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	if len(outcome.Findings) == 0 || len(outcome.Questions) == 0 {
		t.Fatal("the generated system says nothing")
	}
	data, err := json.Marshal(outcome)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMoreSaid answers random questions: a finding that was there stays, because what was decided without a fact does
// not depend on it. (Findings wait for questions; they never go by an answer to one.)
func TestMoreSaid(t *testing.T) {
	set := shipped(t)
	rapid.Check(t, func(r *rapid.T) {
		system := generated(40)
		before := evaluate(t, set, system)
		n := rapid.IntRange(1, 20).Draw(r, "answers")
		for range n {
			q := before.Questions[rapid.IntRange(0, len(before.Questions)-1).Draw(r, "question")]
			value := rapid.SampledFrom(q.Values).Draw(r, "value")
			answerTo(system, q, value)
		}
		after := map[string]bool{}
		for _, f := range evaluate(t, set, system).Findings {
			after[f.ID] = true
		}
		for _, f := range before.Findings {
			if !after[f.ID] {
				r.Fatalf("an answer took %s away", f.ID)
			}
		}
	})
}

// answerTo writes an answer into the system.
func answerTo(system *model.System, q Question, value string) {
	fact := model.Fact{Value: value, Origin: model.Declared}
	if f := system.Flow(q.Subject); f != nil {
		if f.Facts == nil {
			f.Facts = map[string]model.Fact{}
		}
		f.Facts[q.Fact[len("facts."):]] = fact
		return
	}
	e := system.Element(q.Subject)
	if q.Fact == "effects" { // one question about all open effects: the answer names one that there is, or none
		if e.Effects == nil {
			e.Effects = map[string]model.Fact{}
		}
		for _, effect := range q.Values {
			if effect != "none" {
				e.Effects[effect] = model.Fact{Value: map[bool]string{true: model.Yes, false: model.No}[effect == value], Origin: model.Declared}
			}
		}
		return
	}
	into, name := &e.Facts, q.Fact[len("facts."):]
	if q.Fact[0] == 'e' {
		into, name = &e.Effects, q.Fact[len("effects."):]
	}
	if *into == nil {
		*into = map[string]model.Fact{}
	}
	(*into)[name] = fact
}
