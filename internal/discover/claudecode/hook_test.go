package claudecode

import "testing"

func TestRefusesByDefault(t *testing.T) {
	for _, c := range []struct {
		name, said string
		want       bool
	}{
		{"names what may pass", "f=$(jq -r .tool_input.file_path)\ncase \"$f\" in\n  docs/*) exit 0 ;;\nesac\nexit 2\n", true},
		{"names what may pass, as a search", "jq -r .tool_input.command | grep -q '^git status$' && exit 0\nexit 2\n", true},
		{"names what may pass, in JavaScript", "const c = JSON.parse(input).tool_input.command;\nif (allowed.includes(c)) {\n  process.exit(0);\n}\nprocess.exit(2);\n", true},
		{"one line that refuses all but one", "jq -e '.tool_input.command==\"make\"' || exit 2\n", true},
		{"one line that refuses one", "jq -e '.tool_input.command!=\"make\"' || exit 2\n", false},
		{"one line that turns its search round", "jq -e '.tool_input.command | test(\"rm\") | not' || exit 2\n", false},
		{"one line that looks at something else", "test \"$DAY\" == Friday || exit 2\n", false},
		{"one line that refuses, and then lets pass", "jq -e '.tool_input.command==\"make\"' || exit 2 || true\n", false},
		{"refuses all", "echo \"nothing is taken\" >&2\nexit 2\n", true},
		{"names what is refused", "jq -r .tool_input.command | grep -q 'rm -rf' && exit 2\nexit 0\n", false},
		{"names what is refused, and ends there", "if jq -r .tool_input.command | grep -q 'rm -rf'; then\n  exit 2\nfi\n", false},
		{"lets pass what it does not look for", "jq -r .tool_input.command | grep -qv 'rm -rf' && exit 0\nexit 2\n", false},
		{"lets pass what is not its business", "if jq -r .tool_input.command | grep -q commit; then\n  :\nelse\n  exit 0\nfi\nexit 2\n", false},
		{"looks at something else", "CMD=$(jq -r .tool_input.command)\ngitleaks protect --staged && exit 0\nexit 2\n", false},
		{"has a switch", "CMD=$(jq -r .tool_input.command)\nif [ -f .off ]; then\n  exit 0\nfi\nexit 2\n", false},
		{"does not read the call", "[ \"$DAY\" == Friday ] && exit 0\nexit 2\n", false},
		{"says so and does not", "jq -r .tool_input.command >> log\necho 'exit 2 would stop it'\n", false},
		{"an empty one", "", false},
	} {
		if got := refusesByDefault(c.said); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
