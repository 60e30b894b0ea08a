package systemd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/config"
)

// uidOf is the number of the user that systemd-sysusers made below dir.
func uidOf(t *testing.T, dir string) uint32 {
	t.Helper()
	passwd, err := os.ReadFile(filepath.Join(dir, "etc/passwd"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(string(passwd), ":")
	uid, err := strconv.ParseUint(fields[2], 10, 32)
	if err != nil || fields[0] != "zincati" {
		t.Fatalf("passwd is %q", passwd)
	}
	return uint32(uid)
}

func TestDirectoriesBelongToTheAgent(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "systemd-sysusers")
	testutil.Tool(t, "systemd-tmpfiles")
	dir := installed(t)
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	testutil.Run(t, &testutil.RunOptions{Must: true}, "systemd-sysusers", "--root="+dir)
	testutil.Run(t, &testutil.RunOptions{Must: true}, "systemd-tmpfiles", "--root="+dir, "--create")
	uid := uidOf(t, dir)
	for _, name := range []string{"", "config.d", "private", "public"} {
		info, err := os.Stat(filepath.Join(dir, "run/zincati", name))
		if err != nil || info.Sys().(*syscall.Stat_t).Uid != uid {
			t.Errorf("/run/zincati/%s: %+v, %v", name, info, err)
		}
	}
}

const updateNowWorld = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/zincati/config.d /run/fake
for p in systemctl journalctl; do
    printf '#!/bin/sh\necho "%s $*" >>/run/calls\n' $p >/run/fake/$p
    chmod +x /run/fake/$p
done
echo precious >/run/victim
ln -s /run/victim /run/zincati/config.d/99-update-now.toml
ln -s /run/victim /run/zincati/override-interactive-check
umask 077
PATH=/run/fake:$PATH sh "$1"
mkdir "$2/run"
cp -a /run/zincati /run/calls /run/victim "$2/run"
`

func TestUpdateNow(t *testing.T) {
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	script := filepath.Join(installed(t), "usr/bin/zincati-update-now")
	out := t.TempDir()
	testutil.Run(t, &testutil.RunOptions{Must: true}, "unshare", "--mount", "--propagation=private", "sh", "-c", updateNowWorld, "sh", script, out)
	calls, err := os.ReadFile(filepath.Join(out, "run/calls"))
	want := "systemctl daemon-reload\nsystemctl restart --no-block zincati.service\n" +
		"journalctl --follow --lines=0 --unit=zincati --unit=rpm-ostreed\n"
	if err != nil || string(calls) != want {
		t.Errorf("ran %q, %v", calls, err)
	}
	if victim, err := os.ReadFile(filepath.Join(out, "run/victim")); err != nil || string(victim) != "precious\n" {
		t.Errorf("a link was followed: %q, %v", victim, err)
	}
	for _, name := range []string{"config.d/99-update-now.toml", "override-interactive-check"} {
		info, err := os.Lstat(filepath.Join(out, "run/zincati", name))
		if err != nil || info.Mode() != 0o644 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(out, "run/zincati/config.d")); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	in, err := config.Read(out, nil)
	if err != nil || in.Wariness == nil || *in.Wariness != 0 || in.Strategy.Name != "immediate" {
		t.Errorf("settings are %+v, %v", in, err)
	}
}

func TestUpdateNowIsForRoot(t *testing.T) {
	testutil.Root(t)
	script := filepath.Join(installed(t), "usr/bin/zincati-update-now")
	data, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-s")
	cmd.Stdin = strings.NewReader(string(data))
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "only root") {
		t.Errorf("%v: %s", err, out)
	}
}

// The policy decides on a bus that denies everything else, as the system's does.
func TestBusPolicy(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "dbus-send")
	// The daemon knows no user "zincati" here; the one who starts the tests takes the part.
	policy := file(t, "usr/share/dbus-1/system.d/org.coreos.zincati.conf")
	if n := strings.Count(policy, `<policy user="zincati">`); n != 1 {
		t.Fatalf("%d policies for the agent", n)
	}
	policy = strings.Replace(policy, `<policy user="zincati">`, `<policy user="root">`, 1)
	dir := t.TempDir()
	// Others have to get at the socket. The directories of tests are for their owner only.
	for _, name := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	rules := `<policy context="default">
  <allow user="*"/><deny own="*"/><deny send_type="method_call"/>
  <allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
  <allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
  <allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
  <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
</policy>
<include>policy.conf</include>`
	if err := os.WriteFile(filepath.Join(dir, "policy.conf"), []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	bus := testutil.StartBus(t, &testutil.BusOptions{Socket: filepath.Join(dir, "bus"), Rules: rules})
	conn, err := dbus.Connect(bus.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.RequestName("org.coreos.zincati", 0); err != nil {
		t.Fatalf("the agent cannot have its name: %v", err)
	}
	if _, err := conn.RequestName("org.coreos.other", 0); err == nil {
		t.Error("the agent can have other names")
	}
	// Calls that pass the policy meet an object that does not exist; the answer comes from the connection all the same.
	for _, c := range []struct {
		uid     uint32
		method  string
		args    []string
		allowed bool
	}{
		{0, "org.coreos.zincati.Experimental.Moo", []string{"boolean:true"}, true},
		{0, "org.coreos.zincati.Control1.Finalize", nil, true},
		{65534, "org.coreos.zincati.Experimental.Moo", []string{"boolean:true"}, false},
		{65534, "org.coreos.zincati.Control1.Finalize", nil, false},
		{65534, "org.freedesktop.DBus.Introspectable.Introspect", nil, true},
		{65534, "org.freedesktop.DBus.Peer.Ping", nil, true},
		{65534, "org.freedesktop.DBus.Properties.GetAll", []string{"string:x"}, true},
		{65534, "org.freedesktop.DBus.Properties.Set", []string{"string:x", "string:y", "variant:string:z"}, false},
	} {
		args := append([]string{"--bus=" + bus.Address(), "--print-reply", "--dest=org.coreos.zincati", "/org/coreos/zincati", c.method}, c.args...)
		cmd := exec.Command("dbus-send", args...)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: c.uid, Gid: c.uid}}
		out, _ := cmd.CombinedOutput()
		if denied := strings.Contains(string(out), "AccessDenied"); denied == c.allowed || strings.Contains(string(out), "Failed to open connection") {
			t.Errorf("user %d, %s: %s", c.uid, c.method, out)
		}
	}
}
