//go:build linux

package clitest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// program is the path of the program under test.
var program string

func TestMain(m *testing.M) {
	rpmostree.Main()
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "clitest-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "rpm-ostree")
	build := exec.Command("go", "build", "-o", program, "../../../examples/rpm-ostree")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	return testutil.MainInMemory(m)
}

// host runs the program on a scratch system.
type host struct {
	*testing.T
	*systemtest.World
	env []string
}

func newHost(t *testing.T, packages ...*rpmtest.Spec) *host {
	t.Helper()
	t.Parallel()
	return newHostHere(t, packages...)
}

// newHostHere is newHost for a second system in a test.
func newHostHere(t *testing.T, packages ...*rpmtest.Spec) *host {
	t.Helper()
	skipUnlessAMD64(t)
	return &host{T: t, World: systemtest.New(t, ostree.ModeBareUser, packages...)}
}

// skipUnlessAMD64 is for tests with packages that are for this processor only.
func skipUnlessAMD64(t *testing.T) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the packages of the scratch systems are for x86_64")
	}
}

// result is what a run left.
type result struct {
	out, err string
	code     int
}

// try runs the program with arguments as they are.
func try(t *testing.T, env []string, args ...string) result {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8", "SOURCE_DATE_EPOCH=1700000000",
		"OSTREE_SYSROOT_DEBUG=mutable-deployments", "OSTREE_SYSROOT_OPTS=skip-sync",
	}, env...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// on runs a command on the system. The options that name it stand behind the command's names.
func (h *host) on(command string, args ...string) result {
	h.Helper()
	words := strings.Fields(command)
	words = append(words, "--sysroot="+h.Sysroot)
	return try(h.T, h.env, append(words, args...)...)
}

// must is on for what succeeds; it returns the output, with checksums replaced.
func (h *host) must(command string, args ...string) string {
	h.Helper()
	r := h.on(command, args...)
	require.Zero(h, r.code, "%s %q: %s\n%s", command, args, r.out, r.err)
	return r.out
}

// unchanged is on for what changes nothing and says so by the exit status.
func (h *host) unchanged(command string, args ...string) string {
	h.Helper()
	r := h.on(command, args...)
	require.Equal(h, 77, r.code, "%s %q: %s\n%s", command, args, r.out, r.err)
	return r.out
}

// fails is on for what fails; it returns what it said of it.
func (h *host) fails(command string, args ...string) string {
	h.Helper()
	r := h.on(command, args...)
	require.Equal(h, 1, r.code, "%s %q: %s\n%s", command, args, r.out, r.err)
	return r.err
}

// checksums are the commits of the deployments in order.
func (h *host) checksums() []string {
	h.Helper()
	var list []string
	for line := range strings.Lines(h.must("status", "-J", "$.deployments[*].checksum")) {
		if line = strings.Trim(line, " \n,\"[]"); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func (h *host) origin() string {
	h.Helper()
	files, err := filepath.Glob(filepath.Join(h.Sysroot, "ostree/deploy/demo/deploy", h.checksums()[0]+".*.origin"))
	require.NoError(h, err)
	require.NotEmpty(h, files)
	data, err := os.ReadFile(files[len(files)-1])
	require.NoError(h, err)
	return string(data)
}

func spec(name, version string, requires ...string) *rpmtest.Spec {
	return &rpmtest.Spec{Name: name, Version: version, Requires: requires, Files: []rpmtest.File{
		{Path: "/usr/bin/" + name, Mode: 0o755, Content: []byte(name + " " + version)}}}
}

func TestInstall(t *testing.T) {
	h := newHost(t)
	h.Publish(spec("foo", "1", "libfoo"), spec("libfoo", "1"), spec("bar", "1"))
	base := h.checksums()[0]
	out := h.must("install", "foo", "--dry-run")
	require.Contains(t, out, "Installing 2 packages:\n  foo-1-1.noarch (extra)\n  libfoo-1-1.noarch (extra)\nExiting because of '--dry-run' option\n")
	require.Equal(t, []string{base}, h.checksums())
	require.Contains(t, h.must("install", "foo", "--download-only"), "Importing packages...done\n")
	require.Equal(t, []string{base}, h.checksums())

	out = h.must("install", "foo", "-y")
	require.Contains(t, out, "Enabled rpm-md repositories: extra\n")
	require.Contains(t, out, "Resolving dependencies...done\n")
	require.Contains(t, out, "Writing OSTree commit...done\n")
	require.True(t, strings.HasSuffix(out, "Added:\n  foo-1-1.noarch\n  libfoo-1-1.noarch\n"+
		"Changes queued for next boot. Run \"systemctl reboot\" to start a reboot\n"), out)
	require.Len(t, h.checksums(), 2)
	require.Equal(t, "[origin]\nbaserefspec=demo/1/x86_64/stable\n\n[packages]\nrequested=foo;\n", h.origin())
	require.Equal(t, "error: Package/capability 'foo' is already requested\n", h.fails("install", "foo"))
	require.Contains(t, h.unchanged("install", "foo", "--idempotent", "--unchanged-exit-77"), "No change.\n")
	require.Contains(t, h.must("install", "foo", "--idempotent"), "No change.\n")
	require.Equal(t, "error: Package/capability 'bar' is not currently requested\n", h.fails("uninstall", "bar"))
	require.Contains(t, h.fails("install", "none"), "error: Packages not found: none\n")
	require.Contains(t, h.fails("install", "busybox"), "error: \"busybox\" is already provided by: busybox-1-1.x86_64. Use --allow-inactive to explicitly require it.\n")

	h.must("install", "bar", "--allow-inactive")
	out = h.must("uninstall", "bar")
	require.Contains(t, out, "Removed:\n  bar-1-1.noarch\n")
	require.NotContains(t, out, "Enabled rpm-md repositories")
	out = h.must("remove", "foo", "--install", "bar")
	require.Contains(t, out, "Removed:\n  foo-1-1.noarch\n  libfoo-1-1.noarch\nAdded:\n  bar-1-1.noarch\n")
	h.must("uninstall", "--all")
	require.Equal(t, base, h.checksums()[0])
	require.Contains(t, h.must("uninstall", "--all"), "No change.\n")
}
