package mcpserver

import "testing"

func TestAdds(t *testing.T) {
	for method, want := range map[string]bool{
		"add_middleware": true, "use": true, "setGuard": true, "Register": true, "with_login": true, "require_auth": true,
		"verify_caller": true, "my_middleware": true,
		"name": false, "offset": false, "set2": false, "run": false, "list_tools": false, "": false,
	} {
		if adds(method) != want {
			t.Errorf("adds(%q) is %v", method, !want)
		}
	}
}
