package attack

import (
	"slices"
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
)

// TestGuessIsNotCritical: what only a person reaches of whom nobody saw that they are there is high at the most. The same
// person, seen in code, and another source that is no guess make it critical.
func TestGuessIsNotCritical(t *testing.T) {
	graded := func(origin model.Origin, others ...model.Attacker) (grade, path string) {
		in := world()
		in.System.Elements = append(in.System.Elements, &model.Element{ID: "user", Kind: model.Human, Name: "user", Layer: "L7", Origin: origin})
		in.System.Attackers = append(others, model.Attacker{ID: "user", Starts: []model.Start{{Capability: "influence@user"}}})
		in.System.Sort()
		in.Findings = append(in.Findings, finding("prompt", 0.5, "influence@user", "hijack@agent"))
		out := analyse(t, in)
		for i := range out.Findings {
			if out.Findings[i].ID == "misuse" {
				grade = out.Findings[i].Severity
			}
		}
		for _, p := range out.Paths {
			if p.Attacker == "user" {
				path = p.Severity
				if (p.Capped != nil) != (origin == model.Assumed) || p.Capped != nil && (p.Capped.Severity != "critical" || !slices.Equal(p.Capped.Elements, []string{"user"})) {
					t.Errorf("a user who is %s: the path is held by %+v", origin, p.Capped)
				}
			}
		}
		return grade, path
	}
	author := world().System.Attackers[0]
	for _, c := range []struct {
		name          string
		origin        model.Origin
		others        []model.Attacker
		finding, path string
	}{
		{"assumed", model.Assumed, nil, "high", "high"},
		{"seen", model.Observed, nil, "critical", "critical"},
		{"assumed beside pages that strangers write", model.Assumed, []model.Attacker{author}, "critical", "high"},
	} {
		if f, p := graded(c.origin, c.others...); f != c.finding || p != c.path {
			t.Errorf("%s: finding %s and path %s, want %s and %s", c.name, f, p, c.finding, c.path)
		}
	}
}

// TestClientIsNotCritical: what is reached only through an agent that is assumed to connect to a tool server is high at the
// most; another agent that was seen makes it critical.
func TestClientIsNotCritical(t *testing.T) {
	graded := func(seen bool) (grade, path string) {
		in := world()
		client := model.AssumedClient + "files"
		in.System.Elements = append(in.System.Elements, &model.Element{ID: client, Kind: model.Agent, Name: "a client of files", Layer: "L3", Origin: model.Assumed})
		in.System.Sort()
		if !seen {
			in.Findings = in.Findings[:2]
		}
		in.Findings = append(in.Findings, finding("client-reads", 0.25, "influence@reader", "hijack@"+client), finding("client-misuse", 1, "hijack@"+client, "invoke@shell"))
		out := analyse(t, in)
		for i := range out.Findings {
			if out.Findings[i].ID == "exec" {
				grade = out.Findings[i].Severity
			}
		}
		return grade, out.Paths[0].Severity
	}
	for _, c := range []struct {
		seen bool
		want string
	}{{false, "high"}, {true, "critical"}} {
		if f, p := graded(c.seen); f != c.want || p != c.want {
			t.Errorf("an agent that was seen beside it (%t): finding %s and path %s, want %s", c.seen, f, p, c.want)
		}
	}
}

// TestGuessedLinkIsMedium: what is reached over a step that rests on a guess only is medium at the most, with all before and
// behind it and with its path. Another way without the guess is as grave as its loss, and is the one that is told.
func TestGuessedLinkIsMedium(t *testing.T) {
	graded := func(sureWay bool) (grades map[string]string, path *result.Path) {
		in := world()
		for i := range in.Findings {
			if in.Findings[i].ID == "inject" {
				in.Findings[i].Guesses = []string{"reader brings what strangers write"}
				for n := range in.Findings[i].Steps {
					in.Findings[i].Steps[n].Guess = true
				}
			}
		}
		if sureWay {
			in.Findings = append(in.Findings, finding("sure", 0.2, "influence@web", "hijack@agent"))
		}
		condition := result.Finding{ID: "loose", Rule: "loose", Title: "loose", Severity: "high", Guesses: []string{"a word"}}
		in.Findings = append(in.Findings, condition)
		out := analyse(t, in)
		grades = map[string]string{}
		for i := range out.Findings {
			grades[out.Findings[i].ID] = out.Findings[i].Severity
		}
		return grades, &out.Paths[0]
	}
	guessed, path := graded(false)
	for _, id := range []string{"enters", "inject", "misuse", "exec", "loose"} {
		if guessed[id] != "medium" {
			t.Errorf("only a guess leads on: %s is %s, want medium", id, guessed[id])
		}
	}
	if path.Severity != "medium" {
		t.Errorf("the path over a guess is %s, want medium", path.Severity)
	}
	sure, path := graded(true)
	for id, want := range map[string]string{"sure": "critical", "misuse": "critical", "exec": "critical", "inject": "medium", "enters": "medium"} {
		if sure[id] != want {
			t.Errorf("beside a way without a guess: %s is %s, want %s", id, sure[id], want)
		}
	}
	if path.Severity != "critical" || len(path.Steps) == 0 || path.Steps[0].Finding != "sure" {
		t.Errorf("the path told first is %s over %v, want the critical one without a guess", path.Severity, path.Steps)
	}
}

// TestPublisherOfDeskTool: who publishes what a developer's client starts on the developer's machine is a publisher whom nobody
// saw, so what they reach is medium; of what runs with the service it is high, and where the supplier is known as grave as the loss.
func TestPublisherOfDeskTool(t *testing.T) {
	for _, c := range []struct {
		host      string
		publisher model.Origin
		want      string
	}{
		{model.AssumedDesk, model.Assumed, "medium"},
		{"host", model.Assumed, "high"},
		{model.AssumedDesk, model.Observed, "critical"},
	} {
		in := world()
		in.System.Elements = append(in.System.Elements,
			&model.Element{ID: "publisher", Kind: model.External, Name: "publisher", Layer: "L7", Origin: c.publisher},
			&model.Element{ID: "server", Kind: model.MCPServer, Name: "server", Layer: "L4", Origin: model.Observed},
			&model.Element{ID: model.AssumedDesk, Kind: model.Runtime, Name: "desk", Layer: "L4"})
		in.System.Flows = append(in.System.Flows,
			&model.Flow{ID: "hosts:" + c.host + "->server", Kind: model.Hosts, From: c.host, To: "server"},
			&model.Flow{ID: "supply:publisher->server", Kind: model.Supply, From: "publisher", To: "server"})
		in.System.Attackers = []model.Attacker{{ID: "supplier", Starts: []model.Start{{Capability: "write@publisher"}}}}
		in.System.Sort()
		in.Findings = []result.Finding{finding("turned", 0.5, "write@publisher", "execute@host")}
		out := analyse(t, in)
		if got := out.Findings[0].Severity; got != c.want {
			t.Errorf("on %s, publisher %s: %s, want %s", c.host, c.publisher, got, c.want)
		}
		if got := out.Paths[0].Severity; got != c.want {
			t.Errorf("on %s, publisher %s: the path is %s, want %s", c.host, c.publisher, got, c.want)
		}
	}
}
