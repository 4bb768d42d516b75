package discover

import "fermata/internal/model"

// saidFact is a fact of one name.
type saidFact struct {
	name string
	model.Fact
}

// saidFacts are the facts that one description says, by name. They are a few, so they stand in a list: a map of facts
// takes nearly a kilobyte for the first one, and there is a description for every place at which a thing is named.
type saidFacts []saidFact

// get is the fact of a name, the zero Fact when nothing is said.
func (s saidFacts) get(name string) (fact model.Fact, said bool) {
	for i := range s {
		if s[i].name == name {
			return s[i].Fact, true
		}
	}
	return model.Fact{}, false
}

// set says a fact, in place of what was said under its name.
func (s *saidFacts) set(name string, fact model.Fact) {
	for i := range *s {
		if (*s)[i].name == name {
			(*s)[i].Fact = fact
			return
		}
	}
	*s = append(*s, saidFact{name, fact})
}

// drop takes back what was said under a name.
func (s *saidFacts) drop(name string) {
	for i := range *s {
		if (*s)[i].name == name {
			*s = append((*s)[:i:i], (*s)[i+1:]...)
			return
		}
	}
}

// yes tells whether a fact is said to be so.
func (s saidFacts) yes(name string) bool {
	fact, _ := s.get(name)
	return fact.Value == model.Yes
}
