package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
)

// The weight of a question is what its answer would change: findings that come to life and losses that become
// reachable, by severity. The questions that most findings wait for are solved again under each answer; the others
// are weighed by how many findings wait for them.
const (
	solvedElements = 3000  // above this many elements, a scan solves none: it must not take minutes
	solvedFlows    = 10000 // or this many flows
	solvedWork     = 20000 // elements times questions that are solved where more are asked for than in a scan
	fewestSolved   = 2     // however large the system is
	nearPath       = 4     // how much sooner a question is solved when it is about what a path leads through
	waitingWeight  = 0.1   // per finding that waits, for questions that were not solved
	asideWeight    = 0.01  // for questions about tests, examples and vendored code, when there is other code, and about what is seldom so
)

var severityWeight = map[string]float64{"critical": 8, "high": 4, "medium": 2, "low": 1}

// rank orders the questions by what their answers would change, to what is live and to the losses that are reached.
func (s *scan) rank(ctx context.Context, questions []rule.Question, reached []attack.Loss) error {
	questions = slices.DeleteFunc(append(s.toolQuestions(), questions...), func(q rule.Question) bool {
		return strings.HasPrefix(q.Subject, model.AssumedClient) // nobody knows how those are made who will connect
	})
	order := s.solvingOrder(questions)
	most := s.in.Questions
	if most == 0 {
		most = result.SolvedInScan(len(s.r.System.Elements))
	}
	switch {
	case s.in.Questions > 0:
		most = min(most, max(solvedWork/max(len(s.r.System.Elements), 1), fewestSolved))
	case len(s.r.System.Elements) > solvedElements || len(s.r.System.Flows) > solvedFlows:
		most = 0
	}
	before := worth(s.r.Findings, reached)
	groups := s.groups(questions)
	solutions, err := s.solveAhead(ctx, order, groups, most)
	if err != nil {
		return err
	}
	told, done := map[string]*result.Question{}, 0 // groups that were solved
	ranked, leads := make([]*result.Question, 0, len(order)), map[string]bool{}
	for _, w := range order {
		q := w.question
		q.Question.Weight = waitingWeight * float64(q.Hangs)
		q.Question.Change = fmt.Sprintf("%s for it", plural(q.Hangs, "finding waits", "findings wait"))
		if q.Fact == toolsFact {
			q.Question.Change = "every rule about tools waits for it"
		}
		if len(told) > 0 || done < most {
			group := groups(&q.Question)
			if one := told[group.ID]; one != nil {
				q.Question.Change, q.Question.Weight = one.Change, one.Weight
			} else if done < most {
				done++
				var changes []string
				solved := false
				for _, value := range answers(q.Question) {
					one, ok := solutions[groupAnswer{group.ID, value}]
					if !ok {
						one = s.solveWith(ctx, group.Questions, value, s.in.Workers)
					}
					if one.err != nil {
						return one.err
					}
					if !one.applies {
						continue
					}
					after := one.standing
					solved = true
					if live := after.live - before.live; live != 0 || after.weight != before.weight {
						changes = append(changes, describe(value, before, after))
					}
					q.Question.Weight = max(q.Question.Weight, abs(after.weight-before.weight))
				}
				if solved {
					q.Question.Change = together(changes)
					if len(changes) == 0 {
						q.Question.Change, q.Question.Weight = "no answer changes what is live", 0
					}
					one := q.Question
					told[group.ID] = &one
				}
			}
		}
		if w.aside {
			q.Question.Weight *= asideWeight
		}
		leads[q.Question.ID] = w.leads && !w.later
		ranked = append(ranked, &q.Question)
	}
	slices.SortStableFunc(ranked, func(a, b *result.Question) int {
		return cmp.Or(after(!leads[a.ID], !leads[b.ID]), cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.ID, b.ID))
	})
	s.r.Questions = slices.Grow(s.r.Questions, len(ranked))
	for _, q := range ranked {
		s.r.Questions = append(s.r.Questions, *q)
	}
	return nil
}

// groupAnswer is an answer to all questions of a group.
type groupAnswer struct{ group, value string }

// solveAhead solves the first groups under each answer, several at the same time: what one answer changes has nothing to do
// with the others.
func (s *scan) solveAhead(ctx context.Context, order []waiting, groups func(*result.Question) *QuestionGroup, most int) (map[groupAnswer]solution, error) {
	var all []groupAnswer
	var alike [][]*result.Question
	seen := map[string]bool{}
	for _, w := range order {
		if len(seen) >= most {
			break
		}
		group := groups(&w.question.Question)
		if seen[group.ID] {
			continue
		}
		seen[group.ID] = true
		for _, value := range answers(w.question.Question) {
			all, alike = append(all, groupAnswer{group.ID, value}), append(alike, group.Questions)
		}
	}
	solved := make([]solution, len(all))
	workers := s.in.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next, done atomic.Int32
	var say sync.Mutex
	var group sync.WaitGroup
	for range min(workers, len(all)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(all) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				solved[i] = s.solveWith(ctx, alike[i], all[i].value, 1)
				say.Lock()
				s.progress("weighing questions", int(done.Add(1)), len(all))
				say.Unlock()
			}
		})
	}
	group.Wait()
	out := map[groupAnswer]solution{}
	for i, one := range solved {
		out[all[i]] = one
	}
	return out, ctx.Err()
}

// groups finds the group of a question. Those of one make are asked as one, so they are solved as one.
func (s *scan) groups(questions []rule.Question) func(*result.Question) *QuestionGroup {
	out := map[string]*QuestionGroup{}
	list := make([]result.Question, len(questions))
	for i := range questions {
		list[i] = questions[i].Question
	}
	all := QuestionGroups(list, &s.r.System)
	for i := range all {
		for _, q := range all[i].Questions {
			out[q.ID] = &all[i]
		}
	}
	return func(q *result.Question) *QuestionGroup {
		if group := out[q.ID]; group != nil {
			return group
		}
		one := *q
		return &QuestionGroup{ID: q.ID, Questions: []*result.Question{&one}}
	}
}

// answers are the answers under which a question is solved: for a question about all effects, the worst.
func answers(q result.Question) []string {
	if q.Lists() {
		return []string{allEffects}
	}
	return keep(q.Values, func(v string) bool { return v != model.Unknown })
}

// The answers to a question about all effects that are solved.
const (
	allEffects = "all of them at once"
	noEffects  = "none"
)

// together joins what each answer changes; where all change the same, it is said once.
func together(changes []string) string {
	if len(changes) < 2 {
		return strings.Join(changes, "")
	}
	_, first, _ := strings.Cut(changes[0], " ")
	for _, c := range changes[1:] {
		if _, other, _ := strings.Cut(c, " "); other != first {
			return strings.Join(changes, "; ")
		}
	}
	return "any answer " + first
}

func abs(x float64) float64 { return max(x, -x) }

// standing is what a result amounts to.
type standing struct {
	live   int
	worst  int // index into result.Severities
	weight float64
	losses int
}

func worth(findings []result.Finding, reached []attack.Loss) standing {
	st := standing{worst: len(result.Severities) - 1}
	for i := range findings {
		if findings[i].Status == result.Live {
			st.live++
			st.weight += severityWeight[findings[i].Severity]
			for n, name := range result.Severities {
				if name == findings[i].Severity {
					st.worst = min(st.worst, n)
				}
			}
		}
	}
	for _, l := range reached {
		st.weight += severityWeight[l.Severity]
	}
	st.losses = len(reached)
	return st
}

func describe(value string, before, after standing) string {
	var parts []string
	switch n := after.live - before.live; {
	case n > 0:
		parts = append(parts, "makes "+plural(n, "finding", "findings")+" live")
	case n < 0:
		parts = append(parts, "ends "+plural(-n, "finding", "findings"))
	}
	switch n := after.losses - before.losses; {
	case n > 0:
		parts = append(parts, "opens a way to "+plural(n, "more loss", "more losses"))
	case n < 0:
		parts = append(parts, "closes the way to "+plural(-n, "loss", "losses"))
	}
	if after.worst < before.worst {
		parts = append(parts, "the worst becomes "+result.Severities[after.worst])
	}
	if len(parts) == 0 {
		parts = append(parts, "changes how likely what is live is")
	}
	return value + " " + strings.Join(parts, ", ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// solution is what a system amounts to under an answer.
type solution struct {
	standing
	applies bool // the answer can be put into the model
	err     error
}

// solveWith analyses the system as if questions had been answered, all alike.
func (s *scan) solveWith(ctx context.Context, alike []*result.Question, value string, workers int) (one solution) {
	system := s.r.System.Clone()
	for _, q := range alike {
		if !answer(system, *q, value) {
			return one
		}
	}
	assumeAnew(system, s.except())
	outcome, err := rule.Evaluate(ctx, s.engine.rules, system, rule.EvaluateOptions{Workers: workers, Subjects: s.subjects})
	if err != nil {
		return solution{err: err}
	}
	outcome.Findings = s.withCarried(outcome.Findings)
	out, err := attack.Analyse(ctx, attack.Input{
		System: system, Findings: outcome.Findings, Own: true, Controls: s.engine.controls, Trust: s.in.Trust, Accepted: s.accepted, Workers: workers,
		Limits: attack.Limits{Alternatives: 1, Goals: 1, Blast: 1},
	})
	if err != nil {
		return solution{err: err}
	}
	return solution{standing: worth(out.Findings, out.Losses), applies: true}
}

// assumeAnew lets what is assumed follow from the facts as they are now.
func assumeAnew(system *model.System, except map[string]bool) {
	system.Assets = keep(system.Assets, func(a model.Asset) bool { return a.Origin != model.Assumed })
	system.Attackers = keep(system.Attackers, func(a model.Attacker) bool { return a.Origin != model.Assumed })
	model.Complete(system, except)
}

// notAssumed lists what people removed from a system whose model files are not at hand: what would be assumed of it and is
// not there.
func notAssumed(system *model.System) map[string]bool {
	anew := system.Clone()
	assumeAnew(anew, nil)
	out := map[string]bool{}
	for _, e := range anew.Elements {
		out[e.ID] = system.Element(e.ID) == nil
	}
	for _, f := range anew.Flows {
		out[f.ID] = system.Flow(f.ID) == nil
	}
	for i := range anew.Boundaries {
		id := anew.Boundaries[i].ID
		out[id] = !slices.ContainsFunc(system.Boundaries, func(b model.Boundary) bool { return b.ID == id })
	}
	for i := range anew.Assets {
		id := anew.Assets[i].ID
		out[id] = !slices.ContainsFunc(system.Assets, func(a model.Asset) bool { return a.ID == id })
	}
	return out
}

func keep[T any](list []T, want func(T) bool) []T {
	var out []T
	for _, x := range list {
		if want(x) {
			out = append(out, x)
		}
	}
	return out
}

// except lists what people removed, so that it is not assumed again.
func (s *scan) except() map[string]bool {
	out := map[string]bool{}
	for _, d := range s.documents {
		for _, r := range d.Remove {
			out[r.Name] = true
		}
	}
	return out
}

// answer puts an answer into a system.
func answer(system *model.System, q result.Question, value string) bool {
	fact := model.Fact{Value: value, Origin: model.Declared, Reason: "as if answered"}
	if e := system.Element(q.Subject); e != nil && q.Fact == "effects" {
		fact.Value = model.Yes
		if value == noEffects {
			fact.Value = model.No
		}
		for _, name := range q.Values {
			if name != "none" {
				e.Effects[name] = fact
			}
		}
		return true
	}
	if e := system.Element(q.Subject); e != nil && q.Fact == toolsFact {
		fact.Value = model.No
		e.Facts[model.UnseenTools] = fact
		if value != noEffects {
			system.GiveTools(e, func(string) bool { return true }, fact)
		}
		return true
	}
	table, name, found := strings.Cut(q.Fact, ".")
	if !found {
		return false
	}
	if about, _, _ := strings.Cut(q.ID, "."+q.Fact); table == "facts" {
		if of, ok := model.OfTogether(about); ok {
			return answerTogether(system, of, name, fact)
		}
	}
	if e := system.Element(q.Subject); e != nil {
		switch table {
		case "effects":
			e.Effects[name] = fact
		case "facts":
			e.Facts[name] = fact
		default:
			return false
		}
		return true
	}
	if f := system.Flow(q.Subject); f != nil && table == "facts" {
		f.Facts[name] = fact
		return true
	}
	return false
}

// answerTogether puts an answer that is about a whole system into all that it is asked of.
func answerTogether(system *model.System, of, name string, fact model.Fact) bool {
	done := false
	info, flowInfo := model.FactNamed("element", name), model.FactNamed("flow", name)
	for _, e := range system.Elements {
		if info != nil && info.Asks(e.Kind) && model.OfSystem(e, of) && e.Fact(name).Value == model.Unknown {
			e.Facts[name], done = fact, true
		}
	}
	for _, f := range system.Flows {
		from := system.Element(f.From)
		if flowInfo != nil && flowInfo.AsksFlow(f.Kind) && from != nil && model.OfSystem(from, of) && f.Fact(name).Value == model.Unknown {
			f.Facts[name], done = fact, true
		}
	}
	return done
}
