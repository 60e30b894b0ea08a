package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/stretchr/testify/require"
)

// runInProcess executes one command line without a process of its own.
func runInProcess(t testing.TB, args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	env := &cli.Env{Program: "ostree", Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
	code = run(t.Context(), env, args)
	return out.String(), errs.String(), code
}

// TestHelp compares usage line and description of each command with the reference program's.
func TestHelp(t *testing.T) {
	for _, tc := range [][3]string{
		{"cat", "COMMIT PATH...", "Concatenate contents of files"},
		{"checkout", "COMMIT [DESTINATION]", "Check out a commit into a filesystem tree"},
		{"checksum", "PATH", "Checksum a file or directory"},
		{"commit", "[PATH]", "Commit a new revision"},
		{"config", "(get KEY|set KEY VALUE|unset KEY)", "Change repo configuration settings"},
		{"diff", "REV_OR_DIR REV_OR_DIR", "Compare directory TARGETDIR against revision REV"},
		{"export", "COMMIT", "Stream COMMIT to stdout in tar format"},
		{"fsck", "", "Check the repository for consistency"},
		{"gpg-sign", "COMMIT KEY-ID...", "Sign a commit"},
		{"init", "", "Initialize a new empty repository"},
		{"log", "REV", "Show log starting at commit or ref"},
		{"ls", "COMMIT [PATH...]", "List file paths"},
		{"prune", "", "Search for unreachable objects"},
		{"pull-local", "SRC_REPO [REFS...]", "Copy data from SRC_REPO"},
		{"pull", "REMOTE [BRANCH...]", "Download data from remote repository"},
		{"refs", "[PREFIX]", "List refs"},
		{"reset", "REF COMMIT", "Reset a REF to a previous COMMIT"},
		{"rev-parse", "REV", "Output the target of a rev"},
		{"sign", "COMMIT KEY-ID...", "Sign a commit"},
		{"show", "OBJECT", "Output a metadata object"},
		{"summary", "", "Manage summary metadata"},
		{"remote add", "NAME [metalink=|mirrorlist=]URL [BRANCH...]", "Add a remote repository"},
		{"remote delete", "NAME", "Delete a remote repository"},
		{"remote show-url", "NAME", "Show remote repository URL"},
		{"remote list", "", "List remote repository names"},
		{"remote list-cookies", "NAME", "Show remote repository cookies"},
		{"remote add-cookie", "NAME DOMAIN PATH COOKIE_NAME VALUE", "Add a cookie to remote"},
		{"remote delete-cookie", "NAME DOMAIN PATH COOKIE_NAME", "Remove one cookie from remote"},
		{"remote gpg-import", "NAME [KEY-ID...]", "Import GPG keys"},
		{"remote gpg-list-keys", "NAME", "Show remote GPG keys"},
		{"remote refs", "NAME", "List remote refs"},
		{"remote summary", "NAME", "Show remote summary"},
		{"static-delta list", "", "List static delta files"},
		{"static-delta show", "", "Dump information on a delta"},
		{"static-delta delete", "", "Remove a delta"},
		{"static-delta generate", "[TO]", "Generate static delta files"},
		{"static-delta apply-offline", "", "Apply static delta file"},
		{"static-delta verify", "STATIC-DELTA-FILE [KEY-ID...]", "Verify static delta signatures"},
		{"static-delta indexes", "", "List static delta indexes"},
		{"static-delta reindex", "", "Regenerate static delta indexes"},
	} {
		t.Run(tc[0], func(t *testing.T) {
			stdout, stderr, code := runInProcess(t, append(strings.Fields(tc[0]), "--help")...)
			require.Zero(t, code)
			require.Empty(t, stderr)
			want := strings.TrimRight("Usage:\n  ostree "+tc[0]+" [OPTION…] "+tc[1], " ") + "\n\n" + tc[2] + "\n\nHelp Options:\n"
			require.True(t, strings.HasPrefix(stdout, want), stdout)
			for _, option := range []string{"-h, --help ", "--verbose ", "  --version "} {
				require.Contains(t, stdout, option)
			}
			require.Equal(t, tc[0] != "summary", strings.Contains(stdout, "-v, --verbose "), "summary -v is --view")
		})
	}
}

// TestCommandList compares the list of commands with the reference program's.
func TestCommandList(t *testing.T) {
	stdout, _, code := runInProcess(t, "--help")
	require.Zero(t, code)
	var names []string
	_, list, _ := strings.Cut(stdout, "Builtin Commands:\n")
	for line := range strings.Lines(list) {
		if strings.TrimSpace(line) == "" {
			break
		}
		names = append(names, strings.Fields(line)[0])
	}
	require.Equal(t, strings.Fields("admin cat checkout checksum commit config diff export find-remotes create-usb fsck gpg-sign init log ls prune "+
		"pull-local pull refs remote reset rev-parse sign show static-delta summary"), names)
	for _, name := range names {
		line := list[strings.Index("\n"+list, "\n  "+name+" "):]
		line, _, _ = strings.Cut(line, "\n")
		_, stderr, _ := runInProcess(t, name, "--nope")
		require.Equal(t, strings.HasSuffix(stderr, " is not supported\n"), strings.HasSuffix(line, " (not supported)"), name)
	}
}

// TestMissingArguments sees that the help precedes the message, on standard error.
func TestMissingArguments(t *testing.T) {
	dir := t.TempDir() + "/r"
	_, _, code := runInProcess(t, "init", "--repo="+dir)
	require.Zero(t, code)
	for command, want := range map[string]string{
		"pull": "REMOTE must be specified", "pull-local": "DESTINATION must be specified", "sign": "Need a COMMIT to sign or verify",
		"gpg-sign": "Need a COMMIT to sign", "remote refs": "NAME must be specified", "remote summary": "NAME must be specified",
		"remote gpg-import": "NAME must be specified", "show": "An object argument is required",
	} {
		stdout, stderr, code := runInProcess(t, append(strings.Fields(command), "--repo="+dir)...)
		require.Equal(t, 1, code, command)
		require.Empty(t, stdout)
		require.True(t, strings.HasPrefix(stderr, "Usage:\n"), stderr)
		require.True(t, strings.HasSuffix(stderr, "\n\nerror: "+want+"\n"), stderr)
	}
}
