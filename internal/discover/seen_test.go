package discover

import "testing"

func TestOpens(t *testing.T) {
	for name, want := range map[string]bool{
		"GradioUI": true, "AgentOS": true, "to_a2a": true, "serve": true, "FastAPI": true, "A2AServer": true, "AGUIApp": true, "cli_app": true, "toWebhook": true,
		"build": false, "Team": false, "as_tool": false, "guide": false, "Crew": false, "compile": false, "GraphBuilder": false,
	} {
		if got := opens(name); got != want {
			t.Errorf("opens(%q) = %v, want %v", name, got, want)
		}
	}
}
