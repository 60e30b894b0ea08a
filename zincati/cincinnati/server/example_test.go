package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

// A private mirror: metadata from files, both services in one process.
func Example() {
	dir, err := os.MkdirTemp("", "mirror")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			panic(err)
		}
	}
	write("releases.json", `{"releases":[
		{"version":"1","metadata":"","commits":[{"architecture":"x86_64","checksum":"aa"}]},
		{"version":"2","metadata":"","commits":[{"architecture":"x86_64","checksum":"bb"}]}]}`)
	write("updates.json", `{"stream":"site","metadata":{"last-modified":""},"releases":[
		{"version":"2","metadata":{"rollout":{"start_percentage":0.5}}}]}`)

	cfg, warnings, err := server.ParseConfig([]byte(fmt.Sprintf(`
[upstream]
releases_url = "file://%s/releases.json"
updates_url = "file://%[1]s/updates.json"
[streams]
site = ["x86_64"]
`, dir)), server.Combined)
	if err != nil {
		panic(err)
	}
	s, err := server.New(cfg, nil)
	if err != nil {
		panic(err)
	}
	// Run does this every 30 seconds, and serves.
	if err := s.Refresh(context.Background()); err != nil {
		panic(err)
	}
	for _, wariness := range []string{"0.4", "0.6"} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet,
			"/v1/graph?stream=site&basearch=x86_64&rollout_wariness="+wariness, nil))
		body := w.Body.String()
		fmt.Println(len(warnings), w.Code, wariness, body[strings.Index(body, `"edges"`):])
	}
	// Output:
	// 0 200 0.4 "edges":[[0,1]]}
	// 0 200 0.6 "edges":[]}
}
