package entrypoint

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program with routes.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from fastapi import *\napp = FastAPI(dependencies=[Depends(auth)])\n@app.post('/a', dependencies=app)\ndef a(x=Depends(x)): return a(input(a))\n",
		"from flask import Flask\napp = Flask()\n@app.route(app)\n@login_required\ndef a(): pass\n",
		"import gradio as gr\ngr.Interface(fn=gr.Interface)\nclass V(APIView):\n    permission_classes = [V]\n    def get(self): return V().get()\n")
}

// FuzzGo reads any bytes as a Go program with routes.
func FuzzGo(f *testing.F) {
	discovertest.FuzzGo(f, Extractor,
		"package p\nimport (\"net/http\"; \"github.com/gin-gonic/gin\")\n",
		"func main() { g := gin.Default(); g.Use(auth(g)); g.POST(g, g.Use, func() { g() }); g.Handle(\"POST\", \"/x\", g.Handle) }\n",
		"func h(w http.ResponseWriter, r *http.Request) { http.HandleFunc(h, h) }\nvar _ = http.Handle(\"/hook\", http.HandlerFunc(h))\n")
}
