// Package rule loads threat rules and asks them of a system: stage 2, from model to findings.
//
// A rule is a folder of data: rule.yaml says where it applies (an element, a flow, a pair, a cycle or a change, with
// named neighbours over typed flows), a CEL expression says when, and requires and grants say which attack step it
// is. [Load] reads folders into a [Set] and refuses what is incomplete or does not type-check, with a position in the
// YAML file. [Evaluate] asks every rule of a system and gives an [Outcome]: findings, open questions, and the rules
// that failed. The language is described for rule authors in docs/rule-language.md.
//
// # Unknown is not no
//
// A fact that nobody said is a CEL unknown. CEL's logic decides what can be decided without it; where it cannot, the
// facts that were lacking come back, and they are the questions. Nobody writes questions by hand, and a rule never
// fires on what nobody knows.
//
// # Cost follows matches
//
// Go does the joins and CEL the tests. The system is indexed once by kind and by neighbour; a rule visits only the
// elements or flows of its kinds, and a neighbour is bound through flows of one kind at an element that is bound
// already. CEL is parsed and checked for a rule only when its kinds occur (or when [Source] asks for it at load).
// Expressions cannot loop but over the members of a cycle, and each has a cost limit.
//
// # What it does not do
//
// It gives no status and no severity: whether a finding is live is known only when all findings are joined (package
// attack). Controls are not visible in expressions, because whether a threat applies and whether it is mitigated are
// two questions; they are listed on the finding.
//
// # Guarantees
//
// The outcome does not depend on the number of workers or on the order in which the system lists anything. A rule
// that fails is named in [Outcome.Failed] and does not stop the others.
package rule
