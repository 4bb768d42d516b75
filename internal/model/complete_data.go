package model

import (
	"path"
	"strings"
	"unicode"
)

// Words that tell what a store or tool holds, whatever stands beside them.
var (
	personalWords = wordSet("customer customers patient patients employee employees applicant applicants passenger passengers passport passports ssn birthdate birthday biography inbox mailbox mail mails email emails crm hr")
	guardedWords  = wordSet("password passwords credential credentials salary salaries payroll payslip medical diagnosis diagnoses prescription prescriptions patient patients iban invoice invoices payment payments confidential ssn passport")
	readingWords  = wordSet("get find search lookup list read fetch query retrieve load show check view download export recall")
)

// Words that mean people's data only beside another one: a resume may be a job's, a profile a performance's, an address a
// memory's, a contract a smart one, a record any. The first of a pair says whose, the second what of theirs.
var (
	peopleWords = wordSet("user users person persons people client clients candidate candidates member members guest guests student students resident residents tenant tenants contact contacts subscriber subscribers driver drivers owner owners " +
		"customer customers patient patients employee employees applicant applicants passenger passengers personal private")
	theirWords = wordSet("resume resumes cv cvs profile profiles phone phones address addresses record records account accounts calendar calendars contact contacts contract contracts history histories identity identities")
)

// Words that mean what is not public only beside one of the words that follow them here.
var guardedBeside = map[string]map[string]bool{
	"contract":     wordSet("customer customers client clients employee employees employment supplier suppliers vendor vendors partner partners signed legal lease"),
	"transaction":  wordSet("bank banking payment payments card cards customer customers client clients account accounts financial user users"),
	"bank":         wordSet("account accounts statement statements transaction transactions customer customers detail details"),
	"internal":     wordSet("document documents docs memo memos wiki policy policies note notes report reports knowledge data"),
	"vault":        wordSet("secret secrets key keys password passwords credential credentials"),
	"secret":       wordSet("key keys store storage manager vault api app user users client clients"),
	"contracts":    wordSet("customer customers client clients employee employees employment supplier suppliers vendor vendors partner partners signed legal lease"),
	"transactions": wordSet("bank banking payment payments card cards customer customers client clients account accounts financial user users"),
	"secrets":      wordSet("key keys store storage manager vault api app user users client clients"),
}

// joining are words of a sentence that stand between two that belong together: "contracts with our customers".
var joining = wordSet("a an and for from in of on our or the their to with")

// verbs are words that are verbs as well: at the head of a name they say what is done.
var verbs = wordSet("resume profile record address contact contract")

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// data says what stores and reading tools hold, where their names tell: a tool called get_patient_record gives out data
// about people. What a description says counts for stores only; a tool's description speaks of much that it does not hold.
func (c *completion) data() {
	for _, e := range c.s.Elements {
		var said [][]string
		switch e.Kind {
		case Memory, Knowledge, Datastore:
			said = [][]string{wordsOf(e.Name), wordsOf(e.Detail)}
		case Tool:
			name := wordsOf(e.Name)
			if len(name) == 0 || !readingWords[name[0]] {
				continue
			}
			said = [][]string{name}
		default:
			continue
		}
		for _, fact := range []struct {
			name string
			in   func([]string, bool) string
			says string
		}{{"personal-data", personalIn, "people's data"}, {"sensitive", guardedIn, "what is not public"}} {
			if e.Fact(fact.name).Value != Unknown {
				continue
			}
			for i, words := range said {
				if w := fact.in(words, i == 0 && fileName(e.Name)); w != "" {
					e.Facts[fact.name] = guess(Yes, `its name or description says "`+w+`", which is `+fact.says)
					break
				}
			}
		}
	}
}

// personalIn gives the words of a text that speak of people's data; "" when none do. In a file's name only those count
// that can mean nothing else.
func personalIn(words []string, file bool) string {
	return telling(words, file, personalWords, func(w, beside string) bool {
		return theirWords[w] && peopleWords[beside] || peopleWords[w] && theirWords[beside]
	})
}

// guardedIn is personalIn for what is not public.
func guardedIn(words []string, file bool) string {
	return telling(words, file, guardedWords, func(w, beside string) bool {
		return guardedBeside[w][beside] || guardedBeside[beside][w]
	})
}

// telling finds the first word that tells by itself, else the first two beside each other that tell together.
func telling(words []string, file bool, clear map[string]bool, together func(w, beside string) bool) string {
	for _, w := range words {
		if clear[w] {
			return w
		}
	}
	if file {
		return ""
	}
	var kept []string
	for i, w := range words {
		if !joining[w] && (i > 0 || !verbs[w]) {
			kept = append(kept, w)
		}
	}
	for i := 1; i < len(kept); i++ {
		if a, b := kept[i-1], kept[i]; a != b && together(a, b) {
			return a + " " + b
		}
	}
	return ""
}

// fileName tells whether a name is that of a file: it has a folder or an ending.
func fileName(name string) bool {
	ending := path.Ext(name)
	return strings.Contains(name, "/") || len(ending) > 1 && len(ending) < 7 && !strings.Contains(ending, " ")
}

// wordsOf splits a name at everything that is no letter, and where small letters turn to capitals.
func wordsOf(name string) []string {
	var b strings.Builder
	before := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		if unicode.IsLetter(r) {
			b.WriteRune(unicode.ToLower(r))
		} else {
			b.WriteByte(' ')
		}
		before = r
	}
	return strings.Fields(b.String())
}
