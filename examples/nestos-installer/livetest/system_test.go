package livetest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/provision"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// system is the user space of a live system: this machine's files, and over them those
// that are in the folder.
type system struct {
	dir    string // memory that keeps what the system writes
	mounts string // with bind mounts: SOURCE TARGET …
}

// enter makes the system in a mount namespace of its own, and executes a program in it.
const enter = `
cd "$1"; shift
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work merged
mount --rbind /dev merged/dev
mount --rbind /sys merged/sys
mount --rbind /proc merged/proc
mount --bind cmdline merged/proc/cmdline
mount --bind run merged/run
while [ "$1" != -- ]; do
	mkdir -p "merged$2"
	mount --bind "$1" "merged$2"
	shift 2
done
shift
exec chroot merged "$@"
`

// newSystem makes a live system with the files of the installer.
func newSystem(t *testing.T, installer, cmdline string) *system {
	t.Helper()
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	s := &system{dir: testutil.Tmpfs(t, "mode=0755")}
	for _, dir := range []string{"upper", "work", "merged", "run"} {
		require.NoError(t, os.Mkdir(filepath.Join(s.dir, dir), 0o755))
	}
	write(t, s.dir+"/cmdline", []byte(cmdline+"\n"), 0o444)
	write(t, s.upper("usr/bin/nestos-installer"), read(t, installer), 0o755)
	testutil.Run(t, &testutil.RunOptions{Must: true}, installer, "dev", "live-files", s.upper(""))
	if r := s.try(t, "true"); r.Exit != 0 {
		testutil.Missing(t, "needs overlayfs: %s", r)
	}
	return s
}

// upper is the path of a file that the system has in place of this machine's.
func (s *system) upper(name string) string { return filepath.Join(s.dir, "upper", name) }

// try runs a program in the system.
func (s *system) try(t *testing.T, args ...string) *testutil.Result {
	t.Helper()
	all := append([]string{"--mount", "--propagation", "private", "sh", "-ec", enter, "sh", s.dir}, words(s.mounts)...)
	return testutil.Run(t, nil, testutil.Tool(t, "unshare"), append(append(all, "--"), args...)...)
}

// run runs a program in the system, which must succeed.
func (s *system) run(t *testing.T, args ...string) *testutil.Result {
	t.Helper()
	r := s.try(t, args...)
	r.Args = args
	require.Zero(t, r.Exit, r)
	t.Log(r)
	return r
}

// provision is what the initramfs does with what is embedded in the medium.
func (s *system) provision(t *testing.T, config []byte, keyfiles map[string]string) {
	t.Helper()
	require.NoError(t, provision.Apply(t.Context(), config, &provision.ApplyOptions{Root: s.upper(""), Offline: true}))
	for name, text := range keyfiles {
		write(t, s.upper("etc/NetworkManager/system-connections/"+name), []byte(text), 0o600)
	}
}

// generate runs the generator as systemd does, and returns the default target that it
// chooses, or "".
func (s *system) generate(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"generator", "generator.early", "generator.late"} {
		require.NoError(t, os.MkdirAll(filepath.Join(s.dir, "run/systemd", dir), 0o755))
	}
	s.run(t, "/usr/lib/systemd/system-generators/nestos-installer-generator",
		"/run/systemd/generator", "/run/systemd/generator.early", "/run/systemd/generator.late")
	target, err := os.Readlink(filepath.Join(s.dir, "run/systemd/generator/default.target"))
	if os.IsNotExist(err) {
		return ""
	}
	require.NoError(t, err)
	return target
}

// start executes the program of a unit.
func (s *system) start(t *testing.T, unit string) *testutil.Result {
	t.Helper()
	for _, dir := range []string{"etc/systemd/system", "usr/lib/systemd/system"} {
		text, err := os.ReadFile(s.upper(dir + "/" + unit))
		if err != nil {
			continue
		}
		_, command, ok := strings.Cut(string(text), "\nExecStart=")
		require.True(t, ok, "%s", text)
		command, _, _ = strings.Cut(command, "\n")
		return s.run(t, words(command)...)
	}
	t.Fatalf("there is no unit %s", unit)
	return nil
}

// required returns the units that a unit of the system requires, as systemctl has enabled
// them.
func (s *system) required(t *testing.T, unit string) []string {
	t.Helper()
	entries, err := os.ReadDir(s.upper("etc/systemd/system/" + unit + ".requires"))
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
