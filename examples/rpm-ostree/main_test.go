//go:build linux

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/stretchr/testify/require"
)

// asProgram is set for the processes in which the test binary is the program.
const asProgram = "NESTOS_TEST_RPM_OSTREE"

func TestMain(m *testing.M) {
	rpmostree.Main()
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// result is what a run left.
type result struct {
	out, err string
	code     int
}

// try runs the program with arguments as they are.
func try(t *testing.T, env []string, args ...string) result {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, args...)
	cmd.Args[0] = "rpm-ostree"
	cmd.Env = append([]string{
		asProgram + "=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8", "SOURCE_DATE_EPOCH=1700000000",
		"OSTREE_SYSROOT_DEBUG=mutable-deployments", "OSTREE_SYSROOT_OPTS=skip-sync",
	}, env...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

func TestProgram(t *testing.T) {
	r := try(t, nil, "--version")
	require.Equal(t, result{out: "rpm-ostree:\n Version: '" + version + "'\n Features:\n  - compose\n  - container\n"}, r)
	r = try(t, nil)
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "Usage:\n  rpm-ostree [OPTION…] COMMAND\n")
	require.True(t, strings.HasSuffix(r.err, "error: No command specified\n"), r.err)
	r = try(t, nil, "nothing")
	require.Equal(t, 1, r.code)
	require.True(t, strings.HasSuffix(r.err, "error: Unknown command 'nothing'\n"), r.err)
	r = try(t, nil, "--help")
	require.Equal(t, 0, r.code)
	require.Contains(t, r.out, "\n  upgrade          Perform a system upgrade\n")
	require.NotContains(t, r.out, "pkg-add")
	r = try(t, nil, "install", "--help")
	require.Contains(t, r.out, "Usage:\n  rpm-ostree install [OPTION…] PACKAGE [PACKAGE...]\n\nOverlay additional packages\n")
	require.Contains(t, r.out, "-y, --assumeyes")
	require.NotContains(t, r.out, "--lock-finalization")
	r = try(t, nil, "db")
	require.Contains(t, r.err, "error: No \"db\" subcommand specified\n")
	r = try(t, nil, "install")
	require.Contains(t, r.err, "error: At least one PACKAGE must be specified\n")
}

func TestAbsent(t *testing.T) {
	for _, line := range []string{
		"apply-live", "start-daemon", "cliwrap rpm", "countme", "kernel-install", "scriptlet-intercept", "shlib-backend", "testutils", "fix-shadow-perms",
		"install -A foo", "install --releasever=1 foo", "deploy --ex-cliwrap=true", "ex module", "ex deploy-from-self /", "override replace --experimental --freeze foo",
	} {
		r := try(t, nil, strings.Fields(line)...)
		require.Equal(t, 1, r.code, line)
		require.Contains(t, r.err, "not supported", line)
	}
}

// What is only refused says so in the help text, before anybody tries it.
func TestAbsentIsMarked(t *testing.T) {
	r := try(t, nil, "--help")
	require.Contains(t, r.out, "\n  apply-live       Apply pending deployment changes to booted deployment (not supported)\n")
	require.Equal(t, 1, strings.Count(r.out, "not supported"), "a command is marked that is there")
	for _, line := range []string{"apply-live --help", "countme -h", "ex apply-live --help", "compose build-chunked-oci --help"} {
		r := try(t, nil, strings.Fields(line)...)
		require.Equal(t, 0, r.code, line)
		require.Empty(t, r.err, line)
		require.Contains(t, r.out, "Usage:\n  rpm-ostree ", line)
		require.Contains(t, r.out, "\nNot supported: ", line)
	}
	r = try(t, nil, "install", "--help")
	for _, option := range []string{"-A, --apply-live", "--enablerepo", "--disablerepo", "--releasever"} {
		i := strings.Index(r.out, option)
		require.Positive(t, i, option)
		line, _, _ := strings.Cut(r.out[i:], "\n")
		require.Contains(t, line, "not supported", option)
	}
}

func TestNotBooted(t *testing.T) {
	if _, err := os.Stat("/run/ostree-booted"); err == nil {
		t.Skip("booted by ostree")
	}
	const text = "error: This system was not booted via libostree.\nCurrently, most rpm-ostree commands only work on ostree-based host systems.\n"
	for _, line := range []string{
		"status", "install foo", "upgrade", "rollback", "cleanup -b", "kargs", "usroverlay", "cancel", "reload", "finalize-deployment --allow-missing-checksum",
		"db list", "initramfs", "override reset --all", "search x", "refresh-md", "ex rebuild", "reset",
	} {
		r := try(t, nil, strings.Fields(line)...)
		require.Equal(t, result{err: text, code: 1}, r, line)
	}
	r := try(t, []string{"container=podman"}, "status")
	require.Contains(t, r.err, "This system was not booted via libostree; found $container=podman environment variable.\n")
}
