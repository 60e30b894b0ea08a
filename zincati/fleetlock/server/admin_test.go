package server_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

func TestAdminClient(t *testing.T) {
	s, _ := start(t, "", nil)
	post(s.Handler(), "pre-reboot", "default", "dead")
	for name, dir := range map[string]string{
		"short": t.TempDir(),
		"long":  filepath.Join(t.TempDir(), strings.Repeat("directory", 20)), // does not fit into a socket's address
	} {
		client := &server.AdminClient{Dir: dir}
		if _, err := client.Slots(t.Context()); !errors.Is(err, server.ErrNoServer) {
			t.Errorf("%s: without a server: %v", name, err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Slots(t.Context()); !errors.Is(err, server.ErrNoServer) {
			t.Errorf("%s: without a socket: %v", name, err)
		}
		path, done, err := server.AdminSocket(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		listener := &httptest.Server{Listener: l, Config: &http.Server{Handler: s.AdminHandler()}}
		listener.Start()
		defer listener.Close()
		all, err := client.Slots(t.Context())
		if err != nil || len(all.Groups) != 1 || all.Groups[0].TotalSlots != 1 {
			t.Errorf("%s: slots %+v, %v", name, all, err)
		}
		if _, err := client.Release(t.Context(), "nope", "x"); err == nil || !strings.Contains(err.Error(), "unknown group") {
			t.Errorf("%s: release in an unknown group: %v", name, err)
		}
		held, err := client.Release(t.Context(), "default", "dead")
		if err != nil || !held {
			t.Errorf("%s: released %v, %v", name, held, err)
		}
		post(s.Handler(), "pre-reboot", "default", "dead")
	}
}
