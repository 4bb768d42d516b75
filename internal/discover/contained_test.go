package discover

import (
	"strings"
	"testing"
)

func TestContained(t *testing.T) {
	for _, c := range []struct {
		line string
		want bool
	}{
		{"docker run -i --rm mcp/desk", true},
		{"docker run -i --rm -e TOKEN ghcr.io/desk/server:1.4.0", true},
		{"/usr/local/bin/docker run -v notes:/data mcp/desk", true},
		{"docker run --mount type=bind,src=/home/me/notes,dst=/notes mcp/desk", true},
		{"docker run -v ${workspaceFolder}/notes:/notes mcp/desk", true},
		{"podman run --network=desk mcp/desk", true},
		{"docker run --privileged mcp/desk", false},
		{"docker run --network host mcp/desk", false},
		{"docker run --net=host mcp/desk", false},
		{"docker run --pid=host mcp/desk", false},
		{"docker run --cap-add SYS_ADMIN mcp/desk", false},
		{"docker run -v /:/host mcp/desk", false},
		{"docker run -v /var/run/docker.sock:/var/run/docker.sock mcp/desk", false},
		{"docker run --mount type=bind,source=/home/me,target=/home mcp/desk", false},
		{"docker run -v ~:/home mcp/desk", false},
		{"docker run -v ${FOLDER}:/data mcp/desk", false},
		{"docker run --mount type=bind,src=C:\\Users\\me,dst=/home mcp/desk", false},
		{`docker run -v C:\Users\me:/home mcp/desk`, false},
		{`docker run -v C:\Users\me\notes:/notes mcp/desk`, true},
		{"docker run -v/:/host mcp/desk", false},
		{"docker exec desk server", false},
		{"docker mcp gateway run", false},
		{"npx -y run", false},
	} {
		words := strings.Fields(c.line)
		if got := contained(words[0], words[1:]); got != c.want {
			t.Errorf("%s: %v, want %v", c.line, got, c.want)
		}
	}
}
