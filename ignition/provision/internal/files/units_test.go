//go:build unix

package files_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
)

func TestUnits(t *testing.T) {
	root := newRoot(t)
	write(t, root, "etc/systemd/system/old.service", "old\n")
	write(t, root, "etc/systemd/system/dir.service/x", "")
	must(t, os.Symlink("/dev/null", filepath.Join(root, "etc/systemd/system/um.service")))
	must(t, os.Symlink("/elsewhere", filepath.Join(root, "etc/systemd/system/um2.service")))
	write(t, root, "etc/selinux/config", "SELINUXTYPE=targeted\n")
	h, log := bare(t, root)
	h.Settings.SELinuxRelabel = true
	var stdin string
	rec := programs(t, &stdin)
	h.Run = rec
	text, err := stage(t, h, log, config(t, `"systemd":{"units":[
		{"name":"a.service","enabled":false,"contents":"[Unit]\n"},{"name":"b.service","enabled":true},
		{"name":"on.service","enabled":false},{"name":"m.service","mask":true,"contents":"[Unit]\nA=b"},
		{"name":"um.service","mask":false},{"name":"um2.service","mask":false},{"name":"dir.service","mask":true},
		{"name":"old.service","contents":"new\n"},
		{"name":"d.service","dropins":[{"name":"x.conf","contents":"[Unit]\n"},{"name":"y.conf"},{"name":"z.conf","contents":""}]}]}`))
	must(t, err)
	same(t, "programs", lines2(rec, root), []string{
		"systemctl --root R is-enabled a.service", "systemctl --root R is-enabled on.service", "systemctl --root R disable on.service",
		"setfiles -vF0 -r R R/etc/selinux/targeted/contexts/files/file_contexts -f -",
	})
	same(t, "labels", strings.Split(strings.TrimSuffix(strings.ReplaceAll(stdin, root, "R"), "\x00"), "\x00"), []string{
		"R/etc/systemd/system-preset", "R/etc/systemd/system/a.service", "R/etc/systemd/system/d.service.d",
		"R/etc/systemd/system/dir.service", "R/etc/systemd/system/m.service", "R/etc/systemd/system/old.service",
	})
	if got := read(t, root, "etc/systemd/system-preset/20-ignition.preset"); got != "enable b.service\ndisable on.service\n" {
		t.Errorf("preset %q", got)
	}
	var units []string
	own := fmt.Sprintf(" %d:%d", os.Getuid(), os.Getgid())
	for _, l := range listing(t, root) {
		if l, ok := strings.CutPrefix(l, "etc/systemd/system/"); ok {
			units = append(units, strings.Replace(l, own, "", 1))
		}
	}
	same(t, "units", units, []string{
		`a.service -rw-r--r-- "[Unit]\n"`, "d.service.d drwxr-xr-x", `d.service.d/x.conf -rw-r--r-- "[Unit]\n"`, `d.service.d/z.conf -rw-r--r-- ""`,
		"dir.service Lrwxrwxrwx -> /dev/null", "m.service Lrwxrwxrwx -> /dev/null", `old.service -rw-r--r-- "new\n"`, "um2.service Lrwxrwxrwx -> /elsewhere",
	})
	for _, want := range []string{
		`files: op(1): op(2): [finished] writing unit "a.service" at "R/etc/systemd/system/a.service"`, `[finished] processing unit "b.service"`,
		`[finished] masking unit "m.service"`, `[finished] unmasking unit "um.service"`, `setting preset to enabled for "b.service"`,
		`removing enablement symlink(s) for "on.service"`, `writing systemd drop-in "x.conf" at "R/etc/systemd/system/d.service.d/x.conf"`,
		"[finished] relabeling 6 patterns",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the log:\n%s", want, text)
		}
	}
}

// TestPresetFileExists adds to one.
func TestPresetFileExists(t *testing.T) {
	root := newRoot(t)
	write(t, root, "etc/systemd/system-preset/20-ignition.preset", "enable z.service\n")
	h, log := bare(t, root)
	_, err := stage(t, h, log, config(t, `"systemd":{"units":[{"name":"b.service","enabled":true},{"name":"a.service","enabled":true}]}`))
	must(t, err)
	if got := read(t, root, "etc/systemd/system-preset/20-ignition.preset"); got != "enable z.service\nenable a.service\nenable b.service\n" {
		t.Errorf("preset %q", got)
	}
}

func TestUnitNames(t *testing.T) {
	for units, want := range map[string]string{
		`{"name":"../../x.service","contents":"x"}`:                                  `invalid unit name "../../x.service": must be a plain file name`,
		`{"name":"a/b.service","mask":true}`:                                         `invalid unit name "a/b.service": must be a plain file name`,
		`{"name":"..","mask":true}`:                                                  `invalid unit name "..": must be a plain file name`,
		`{"name":"","contents":"x"}`:                                                 `invalid unit name "": must be a plain file name`,
		`{"name":"a b.service","enabled":true}`:                                      `invalid unit name "a b.service": must be a plain file name`,
		`{"name":"a.service\nenable b.service","enabled":true}`:                      `invalid unit name "a.service\nenable b.service": must be a plain file name`,
		`{"name":"a.service","dropins":[{"name":"../../../y.conf","contents":"x"}]}`: `unit "a.service": invalid drop-in name "../../../y.conf": must be a plain file name`,
	} {
		root := newRoot(t)
		before := listing(t, root)
		h, log := bare(t, root)
		cfg := config(t, `"systemd":{"units":[{"name":"first.service","contents":"x"},`+units+`]},"storage":{"files":[{"path":"/first"}]}`)
		_, err := stage(t, h, log, cfg)
		if err == nil || err.Error() != "failed to create units: "+want {
			t.Errorf("%s: error %v, want %s", units, err, want)
		}
		if after := listing(t, root); !slices.Equal(before, after) {
			t.Errorf("%s: something was written: %q", units, after)
		}
		p, err := files.PlanFiles(t.Context(), h, cfg)
		must(t, err)
		if p.Steps[0].Verb != "fail" || p.Steps[0].Detail != "failed to create units: "+want {
			t.Errorf("%s: plan %+v", units, p.Steps)
		}
	}
}
