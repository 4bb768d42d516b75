package model

import (
	"strings"
	"unicode"
)

// Words that tell what a store or tool holds. Each names its own class of data only where it is hard to read otherwise:
// "address" may be a memory's, "account" a ledger's, and neither is here.
var (
	personalWords = wordSet("customer customers patient patients employee employees applicant applicants candidate candidates passenger passengers student students resident residents resume resumes cv passport passports ssn birthdate birthday biography contact contacts inbox mailbox mail mails email emails calendar phone phones guest guests member members profile profiles crm hr")
	guardedWords  = wordSet("password passwords secret secrets credential credentials salary salaries payroll payslip medical diagnosis diagnoses prescription prescriptions patient patients bank iban invoice invoices contract contracts transaction transactions payment payments confidential internal vault ssn passport")
	readingWords  = wordSet("get find search lookup list read fetch query retrieve load show check view download export recall")
)

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
		var said []string
		switch e.Kind {
		case Memory, Knowledge, Datastore:
			said = append(wordsOf(e.Name), wordsOf(e.Detail)...)
		case Tool:
			said = wordsOf(e.Name)
			if len(said) == 0 || !readingWords[said[0]] {
				continue
			}
		default:
			continue
		}
		for _, fact := range []struct {
			name  string
			words map[string]bool
			says  string
		}{{"personal-data", personalWords, "people's data"}, {"sensitive", guardedWords, "what is not public"}} {
			if e.Fact(fact.name).Value != Unknown {
				continue
			}
			for _, w := range said {
				if fact.words[w] {
					e.Facts[fact.name] = guess(Yes, `its name or description says "`+w+`", which is `+fact.says)
					break
				}
			}
		}
	}
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
