package fakecloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

var update = flag.Bool("update", false, "write testdata/requests anew from what the program asks for")

const (
	insideEnv  = "FAKECLOUD_INSIDE"   // set in the namespaces
	programEnv = "NESTOS_AFTERBURN"   // the program; else afterburn in PATH
	coreUser   = "core:x:4711:4711::" // and its home
)

// virtual is the attribute that Afterburn up to 5.11 never sets.
const virtual = "AZURE_IPV4_VIRTUAL"

// program finds the real Afterburn. Most distributions do not have it, so that
// its absence skips in CI too.
func program(t *testing.T) string {
	t.Helper()
	if p := os.Getenv(programEnv); p != "" {
		return p
	}
	p, err := exec.LookPath("afterburn")
	if err != nil {
		t.Skipf("no afterburn in PATH, and %s is not set", programEnv)
	}
	return p
}

// TestAfterburn lets the real program work on every example and compares what it
// makes of it with what is expected, and its requests with testdata/requests.
func TestAfterburn(t *testing.T) {
	bin := program(t)
	testutil.Root(t)
	testutil.Namespaces(t, "--net", "--mount")
	testutil.Tool(t, "ip")
	if os.Getenv(insideEnv) == "" {
		args := []string{"--net", "--mount", os.Args[0], "-test.run=^TestAfterburn$", "-test.v=true"}
		if *update {
			args = append(args, "-update")
		}
		cmd := exec.Command("unshare", args...)
		cmd.Env = append(os.Environ(), insideEnv+"=1", programEnv+"="+bin)
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		return
	}
	help, err := exec.Command(bin, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	run(t, "ip", "link", "set", "lo", "up")
	for _, provider := range fakecloud.Providers() {
		t.Run(provider, func(t *testing.T) { (&inside{bin: bin, help: string(help), provider: provider}).test(t) })
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// inside is the test of one provider within the namespaces.
type inside struct {
	bin, help, provider string

	cloud    *fakecloud.Cloud
	dir      string
	env      []string
	requests map[string]string // transcripts by action
	only     []string          // nil: all actions
}

func (in *inside) test(t *testing.T) {
	in.dir = t.TempDir()
	in.requests = make(map[string]string)
	in.cloud, _ = fakecloud.Example(in.provider)
	in.serve(t)
	in.system(t)
	old := !strings.Contains(in.help, "--networkmanager-profiles")
	if old && in.provider == "hetzner" {
		t.Skip("versions before 5.11 do not know its network configuration")
	}
	e, ok := fakecloud.Expected(in.provider)
	if !ok {
		t.Fatal("nothing is expected")
	}
	if in.provider == "openstack" && !*update {
		// Each run waits for a config drive; those that ask for nothing teach nothing.
		in.only = []string{"attributes", "ssh-keys", "hostname"}
	}
	in.act(t, "start")
	if in.act(t, "attributes", "--attributes="+in.dir+"/attributes") {
		got := sortedLines(read(t, in.dir+"/attributes"))
		if !strings.Contains(got, virtual) {
			delete(e.Attributes, virtual) // upstream looks for it in the wrong place
		}
		same(t, "attributes", got, e.AttributesFile())
	}
	if in.act(t, "ssh-keys", "--ssh-keys=core") {
		same(t, "keys", read(t, "/run/core/.ssh/authorized_keys.d/afterburn"), e.KeyFile())
	}
	if in.act(t, "hostname", "--hostname="+in.dir+"/hostname") {
		same(t, "hostname", read(t, in.dir+"/hostname"), e.HostnameFile())
	}
	if in.act(t, "network-units", "--network-units="+in.dir+"/units") {
		sameFiles(t, in.dir+"/units", e.Units)
	}
	if !old && in.act(t, "networkmanager-profiles", "--networkmanager-profiles="+in.dir+"/nm") {
		sameFiles(t, in.dir+"/nm", e.Profiles)
	}
	if in.act(t, "netplan-config", "--netplan-config="+in.dir+"/netplan") {
		same(t, "netplan", read(t, in.dir+"/netplan/50-afterburn.yaml"), e.Netplan)
	}
	if in.act(t, "check-in", "--check-in") {
		in.sameCheckIn(t, e.CheckIn)
	}
	if e.Admin != "" && in.render(t) {
		in.sameFragments(t, e)
	}
	in.compare(t)
}

// serve puts the fake at the provider's addresses.
func (in *inside) serve(t *testing.T) {
	for _, a := range fakecloud.AddressesOf(in.provider) {
		run(t, "ip", "addr", "replace", a.Addr().String()+"/32", "dev", "lo")
	}
	listeners, err := fakecloud.Listen(in.provider)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.cloud.Serve(ctx, listeners...) }()
	t.Cleanup(func() {
		cancel()
		<-done
		run(t, "ip", "addr", "flush", "dev", "lo", "scope", "global")
	})
}

// system makes what the program looks for on the machine: a user, a lease, host
// names, networkd's state.
func (in *inside) system(t *testing.T) {
	// The directories of the test are its owner's alone; so all is below /run.
	run(t, "mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
	t.Cleanup(func() { run(t, "umount", "/run") })
	const home = "/run/core"
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, 4711, 4711); err != nil {
		t.Fatal(err)
	}
	in.place(t, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n"+coreUser+home+":/bin/sh\n")
	hosts := "127.0.0.1 localhost\n"
	for _, n := range fakecloud.NamesOf(in.provider) {
		hosts += fakecloud.AddressesOf(in.provider)[0].Addr().String() + " " + n + "\n"
	}
	in.place(t, "/etc/hosts", hosts)
	if err := os.MkdirAll("/run/systemd/netif/leases", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, "/run/systemd/netif/state", "DNS=147.75.207.207\n")
	if lease := fakecloud.LeaseOf(in.provider); lease != "" {
		lo, err := net.InterfaceByName("lo")
		if err != nil {
			t.Fatal(err)
		}
		write(t, fmt.Sprintf("/run/systemd/netif/leases/%d", lo.Index), lease)
	}
	write(t, in.dir+"/ca.pem", string(in.cloud.RootPEM()))
	in.env = append(os.Environ(), "SSL_CERT_FILE="+in.dir+"/ca.pem", "SSL_CERT_DIR=/nonexistent", "RUST_BACKTRACE=0")
}

// place puts a file over one of the system's, for this mount namespace.
func (in *inside) place(t *testing.T, path, text string) {
	file := in.dir + "/" + filepath.Base(path)
	write(t, file, text)
	run(t, "mount", "--bind", file, path)
	t.Cleanup(func() { run(t, "umount", path) })
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// act runs the program and keeps the transcript of its requests.
func (in *inside) act(t *testing.T, name string, args ...string) bool {
	t.Helper()
	if in.only != nil && !slices.Contains(in.only, name) {
		return false
	}
	return in.run(t, name, append([]string{"--provider=" + in.provider}, args...)...)
}

// render makes Ignition fragments, which old versions cannot.
func (in *inside) render(t *testing.T) bool {
	if exec.Command(in.bin, "render-ignition", "--help").Run() != nil {
		return false
	}
	dir := in.dir + "/ign"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return in.run(t, "render-ignition", "render-ignition", "--provider="+in.provider, "--render-ignition-dir="+dir)
}

func (in *inside) sameFragments(t *testing.T, e fakecloud.Expect) {
	var user struct {
		Passwd struct {
			Users []struct {
				Name string
				Keys []string `json:"sshAuthorizedKeys"`
			}
		}
	}
	if err := json.Unmarshal([]byte(read(t, in.dir+"/ign/user.ign")), &user); err != nil {
		t.Fatal(err)
	}
	if u := user.Passwd.Users; len(u) != 1 || u[0].Name != e.Admin || !slices.Equal(u[0].Keys, e.Keys) {
		t.Errorf("users are %v", u)
	}
	if text := read(t, in.dir+"/ign/hostname.ign"); !strings.Contains(text, `"data:,`+e.Hostname+`"`) {
		t.Errorf("hostname.ign:\n%s", text)
	}
}

func (in *inside) run(t *testing.T, name string, args ...string) bool {
	t.Helper()
	in.cloud.ClearRequests()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, in.bin, args...)
	cmd.Env = in.env
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	} else {
		t.Logf("%s: %v", name, time.Since(begin).Round(time.Millisecond))
	}
	in.requests[name] = fakecloud.Transcript(in.cloud.Requests())
	return err == nil
}

// read returns a file, nothing if it does not exist.
func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

func (in *inside) sameCheckIn(t *testing.T, want *fakecloud.Request) {
	var got []fakecloud.Request
	for _, r := range in.cloud.Requests() {
		if r.Method == "POST" || r.Method == "PATCH" {
			got = append(got, r)
		}
	}
	switch {
	case want == nil && len(got) == 0:
	case want == nil:
		t.Errorf("unexpected check-in %s", got[0])
	case len(got) != 1:
		t.Errorf("%d check-ins", len(got))
	default:
		if got[0].String() != want.String() || !bytes.Equal(got[0].Body, want.Body) {
			t.Errorf("check-in %s\n%s\nwant %s\n%s", got[0], got[0].Body, want, want.Body)
		}
		for k, v := range want.Header {
			if !slices.Equal(got[0].Header[k], v) {
				t.Errorf("check-in: %s is %q, want %q", k, got[0].Header[k], v)
			}
		}
	}
}

var actions = []string{"start", "attributes", "ssh-keys", "hostname", "network-units", "networkmanager-profiles", "netplan-config", "check-in", "render-ignition"}

// compare holds the requests against the stored ones, or stores them.
func (in *inside) compare(t *testing.T) {
	file := filepath.Join("testdata", "requests", in.provider+".txt")
	if *update {
		text := "# What Afterburn asks the service of " + in.provider + " for, by action; \"start\" is no action.\n# Sorted, each request once. Recorded with version 5.11.0.\n"
		for _, a := range actions {
			if r, ok := in.requests[a]; ok {
				text += "\n[" + a + "]\n" + r
			}
		}
		write(t, file, text)
		return
	}
	stored, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sections := fakecloud.Transcripts(string(stored))
	for a, got := range in.requests {
		if want, ok := sections[a]; ok {
			same(t, "requests of "+a, got, want)
		}
	}
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

func sameFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(data)
	}
	for name, text := range got {
		if w, ok := want[name]; !ok {
			t.Errorf("unexpected %s:\n%s", name, text)
		} else {
			same(t, name, text, w)
		}
	}
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
}

func sortedLines(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}
