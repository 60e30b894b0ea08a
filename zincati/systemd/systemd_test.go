package systemd_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/config"
	"github.com/nestos-dev/nestos/zincati/systemd"
)

func file(t *testing.T, name string) string {
	t.Helper()
	for _, f := range systemd.Files() {
		if f.Path == name {
			return string(f.Data)
		}
	}
	t.Fatalf("there is no %s", name)
	return ""
}

func TestFiles(t *testing.T) {
	var paths []string
	for _, f := range systemd.Files() {
		paths = append(paths, f.Path)
		want := fs.FileMode(0o644)
		if path.Base(f.Path) == "zincati-update-now" {
			want = 0o755
		}
		if f.Mode != want || !strings.HasSuffix(string(f.Data), "\n") {
			t.Errorf("%s: mode %v, %d bytes", f.Path, f.Mode, len(f.Data))
		}
	}
	want := []string{
		"usr/bin/zincati-update-now",
		"usr/lib/systemd/system/cincinnati.service",
		"usr/lib/systemd/system/fleetlock.service",
		"usr/lib/systemd/system/fleetlock.socket",
		"usr/lib/systemd/system/zincati.service",
		"usr/lib/sysusers.d/50-zincati.conf",
		"usr/lib/tmpfiles.d/zincati.conf",
		"usr/lib/zincati/config.d/10-agent.toml",
		"usr/lib/zincati/config.d/10-auto-updates.toml",
		"usr/lib/zincati/config.d/10-identity.toml",
		"usr/lib/zincati/config.d/30-updates-strategy.toml",
		"usr/lib/zincati/config.d/50-fedora-coreos-cincinnati.toml",
		"usr/share/dbus-1/system.d/org.coreos.zincati.conf",
		"usr/share/polkit-1/actions/org.coreos.zincati.deadend.policy",
		"usr/share/polkit-1/rules.d/zincati.rules",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("files are %q", paths)
	}
}

func TestWrite(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "usr")); err != nil {
		t.Fatal(err)
	}
	// The link means a place inside of dir, as it would after a chroot.
	if err := systemd.Write(dir); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("the link led out of the directory: %v, %v", entries, err)
	}
	dir = t.TempDir()
	for range 2 {
		if err := systemd.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range systemd.Files() {
		name := filepath.Join(dir, f.Path)
		got, err := os.ReadFile(name)
		info, statErr := os.Lstat(name)
		if err != nil || statErr != nil || string(got) != string(f.Data) || info.Mode() != f.Mode {
			t.Errorf("%s: %v, %v, %v", f.Path, err, statErr, info)
		}
	}
	if err := systemd.Write(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
}

// The lines of the unit that other units, and the agent, rely on.
func TestUnit(t *testing.T) {
	unit := "\n" + file(t, "usr/lib/systemd/system/zincati.service")
	for _, line := range []string{
		"Type=notify", "User=zincati", "Group=zincati", "SupplementaryGroups=tty", `Environment=ZINCATI_VERBOSITY="-v"`,
		"ExecStart=/usr/libexec/zincati agent ${ZINCATI_VERBOSITY}", "Restart=on-failure", "RestartSec=10s",
		"ConditionPathExists=!/run/ostree-live", "Requires=boot-complete.target",
		"After=network.target multi-user.target boot-complete.target systemd-machine-id-commit.service",
		"WantedBy=multi-user.target",
	} {
		if strings.Count(unit, "\n"+line+"\n") != 1 {
			t.Errorf("the unit lacks %s", line)
		}
	}
	if strings.Contains(unit, "NoNewPrivileges") {
		t.Error("pkexec cannot work")
	}
}

// installed is a root directory with the files, and with the programs that the units start.
func installed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := systemd.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"usr/libexec/zincati", "usr/bin/cincinnati", "usr/bin/fleetlock"} {
		if err := os.MkdirAll(filepath.Join(dir, path.Dir(program)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestUnitsVerify(t *testing.T) {
	testutil.Tool(t, "systemd-analyze")
	dir := installed(t)
	for _, unit := range []string{"zincati.service", "cincinnati.service", "fleetlock.service", "fleetlock.socket"} {
		out, err := exec.Command("systemd-analyze", "verify", "--root="+dir, "--recursive-errors=no", unit).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", unit, err, out)
		}
	}
	// The check itself finds mistakes.
	bad := filepath.Join(dir, "usr/lib/systemd/system/bad.service")
	if err := os.WriteFile(bad, []byte("[Service]\nTyp=notify\nExecStart=/usr/bin/nowhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", "--root="+dir, "--recursive-errors=no", "bad.service").CombinedOutput(); err == nil && len(out) == 0 {
		t.Error("systemd-analyze finds nothing")
	}
}

func TestUsersAndDirectories(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "systemd-sysusers")
	testutil.Tool(t, "systemd-tmpfiles")
	dir := installed(t)
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-sysusers", "--root="+dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	passwd, err := os.ReadFile(filepath.Join(dir, "etc/passwd"))
	if err != nil || !strings.HasPrefix(string(passwd), "zincati:x:") {
		t.Errorf("passwd is %q, %v", passwd, err)
	}
	if out, err := exec.Command("systemd-tmpfiles", "--root="+dir, "--create").CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, want := range map[string]fs.FileMode{
		"": 0o775, "config.d": 0o775, "private": 0o770, "public": 0o775,
	} {
		info, err := os.Stat(filepath.Join(dir, "run/zincati", name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("/run/zincati/%s: %v, %v", name, info, err)
		}
	}
	link, err := os.Readlink(filepath.Join(dir, "run/zincati/private/metrics.promsock"))
	if err != nil || filepath.Join("/run/zincati/private", link) != "/run/zincati/public/metrics.promsock" {
		t.Errorf("link is %q, %v", link, err)
	}
}

func TestDefaults(t *testing.T) {
	in, err := config.Read(installed(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Files) != 5 || in.SteadyInterval != 5*time.Minute || !in.Enabled || in.AllowDowngrade || in.Group != "default" ||
		in.Strategy.Name != "immediate" || in.CincinnatiBaseURL != "https://updates.coreos.fedoraproject.org" {
		t.Errorf("got %+v", in)
	}
}

func TestXML(t *testing.T) {
	for _, name := range []string{
		"usr/share/dbus-1/system.d/org.coreos.zincati.conf", "usr/share/polkit-1/actions/org.coreos.zincati.deadend.policy",
	} {
		d := xml.NewDecoder(strings.NewReader(file(t, name)))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	action := file(t, "usr/share/polkit-1/actions/org.coreos.zincati.deadend.policy")
	for _, part := range []string{
		`<action id="org.coreos.zincati.deadend">`,
		`<annotate key="org.freedesktop.policykit.exec.path">/usr/libexec/zincati</annotate>`,
		`<annotate key="org.freedesktop.policykit.exec.argv1">deadend-motd</annotate>`,
	} {
		if !strings.Contains(action, part) {
			t.Errorf("the action lacks %s", part)
		}
	}
	if strings.Count(action, ">no<") != 3 {
		t.Error("the action is open to others")
	}
}

func TestRules(t *testing.T) {
	rules := file(t, "usr/share/polkit-1/rules.d/zincati.rules")
	var ids []string
	for line := range strings.Lines(rules) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), `"`); ok {
			ids = append(ids, strings.TrimSuffix(id, `",`))
		}
	}
	want := []string{
		"org.projectatomic.rpmostree1.deploy", "org.projectatomic.rpmostree1.rebase",
		"org.projectatomic.rpmostree1.finalize-deployment", "org.projectatomic.rpmostree1.cleanup", "org.coreos.zincati.deadend",
	}
	if !slices.Equal(ids, want) {
		t.Errorf("allowed are %q", ids)
	}
}

func ExampleFiles() {
	for _, f := range systemd.Files() {
		if strings.HasSuffix(f.Path, ".rules") {
			fmt.Printf("/%s %v\n", f.Path, f.Mode)
		}
	}
	// Output: /usr/share/polkit-1/rules.d/zincati.rules -rw-r--r--
}
