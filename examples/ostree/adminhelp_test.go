//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/stretchr/testify/require"
)

// TestAdminHelp compares help texts with those of the reference program. Where it is older, those that have got no
// options since must be the same, the others must have its lines, apart from the columns and these:
func TestAdminHelp(t *testing.T) {
	if realOstree == "" {
		testutil.Missing(t, "ostree is not installed")
	}
	old := strings.Contains(testutil.Run(t, nil, realOstree, "--version").Stdout, "Version: '2022.7'")
	changed := map[string]string{ // lines of 2022.7 that became others
		"--modern Only create /boot and /ostree":                    "--modern Equivalent to --epoch=1",
		"--karg-delete=NAME=VALUE Delete kernel argument if exists": "--karg-delete=NAME=VALUE Delete kernel argument if exists, can be used multiple times",
		"ostree admin os-init [OPTION…] OSNAME":                     "ostree admin os-init [OPTION…] STATEROOT",
		"Change the \"pinning\" state of a deployment":              "Change the \"pinning\" state of a deployment, INDEX can be >= 0 or one of booted, pending or rollback strings",
		"pin Change the \"pinning\" state of a deployment":          "pin Change the \"pinning\" state of a deployment, INDEX can be >= 0 or one of booted, pending or rollback strings",
	}
	grown := []string{"", "deploy", "init-fs", "os-init", "pin", "status", "switch", "upgrade"}
	for _, command := range []string{"", "cleanup", "config-diff", "deploy", "init-fs", "os-init", "pin", "set-origin", "status", "switch", "undeploy", "unlock",
		"upgrade", "kargs", "kargs edit-in-place", "instutil", "instutil set-kargs", "instutil grub2-generate", "instutil selinux-ensure-labeled"} {
		t.Run(command, func(t *testing.T) {
			args := append(append([]string{"admin"}, strings.Fields(command)...), "--help")
			want := testutil.Run(t, &testutil.RunOptions{Env: []string{"LC_ALL=C.UTF-8"}}, realOstree, args...).Stdout
			want = strings.Replace(want, realOstree+" admin", "ostree admin", 1)
			got, stderr, code := runInProcess(t, args...)
			require.Zero(t, code, stderr)
			if !slices.Contains(grown, command) {
				require.Equal(t, want, got)
				return
			}
			rest := helpLines(got)
			for _, line := range helpLines(want) {
				if c, ok := changed[line]; ok && old {
					line = c
				}
				i := slices.Index(rest, line)
				require.GreaterOrEqual(t, i, 0, "%q is missing, or not in this place, in\n%s", line, got)
				rest = rest[i+1:]
			}
		})
	}
}

// helpLines returns the lines of a help text with single blanks.
func helpLines(text string) (lines []string) {
	for l := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(l), " "))
	}
	return lines
}

// TestAdminUsage sees that wrong usage has the reference program's texts, and its help before them where it has.
func TestAdminUsage(t *testing.T) {
	m := t.TempDir()
	_, stderr, code := runInProcess(t, "admin", "init-fs", "--modern", m)
	require.Zero(t, code, stderr)
	for _, tc := range []struct {
		line, err string
		help      bool
	}{
		{"", `No "admin" subcommand specified`, true},
		{"nope", `Unknown "admin" subcommand 'nope'`, true},
		{"instutil", `No "admin instutil" subcommand specified`, true},
		{"instutil nope", `Unknown "admin instutil" subcommand 'nope'`, true},
		{"kargs", `No "admin kargs" subcommand specified`, true},
		{"kargs nope", `Unknown "admin kargs" subcommand 'nope'`, true},
		{"--print-current-dir", "Unable to find a deployment in sysroot", false},
		{"init-fs", "PATH must be specified", true},
		{"init-fs --epoch=-1 " + m, "Invalid epoch: -1", false},
		{"os-init", "STATEROOT must be specified", true},
		{"stateroot-init", "STATEROOT must be specified", true},
		{"deploy", "REF/REV must be specified", true},
		{"deploy --karg-proc-cmdline --karg-none x", "Can't specify both --karg-proc-cmdline and --karg-none", true},
		{"deploy --karg-none --karg-delete=a x", "Can't specify both --karg-none and --karg-delete", true},
		{"deploy --no-merge --karg-delete=a x", "Can't specify both --no-merge and --karg-delete", true},
		{"deploy x", "Looking for booted deployment: Not currently booted into an OSTree system and no --os= argument given", false},
		{"deploy --os=o x", "Refspec 'x' not found", false},
		{"pin", "INDEX must be specified", true},
		{"pin x", "Invalid index: x", false},
		{"pin 99999999999999999999", "Index too large: 99999999999999999999", false},
		{"pin booted", "Deployment type not found: booted", false},
		{"pin rollback", "Deployment type not found: rollback", false},
		{"pin 0", "Out of range deployment index 0, expected < 0", false},
		{"undeploy", "INDEX must be specified", true},
		{"undeploy x", "Invalid index: x", false},
		{"undeploy 3", "Out of range deployment index 3, expected < 0", false},
		{"set-default", "INDEX must be specified", true},
		{"set-default garbage", "Out of range deployment index 0, expected < 0", false},
		{"prepare-soft-reboot", "INDEX must be specified", true},
		{"prepare-soft-reboot 1", "Out of range deployment index 1, expected < 0", false},
		{"set-origin r", "REMOTENAME and URL must be specified", true},
		{"set-origin r http://x", "Not currently booted into an OSTree system", false},
		{"set-origin --index=2 r http://x", "Out of range deployment index 2, expected < 0", false},
		{"config-diff", "Not currently booted into an OSTree system and no --os= argument given", false},
		{"config-diff --os=o", "No deployment for OS 'o'", false},
		{"lock-finalization", "No staged deployment", false},
		{"unlock x", "This command takes no extra arguments", true},
		{"unlock --hotfix --transient", "Not currently booted into an OSTree system", false},
		{"status -D", "Not in a booted OSTree system", false},
		{"switch", "REFSPEC must be specified", true},
		{"switch a:b", "Not currently booted into an OSTree system and no OS specified", false},
		{"upgrade", "Not currently booted into an OSTree system and no OS specified", false},
		{"upgrade --os=o", "No previous deployment for OS 'o'", false},
		{"upgrade --pull-only --deploy-only", "Cannot simultaneously specify --pull-only and --deploy-only", false},
		{"upgrade --pull-only --reboot", "Cannot simultaneously specify --pull-only and --reboot", false},
		{"kargs edit-in-place", "Unable to find a deployment in sysroot", false},
		{"instutil set-kargs x", "Unable to find a deployment in sysroot", false},
		{"instutil selinux-ensure-labeled", "Unable to find a deployment in sysroot", false},
		{"instutil grub2-generate 2", "Invalid bootversion: 2", false},
		{"state-overlay x", "Missing NAME or MOUNTPATH", false},
		{"state-overlay x /opt", "Must be booted into an OSTree deployment", false},
	} {
		t.Run(tc.line, func(t *testing.T) {
			args := append([]string{"admin"}, strings.Fields(tc.line)...)
			stdout, stderr, code := runInProcess(t, append(args, "--sysroot="+m)...)
			require.Equal(t, 1, code)
			require.Empty(t, stdout)
			require.Equal(t, tc.help, strings.HasPrefix(stderr, "Usage:\n  ostree admin"), stderr)
			require.True(t, strings.HasSuffix(stderr, "error: "+tc.err+"\n"), stderr)
			require.True(t, tc.help || strings.HasPrefix(stderr, "error: "), stderr)
		})
	}
}
