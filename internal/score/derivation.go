package score

// Derivation says from what an input of a score is derived. The documentation is made of these.
type Derivation struct {
	Input     string
	From      string // facts, flows, controls of the model
	Judgement string // what is convention of ours and could be argued
}

// FromModel are the derivations of the CVSS base metrics, in the order of a vector, of the factors of AIVSS and of the rest.
var FromModel = []Derivation{
	{"AV", "the kind of way in that was seen (route, chat, mail: N; terminal: L), else remote of the flow from who attacks", "insiders: L to N, since nothing says from where a system is operated; content, suppliers and peers: N"},
	{"AC", "controls on the steps of the way that make them less likely: evidenced or better H, declared H to L, unseen L", ""},
	{"AT", "P for who must stand on the way of a flow, must first hold what is delivered, or needs others", "P where a step works in less than 1 of 10 tries"},
	{"PR", "authenticated of the flow from a user or peer: yes L, no N", "outsider, content author, supplier N; insider H"},
	{"UI", "for content: autonomous of the agent that reads it, yes N, no P; for what is delivered: auto-update, yes N, no P", "N for everybody else"},
	{"VC, VI, VA", "what the finding gives over the elements that it binds or that host them: execute takes all three; invoke by the tool's effects; read by sensitive and personal-data of the element and the stores behind it; write, hijack, impersonate integrity; exhaust availability", "misact, influence, deceive, blind: low; the attacker's own scope: low"},
	{"SC, SI, SA", "the loss at the end of the way, where it stands elsewhere, by its class; files: availability by irreversible", "messages, decision, oversight: low"},
	{"Autonomy", "autonomous, loops, bounded; a delegation or handoff from another agent", "bounded or not looping: 0.5"},
	{"Tools", "tool-call flows and the effects of their tools; fixed-commands", "effects that only read: 0.5"},
	{"Language", "content of the flows by which people and agents speak to it", "typed: 0.5, since a model with instructions is behind it"},
	{"Context", "tool-result, retrieval, memory-read, data-read flows; untrusted-output, untrusted-writers", "what strangers may write: 1"},
	{"Non-determinism", "content of what comes in; typed-input of the tools that it calls", "each end without a schema: 0.5"},
	{"Opacity", "complete of monitors that watch it or take its telemetry; the control complete-audit-log", "nothing seen that records: 1"},
	{"Persistence, memory use", "memory-read and memory-write flows; persistent of the memory; for 0.5 retrieval too", ""},
	{"Identity", "principal of its tool calls; the effect identity-admin", "the caller's rights: 0.5"},
	{"Multi-agent", "flows with other agents; open-delegation; open-registration of outside parties", ""},
	{"Self-mod", "self-modifying; memory-write; data-write into a prompt", ""},
	{"Planning (0.5)", "loops; delegations and handoffs to other agents", ""},
	{"Mitigation", "controls of the finding: blocking and evidenced, tested or attested strong; blocking and declared, or weakening and evidenced, partial; else none", "which state earns which word"},
	{"Likelihood (matrix, ease of exploit)", "the most likely chance of success of each step of the way", "1 in 5, 1 in 50, 1 in 500 tries divide the words"},
	{"Consequence (matrix)", "the class of the loss", ""},
	{"Opportunity, size (Risk Rating)", "who attacks", "which option stands for which source of harm"},
	{"Technical impact (Risk Rating)", "the higher of VC and SC, VI and SI, VA and SA", "none 0; low and high are the lower and upper options"},
}
