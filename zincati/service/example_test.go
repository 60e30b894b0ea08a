package service_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/service"
)

const graph = `{
	"nodes": [
		{"version": "40.1", "payload": "0101", "metadata": {"org.fedoraproject.coreos.scheme": "checksum", "org.fedoraproject.coreos.releases.age_index": "0"}},
		{"version": "40.2", "payload": "0202", "metadata": {"org.fedoraproject.coreos.scheme": "checksum", "org.fedoraproject.coreos.releases.age_index": "1"}}
	],
	"edges": [[0, 1]]
}`

// machine answers for the programs of a system that is not there.
type machine struct {
	staged string
	reboot func()
}

// Run implements driver.Runner.
func (m *machine) Run(_ context.Context, c driver.Command) (driver.Result, error) {
	line := c.Name + " " + strings.Join(c.Args, " ")
	fmt.Println(line)
	const deployment = `{"booted": %v, "staged": %v, "checksum": "%s", "version": "%s", "base-commit-meta": {"fedora-coreos.stream": "stable"}}`
	switch {
	case strings.HasPrefix(line, "rpm-ostree status"):
		booted := fmt.Sprintf(deployment, true, false, "0101", "40.1")
		return driver.Result{Stdout: []byte(`{"deployments": [` + m.staged + booted + `]}`)}, nil
	case strings.HasPrefix(line, "rpm-ostree deploy --lock-finalization"):
		m.staged = fmt.Sprintf(deployment, false, true, "0202", "40.2") + ","
	case strings.HasPrefix(line, "rpm-ostree finalize-deployment"):
		m.reboot()
	case strings.HasPrefix(line, "loginctl"):
		return driver.Result{Stdout: []byte("[]")}, nil
	}
	return driver.Result{}, nil
}

// An update from its discovery to the reboot, on a system that is a directory and a few answers.
func ExampleRun() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(graph)) }))
	defer server.Close()
	root, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	for name, text := range map[string]string{
		"etc/machine-id":                 "c0ffee00c0ffee00c0ffee00c0ffee00\n",
		"etc/zincati/config.d/50.toml":   fmt.Sprintf("cincinnati.base_url = %q\n", server.URL),
		"ostree/deploy/os/README":        "",
		"proc/cmdline":                   "ignition.platform.id=qemu\n",
		"run/zincati/public/description": "a directory for the metrics socket\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			fmt.Println(err)
			return
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			fmt.Println(err)
			return
		}
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	fmt.Println(service.Run(ctx, &service.Options{Root: root, Runner: &machine{reboot: cancel}}))
	// Output:
	// rpm-ostree status --booted --json
	// rpm-ostree deploy  --register-driver=Zincati
	// rpm-ostree status --json
	// pkexec /usr/libexec/zincati deadend-motd unset
	// rpm-ostree deploy --lock-finalization --skip-branch-check revision=0202 --disallow-downgrade
	// rpm-ostree status --json
	// loginctl list-sessions --json=short
	// rpm-ostree finalize-deployment 0202
	// <nil>
}
