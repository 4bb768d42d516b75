package model

// platforms are roles and technologies of parties whose messages a platform delivers, which knows who they are.
var delivered = map[string]string{
	"mailbox": "a mailbox takes what anybody sends, and says so",
	"queue":   "who may write to a queue is asked where the queue is",
}

// sender says of a way in what nearly always holds, where nothing was seen: who is assumed to be there has an account, and
// what comes over a mailbox or a queue was let in by that.
func sender(f linked) {
	from, to := f.from, f.to
	if f.Kind != PromptFlow && f.Kind != Message || !mind(to) || f.Fact("authenticated").Value != Unknown {
		return
	}
	switch {
	case from.Kind == Human && from.Origin == Assumed:
		f.Facts["authenticated"] = guess(Yes, "the person who is assumed to ask it has an account")
	case from.Fact("role").Value == owner:
		f.Facts["authenticated"] = guess(Yes, "it runs for whoever started it")
	case from.Kind == External && delivered[from.Fact("role").Value] != "":
		f.Facts["authenticated"] = guess(Yes, delivered[from.Fact("role").Value])
	}
}

// entrance tells whether a flow is a way in by which anybody comes who reaches it. What only its own machine reaches is none:
// whoever comes has an account there, unless something in front of it lets others through, which is asked.
func entrance(f linked) bool {
	from, to := f.from, f.to
	return (f.Kind == PromptFlow || f.Kind == Message) && from != nil && to != nil && mind(to) && (from.Kind == Human || from.Kind == External) &&
		from.Fact("role").Value != owner && f.Fact("remote").Value != No && (f.Fact("authenticated").Value == No || f.Fact("fails-open").Value == Yes)
}

// opened says of an agent with such a way in that outsiders can reach it.
func (c *completion) opened() {
	for _, f := range c.linked {
		if to := f.to; entrance(f) && to.Fact("exposed").Value == Unknown {
			to.Facts["exposed"] = guess(Yes, "a way in asks nobody who comes; that its address can be reached is taken for granted")
		}
	}
}
