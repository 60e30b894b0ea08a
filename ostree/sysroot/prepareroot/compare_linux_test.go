package prepareroot_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestLikeDebian compares the resulting mounts with those of libostree 2022.7. That
// also mounts /boot, which the generator's unit does now, and /var if it was built
// without systemd.
func TestLikeDebian(t *testing.T) {
	const program = "/usr/lib/ostree/ostree-prepare-root"
	if _, err := os.Stat(program); err != nil {
		testutil.Missing(t, "needs %s", program)
	}
	for name, change := range map[string]func(t *testing.T, f *fixture, j *job){
		"plain":    func(*testing.T, *fixture, *job) {},
		"readonly": func(t *testing.T, f *fixture, _ *job) { f.legacyReadonly(t) },
		"hotfix and readonly": func(t *testing.T, f *fixture, _ *job) {
			f.legacyReadonly(t)
			f.hotfix(t)
		},
		"hotfix":             func(t *testing.T, f *fixture, _ *job) { f.hotfix(t) },
		"other mounts below": func(_ *testing.T, _ *fixture, j *job) { j.Keep = "/sysroot/boot/efi" },
	} {
		t.Run(name, func(t *testing.T) {
			f := build(t)
			ours, theirs := f.job("", "prepare"), f.job("", "debian")
			change(t, f, ours)
			theirs.RO, theirs.Keep = ours.RO, ours.Keep
			want, got := run(t, theirs, false), run(t, ours, false)
			require.Equal(t, comparable(want), comparable(got))
			require.Contains(t, want.lines(), "/sysroot/boot tmpfs /boot "+access(want), "the difference that comparable drops")
			require.Equal(t, "-rw-r----- ", want.Files["/run/ostree-booted"], "theirs is empty")
			require.Contains(t, got.Files["/run/ostree-booted"], "backing-root-device-inode")
		})
	}
}

func access(o *outcome) string {
	for _, line := range o.lines() {
		if strings.HasPrefix(line, "/sysroot/boot ") {
			return line[len(line)-2:]
		}
	}
	return "missing"
}

// comparable are the mounts that both versions make, by target: the order differs.
func comparable(o *outcome) []string {
	list := slices.DeleteFunc(o.lines(), func(line string) bool {
		target, _, _ := strings.Cut(line, " ")
		return target == "/sysroot/boot" || target == "/sysroot/var"
	})
	slices.Sort(list)
	return list
}

// legacyReadonly sets sysroot.readonly where libostree 2022.7 looks for it.
func (f *fixture) legacyReadonly(t *testing.T) {
	t.Helper()
	name := f.path("ostree/repo/config")
	config, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, append(config, "readonly=true\n"...), 0o644))
}
