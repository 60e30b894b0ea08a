package dracut_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/dracut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func paths(files []dracut.File) []string {
	var list []string
	for _, f := range files {
		list = append(list, f.Path)
	}
	return list
}

func find(t *testing.T, files []dracut.File, path string) dracut.File {
	t.Helper()
	i := slices.IndexFunc(files, func(f dracut.File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no %s among %q", path, paths(files))
	}
	return files[i]
}

func TestFilesAreSortedAndUnique(t *testing.T) {
	list := paths(dracut.Files(nil))
	if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Errorf("paths are %q", list)
	}
	for _, p := range list {
		if !fs.ValidPath(p) {
			t.Errorf("path %q", p)
		}
	}
}

func TestPartsCanBeLeftOut(t *testing.T) {
	if got := dracut.Files(&dracut.Options{NoDracut: true, NoSystem: true, NoGRUB: true}); len(got) != 0 {
		t.Errorf("files are %q", paths(got))
	}
	all := len(dracut.Files(nil))
	one := len(dracut.Files(&dracut.Options{NoSystem: true, NoGRUB: true})) + len(dracut.Files(&dracut.Options{NoDracut: true, NoGRUB: true})) +
		len(dracut.Files(&dracut.Options{NoDracut: true, NoSystem: true}))
	if one != all {
		t.Errorf("the parts have %d files, the whole has %d", one, all)
	}
}

func TestDirectoriesAreFollowed(t *testing.T) {
	files := dracut.Files(&dracut.Options{ModuleDir: "/opt/modules.d/31ign/", UnitDir: "etc/units", LibexecDir: "/usr/lib/ign", GRUBDir: "/g"})
	find(t, files, "opt/modules.d/31ign/module-setup.sh")
	find(t, files, "g/05_ignition.cfg")
	if got := find(t, files, "usr/lib/ign/ignition-rmcfg").Target; got != "/opt/modules.d/31ign/ignition" {
		t.Errorf("ignition-rmcfg is a link to %s", got)
	}
	for unit, program := range map[string]string{
		"ignition-delete-config.service":      "/usr/lib/ign/ignition-rmcfg --platform=${PLATFORM_ID}",
		"ignition-firstboot-complete.service": "/usr/lib/ign/ignition-firstboot-complete",
	} {
		if text := string(find(t, files, "etc/units/"+unit).Data); !strings.Contains(text, "\nExecStart="+program+"\n") {
			t.Errorf("%s does not call %s:\n%s", unit, program, text)
		}
	}
}

func TestKargsHelper(t *testing.T) {
	const path = "usr/lib/dracut/modules.d/30ignition/ignition-kargs-helper.sh"
	own := []byte("#!/bin/sh\nexec rdcore kargs \"$@\"\n")
	f := find(t, dracut.Files(&dracut.Options{KargsHelper: own}), path)
	if string(f.Data) != string(own) || f.Mode != 0o755 {
		t.Errorf("helper is %v %q", f.Mode, f.Data)
	}

	sh := testutil.Tool(t, "sh")
	script := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(script, find(t, dracut.Files(nil), path).Data, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(sh, script, "--should-exist", "x").CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || !strings.Contains(string(out), "does not support") {
		t.Errorf("default helper: %v %s", err, out)
	}
}

// TestUnits compares the order and the conditions of the stages with those that
// distributions rely on.
func TestUnits(t *testing.T) {
	files := dracut.Files(nil)
	for stage, want := range map[string][]string{
		"fetch-offline": {"After=basic.target", "Before=ignition-fetch.service"},
		"fetch": {"After=basic.target", "After=ignition-fetch-offline.service", "After=network.target", "Before=ignition-disks.service",
			"ConditionPathExists=/run/ignition/neednet", "ConditionPathExists=!/run/ignition.json"},
		"kargs": {"After=ignition-fetch.service", "Before=ignition-disks.service", "MountFlags=slave"},
		"disks": {"After=ignition-fetch.service", "Before=ignition-mount.service", "Before=initrd-root-device.target", "Before=sysroot.mount",
			"Requires=systemd-udevd.service", "After=systemd-udevd.service"},
		"mount": {"After=ignition-disks.service", "Before=ignition-files.service", "Before=initrd-switch-root.target", "Requires=initrd-root-fs.target",
			"After=initrd-root-fs.target", "After=ignition-remount-sysroot.service", "After=network.target",
			"ExecStop=/usr/bin/ignition --root=/sysroot --platform=${PLATFORM_ID} --stage=umount ${IGNITION_ARGS}"},
		"files": {"After=ignition-mount.service", "Before=initrd-parse-etc.service"},
	} {
		want = append(want, "Before=ignition-complete.target", "ConditionPathExists=/etc/initrd-release", "DefaultDependencies=false",
			"OnFailure=emergency.target", "OnFailureJobMode=isolate", "Type=oneshot", "RemainAfterExit=yes", "EnvironmentFile=/run/ignition.env",
			fmt.Sprintf("ExecStart=/usr/bin/ignition --root=/sysroot --platform=${PLATFORM_ID} --stage=%s ${IGNITION_ARGS}", stage))
		got := settings(string(find(t, files, "usr/lib/dracut/modules.d/30ignition/ignition-"+stage+".service").Data))
		slices.Sort(want)
		got = slices.DeleteFunc(got, func(s string) bool {
			key, _, _ := strings.Cut(s, "=")
			return slices.Contains([]string{"Description", "Documentation", "StandardError"}, key)
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s has\n%s\nwant\n%s", stage, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// settings lists the assignments of a unit, sorted; lists of After and Before
// count as one assignment for each element.
func settings(unit string) []string {
	var list []string
	for line := range strings.Lines(unit) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case !ok || line[0] == '#':
		case key == "After" || key == "Before":
			for v := range strings.FieldsSeq(value) {
				list = append(list, key+"="+v)
			}
		default:
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return list
}

func TestWriteFiles(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // a second time replaces
		if err := dracut.WriteFiles(dir, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range dracut.Files(nil) {
		path := filepath.Join(dir, f.Path)
		if f.Target != "" {
			if got, err := os.Readlink(path); err != nil || got != f.Target {
				t.Errorf("%s: link to %s, %v", f.Path, got, err)
			}
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil || string(data) != string(f.Data) {
			t.Errorf("%s: %v", f.Path, err)
		}
		if info, err := os.Stat(path); err == nil && info.Mode() != f.Mode {
			t.Errorf("%s has mode %v, want %v", f.Path, info.Mode(), f.Mode)
		}
	}
}

func TestWriteFilesStaysInside(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(dir+"/usr/lib", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, dir+"/usr/lib/dracut"); err != nil {
		t.Fatal(err)
	}
	if err := dracut.WriteFiles(dir, nil); err != nil {
		t.Fatal(err)
	}
	// The link means a directory below dir.
	if _, err := os.Stat(filepath.Join(dir, outside, "modules.d/30ignition/module-setup.sh")); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside has %v, %v", entries, err)
	}
}

func TestWriteFilesReplacesNoDirectory(t *testing.T) {
	for _, name := range []string{"usr/libexec/ignition-rmcfg", "usr/lib/systemd/system/ignition-delete-config.service"} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, name, "kept"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := dracut.WriteFiles(dir, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// TestSystemdAcceptsTheUnits lets systemd load them in a root of their own.
func TestSystemdAcceptsTheUnits(t *testing.T) {
	analyze := testutil.Tool(t, "systemd-analyze")
	root := t.TempDir()
	units := filepath.Join(root, "usr/lib/systemd/system")
	if err := os.MkdirAll(units, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := dracut.WriteFiles(root, nil); err != nil {
		t.Fatal(err)
	}
	args := []string{"verify", "--man=no", "--recursive-errors=no", "--root=" + root}
	for _, f := range dracut.Files(nil) {
		if ext := filepath.Ext(f.Path); f.Target != "" || ext != ".service" && ext != ".target" {
			continue
		}
		name := filepath.Base(f.Path)
		if err := os.WriteFile(filepath.Join(units, name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, filepath.Join(units, name))
	}
	for _, program := range []string{"usr/bin/ignition", "bin/mount", "usr/libexec/ignition-rmcfg", "usr/libexec/ignition-firstboot-complete"} {
		path := filepath.Join(root, program)
		if err := errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	for _, unit := range standardUnits {
		text := "[Unit]\nDescription=" + unit + "\nDefaultDependencies=no\n"
		if filepath.Ext(unit) == ".service" {
			text += "[Service]\nExecStart=/usr/bin/ignition\n"
		} else if filepath.Ext(unit) == ".mount" {
			text += "[Mount]\nWhat=/dev/x\nWhere=/sysroot\n"
		}
		if err := os.WriteFile(filepath.Join(units, unit), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(analyze, args...)
	cmd.Env = append(os.Environ(), "SYSTEMD_LOG_LEVEL=info", "SYSTEMD_LOG_TARGET=console")
	out, err := cmd.CombinedOutput()
	if err != nil || len(strings.TrimSpace(string(out))) > 0 {
		t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}

// standardUnits are those of others that ours name.
var standardUnits = []string{
	"basic.target", "dracut-emergency.service", "emergency.service", "emergency.target", "initrd-parse-etc.service",
	"initrd-root-device.target", "initrd-root-fs.target", "initrd-switch-root.target", "initrd.target", "multi-user.target",
	"network.target", "shutdown.target", "sysinit.target", "sysroot.mount", "systemd-udevd.service", "umount.target",
}

func TestShellSyntax(t *testing.T) {
	bash := testutil.Tool(t, "bash")
	for _, f := range dracut.Files(nil) {
		if filepath.Ext(f.Path) != ".sh" {
			continue
		}
		cmd := exec.Command(bash, "-n")
		cmd.Stdin = strings.NewReader(string(f.Data))
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v %s", f.Path, err, out)
		}
	}
}
