package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Reply is what somebody answers to a question.
type Reply struct {
	Question string // its id, or that of a group of questions: all of them are answered alike
	Value    string
	By, On   string // who, and the day
	Reason   string
}

// AnswersFile is the model that answers about a path are written into: the path itself where that is a written model, else
// fermata.yaml in its folder.
func AnswersFile(path string) string {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return filepath.Join(path, ModelFile)
	case isYAML(path):
		return path
	}
	return filepath.Join(filepath.Dir(path), ModelFile)
}

// WriteAnswers writes replies into a model file, which is made when it is not there, and reads it again. The rest of the file
// stays as it is, comments and all; an answer that is there already is replaced. A file that could not be used afterwards is
// put back. It returns the ids of the questions that were answered.
func (e *Engine) WriteAnswers(ctx context.Context, r *result.Result, file string, replies []Reply) ([]string, error) {
	var old []byte
	there := exists(file)
	if there {
		f, err := readFile(file)
		if err != nil {
			return nil, &InputError{Message: err.Error()}
		}
		old = f.Content()
	}
	content, answered, err := answersIn(r, file, old, replies)
	if err != nil {
		return nil, err
	}
	put := func(text []byte) error {
		return WriteAside(file, func(w io.Writer) error { _, err := w.Write(text); return err })
	}
	if err := put(content); err != nil {
		return nil, err
	}
	if _, _, err := e.Validate(ctx, file); err != nil {
		back := os.Remove
		if there {
			back = func(string) error { return put(old) }
		}
		return nil, errors.Join(err, back(file))
	}
	return answered, nil
}

// answersIn is the text of a model file with replies in it.
func answersIn(r *result.Result, name string, old []byte, replies []Reply) (content []byte, answered []string, err error) {
	content = old
	file := source.NewFile(filepath.ToSlash(name), old)
	had := map[string]model.Answer{}
	if len(old) > 0 {
		document, diagnostics := model.Read(file)
		if failed := errorsOf(diagnostics); len(failed) > 0 {
			return nil, nil, &InputError{Message: name + " has mistakes; mend them first", Diagnostics: failed}
		}
		for _, a := range document.Answers {
			had[a.Question] = a
		}
	}
	for _, reply := range replies {
		ids, value, err := settle(r, had, reply)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range ids {
			before, known := had[id]
			one := reply
			one.Question, one.Value = id, value
			if known && one.Reason == "" && (before.Reason != "" || before.Value != value) {
				one.Reason = replaces(before)
			}
			if content, err = spliced(name, content, one, before, known); err != nil {
				return nil, nil, &InputError{Message: err.Error()}
			}
			had[id] = model.Answer{Question: id, Value: value, By: one.By, On: one.On, Reason: one.Reason}
			answered = append(answered, id)
		}
	}
	if _, diagnostics := model.Read(source.NewFile(filepath.ToSlash(name), content)); len(errorsOf(diagnostics)) > 0 {
		return nil, nil, &InputError{Message: name + " cannot hold the answer", Diagnostics: errorsOf(diagnostics)}
	}
	return content, answered, nil
}

// replaces says what stood there before: a reason that was given for another answer must not stay behind.
func replaces(a model.Answer) string {
	text := "answered before: " + a.Value
	if a.By != "" {
		text += " by " + a.By
	}
	if a.On != "" {
		text += " on " + a.On
	}
	return text
}

// settle finds the questions that a reply is about and checks its value.
func settle(r *result.Result, had map[string]model.Answer, reply Reply) (ids []string, value string, err error) {
	if strings.TrimSpace(reply.By) == "" {
		return nil, "", &InputError{Message: "an answer needs somebody who gives it: --by NAME"}
	}
	var names []string
	var asked *result.Question
	for _, g := range QuestionGroups(r.Questions, &r.System) {
		names = append(names, g.ID)
		if g.ID == reply.Question {
			asked = g.Questions[0]
			for _, q := range g.Questions {
				ids = append(ids, q.ID)
			}
		}
		for _, q := range g.Questions {
			if names = append(names, q.ID); q.ID == reply.Question && asked == nil {
				asked, ids = q, []string{q.ID}
			}
		}
	}
	value = strings.TrimSpace(reply.Value)
	if asked == nil {
		if asked = namedQuestion(r.Questions, reply.Question); asked != nil {
			ids = []string{asked.ID}
		}
	}
	if asked == nil {
		if _, ok := had[reply.Question]; ok {
			return []string{reply.Question}, again(reply.Question, value), nil // checked when the file is read again
		}
		for id := range had {
			names = append(names, id)
		}
		slices.Sort(names)
		return nil, "", notCalled(fmt.Sprintf("no question is called %q", reply.Question), reply.Question, names, "fermata ask --all lists them")
	}
	value, err = CheckAnswer(asked, value)
	return ids, value, err
}

// namedQuestion finds a question by its id without the place: run_report.effects is desk/tools.py:run_report.effects, where no
// other question ends so.
func namedQuestion(list []result.Question, name string) *result.Question {
	var found *result.Question
	for i := range list {
		if strings.HasSuffix(list[i].ID, ":"+name) {
			if found != nil {
				return nil
			}
			found = &list[i]
		}
	}
	return found
}

// again is another value for a question that is no longer open, as it is written down.
func again(question, value string) string {
	if strings.HasSuffix(question, ".effects") || strings.HasSuffix(question, ".tools") {
		return strings.Join(strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ' ' }), ", ")
	}
	return yesNo(value)
}

// yesNo spells out short answers.
func yesNo(value string) string {
	switch strings.ToLower(value) {
	case "y", "yes", "true":
		return model.Yes
	case "n", "no", "false":
		return model.No
	}
	return value
}

// CheckAnswer checks a value against what may be answered, and gives it as it is written down. y and n stand for yes and no.
func CheckAnswer(q *result.Question, value string) (string, error) {
	value = yesNo(strings.TrimSpace(value))
	if value == model.Unknown && !q.Lists() {
		return value, nil // somebody looked and does not know
	}
	words := []string{value}
	if q.Lists() {
		words = strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ' ' })
	}
	if len(words) == 0 || len(words) > 1 && slices.Contains(words, "none") {
		return "", &AskError{fmt.Sprintf("%s: %q is no answer", q.ID, value), "say " + Answers(*q)}
	}
	for _, w := range words {
		if !slices.Contains(q.Values, w) {
			return "", notCalled(fmt.Sprintf("%s: %q is no answer", q.ID, w), w, q.Values, "say "+Answers(*q))
		}
	}
	return strings.Join(words, ", "), nil
}

// spliced puts one answer into the text of a file, in place of the one before if there is one.
func spliced(name string, content []byte, reply Reply, before model.Answer, known bool) ([]byte, error) {
	parts := []struct{ key, text, value, old string }{
		{"answer", answerText(reply.Value), reply.Value, before.Value},
		{"by", quoted(reply.By), reply.By, before.By},
		{"on", reply.On, reply.On, before.On},
		{"reason", quoted(reply.Reason), reply.Reason, before.Reason},
	}
	if !known {
		item := "{question: " + strconv.Quote(reply.Question)
		for _, p := range parts {
			if p.text != "" {
				item += ", " + p.key + ": " + p.text
			}
		}
		if len(content) == 0 {
			content = []byte("# What people know about this system and its files do not show. Read by fermata scan.\n")
		}
		return syntax.AppendItem(source.NewFile(name, content), []string{"answers"}, item+"}")
	}
	for _, p := range parts {
		if p.text == "" || p.value == p.old {
			continue
		}
		var err error
		content, err = syntax.SetKey(source.NewFile(name, content), []string{"answers", "question=" + reply.Question, p.key}, p.text)
		if err != nil {
			return nil, err
		}
	}
	return content, nil
}

// bare words need no quotes in YAML, and yes and no must have none.
var bareWord = regexp.MustCompile(`^[a-z][a-z-]*$`)

func answerText(value string) string {
	if words := strings.Split(value, ", "); len(words) > 1 {
		return "[" + strings.Join(words, ", ") + "]"
	}
	if bareWord.MatchString(value) {
		return value
	}
	return quoted(value)
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Quote(strings.ToValidUTF8(text, "\uFFFD"))
}

// QuestionGroup is a question, or several that are asked as one.
type QuestionGroup = result.QuestionGroup

// QuestionGroups joins questions that are asked as one; see [result.QuestionGroups].
func QuestionGroups(list []result.Question, system *model.System) []QuestionGroup {
	return result.QuestionGroups(list, system)
}
