package testgen

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// params tells what each argument may be given.
func (l *look) params(r *code.Resolver, list []code.Param, language syntax.Language, deep int) []Param {
	var out []Param
	for _, p := range list {
		if p.Rest > 0 || p.Name == "*" || p.Name == "/" || p.Name == "" && language != syntax.TypeScript {
			continue
		}
		q := Param{Name: strings.Clone(p.Name), Role: roleOf(p.Name), Optional: !p.Default.IsZero()}
		switch language {
		case syntax.Go:
			q.Written = strings.Clone(p.Annotation.Source())
			q.Type = goType(q.Written)
		default:
			l.pythonParam(r, p, &q, deep)
		}
		if q.Role == Amount && q.Type != Whole && q.Type != Number {
			q.Role = Plain
		}
		if (q.Role == FileName || q.Role == Address || q.Role == Words || q.Role == User) && q.Type != Text {
			q.Role = Plain
		}
		out = append(out, q)
	}
	return out
}

var (
	userName    = regexp.MustCompile(`(?i)^(.*_)?(user|username|customer|tenant|account|owner|session|thread|conversation|chat|sender|person|client)(_?(id|name|key))?$`)
	addressName = regexp.MustCompile(`(?i)(url|uri|(^|_)(link|href|webpage|website|endpoint|address))s?$`)
	fileName    = regexp.MustCompile(`(?i)(^|_)(path|file|filename|filepath|folder|directory|dir|document|note)(_?name)?$|^name$`)
	amountName  = regexp.MustCompile(`(?i)(^|_)(amount|cents|price|sum|total|quantity|qty|dollars|euros|usd|eur|fee|payment|refund|budget)(_(cents|usd|eur))?$`)
	wordsName   = regexp.MustCompile(`(?i)(^|_)(question|message|query|prompt|input|text|task|request|goal|topic|content|instruction|instructions|q|msg|objective|problem|ask)$`)
	consentName = regexp.MustCompile(`(?i)(^|_)(approve|approval|approver|confirm|consent|ask|permission|allow|authorise|authorize)`)
	countName   = regexp.MustCompile(`(?i)(^|_)(count|limit|number|max|num|size|days|page|top_k|n|k)$`)
)

func roleOf(name string) Role {
	switch {
	case addressName.MatchString(name):
		return Address
	case amountName.MatchString(name):
		return Amount
	case userName.MatchString(name):
		return User
	case wordsName.MatchString(name):
		return Words
	case fileName.MatchString(name):
		return FileName
	}
	return Plain
}

// typeByName guesses what an argument without a type may be given.
func typeByName(name string) Type {
	switch {
	case consentName.MatchString(name) && !wordsName.MatchString(name):
		return Consent
	case amountName.MatchString(name), countName.MatchString(name):
		return Whole
	}
	return Text
}

var literal = regexp.MustCompile(`Literal\[\s*["']([^"'\\]+)["']`)

func (l *look) pythonParam(r *code.Resolver, p code.Param, q *Param, deep int) {
	text := strings.Clone(p.Annotation.Source())
	q.Written = text
	if p.Annotation.IsZero() {
		q.Type = typeByName(p.Name)
		return
	}
	bare := strings.Trim(text, `"' `)
	for _, wrap := range []string{"Annotated[", "Optional[", "typing.Optional[", "typing.Annotated["} {
		bare = strings.TrimPrefix(bare, wrap)
	}
	first := ""
	if words := strings.FieldsFunc(bare, func(c rune) bool { return strings.ContainsRune("[|,] \t\r\n", c) }); len(words) > 0 {
		first = words[0] // half written code has types without a name: "", [], Optional[
	}
	first = strings.TrimPrefix(strings.TrimPrefix(first, "typing."), "collections.abc.")
	switch first {
	case "str", "Path", "pathlib.Path", "AnyStr", "SecretStr":
		q.Type = Text
	case "int":
		q.Type = Whole
	case "float", "Decimal", "decimal.Decimal":
		q.Type = Number
	case "bool":
		q.Type = Truth
	case "list", "List", "Sequence", "Iterable", "tuple", "Tuple", "set", "Set":
		q.Type = List
	case "dict", "Dict", "Mapping":
		q.Type = Map
	case "Callable", "Awaitable":
		q.Type = Consent
	case "Literal":
		if m := literal.FindStringSubmatch(text); m != nil {
			q.Type, q.Literal = Text, m[1]
		} else {
			q.Type = Anything
		}
	case "Any", "object", "None":
		q.Type = typeByName(p.Name)
	default:
		q.Type = Anything
		if def := r.Resolve(p.Annotation).Def; def != nil && def.Kind == code.ClassDef {
			if m := l.maker(r, def, deep); m.Why == "" && !derivesFrom(def, "Enum") {
				q.Type, q.Class = Made, m
			}
		}
	}
}

func derivesFrom(def *code.Def, last string) bool {
	for b := range def.Node.All(syntax.Base) {
		if strings.HasSuffix(b.Child(0).Text(), last) {
			return true
		}
	}
	return false
}
