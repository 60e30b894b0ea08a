package cli_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/testutil"
)

var (
	optionLine = regexp.MustCompile(`^  (?:-(.), )?--([a-z0-9-]+)(?:=(.*?))? {5,}(.*)$`)
	usageLine  = regexp.MustCompile(`^  (\S.*?) \[OPTION…\](?: (.*))?$`)
	listLine   = regexp.MustCompile(`^  (\S+) {2,}\S`)
)

// The help text of every command of the real program is taken apart into a
// table of options, from which the same bytes must come out.
func TestHelpEqualsOstree(t *testing.T) {
	ostree := testutil.Tool(t, "ostree")
	seen := 0
	var visit func(path ...string)
	visit = func(path ...string) {
		real := testutil.Run(t, nil, ostree, append(path, "--help")...).Stdout
		if !strings.Contains(real, "[OPTION...]") { // static-delta has its own text
			require.Equal(t, real, rebuild(t, real).Help(), path)
			seen++
		}
		if _, list, ok := strings.Cut(real, "Commands:\n"); ok {
			list, _, _ = strings.Cut(list, "\n\n")
			for line := range strings.SplitSeq(list, "\n") {
				if m := listLine.FindStringSubmatch(line); m != nil {
					visit(append(slices.Clone(path), m[1])...)
				}
			}
		}
	}
	visit()
	require.Greater(t, seen, 40)
}

func rebuild(t *testing.T, help string) *cli.Parser {
	t.Helper()
	lines := strings.Split(help, "\n")
	usage := usageLine.FindStringSubmatch(lines[1])
	require.NotNil(t, usage, lines[1])
	p := &cli.Parser{Program: usage[1], Params: usage[2]}
	before, after, ok := strings.Cut(strings.Join(lines[3:], "\n"), "\n\nHelp Options:\n")
	if !ok { // no summary
		before, after, ok = strings.Cut("\n"+strings.Join(lines[3:], "\n"), "\nHelp Options:\n")
	}
	require.True(t, ok)
	p.Summary = before
	_, options, _ := strings.Cut(after, "Application Options:\n")
	for line := range strings.SplitSeq(strings.TrimRight(options, "\n"), "\n") {
		m := optionLine.FindStringSubmatch(line)
		require.NotNil(t, m, line)
		o := cli.Option{Long: m[2], Arg: m[3], Help: m[4]}
		if m[1] != "" {
			o.Short = m[1][0]
		}
		p.Options = append(p.Options, o)
	}
	return p
}

// Random command lines must be refused with the same words, or accepted.
func TestErrorsEqualOstree(t *testing.T) {
	ostree := testutil.Tool(t, "ostree")
	repo := filepath.Join(t.TempDir(), "repo")
	testutil.Run(t, &testutil.RunOptions{Must: true}, ostree, "init", "--mode=archive", "--repo="+repo)
	words := []string{
		"--depth", "--depth=3", "--depth=x", "-1", "5", "0x7", "-v", "-vv", "--no-prune", "--no-prune=1", "--refs-only",
		"--keep-younger-than", "-x", "-vx", "-vh", "--", "-", "--nope", "--depth=9999999999", "--only-branch", "--dep", "", "---", "-h",
	}
	gopt := regexp.MustCompile(`error: (Unknown option|Missing argument|Cannot parse integer|Integer value|Error parsing option)`)
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	for range 150 {
		var args []string
		for range 1 + rng.IntN(4) {
			args = append(args, words[rng.IntN(len(words))])
		}
		real := testutil.Run(t, nil, ostree, append([]string{"prune", "--repo=" + repo}, args...)...)
		_, err := pruneParser().Parse(args)
		switch {
		case err == cli.ErrHelp:
			require.Zero(t, real.Exit, "%q", args)
			require.Contains(t, real.Stdout, "Usage:")
		case err != nil:
			require.Equal(t, 1, real.Exit, "%q: %v", args, err)
			require.Equal(t, "error: "+err.Error()+"\n", real.Stderr, "%q", args)
		default:
			require.NotRegexp(t, gopt, real.Stderr, "%q", args)
		}
	}
}

func pruneParser() *cli.Parser {
	var (
		b    bool
		n    int
		s    string
		list []string
	)
	return &cli.Parser{Options: []cli.Option{
		{Long: "repo", Value: cli.Filename(&s)},
		{Long: "no-prune", Value: cli.Bool(&b)}, {Long: "refs-only", Value: cli.Bool(&b)},
		{Long: "depth", Value: cli.Int(&n)}, {Long: "delete-commit", Value: cli.String(&s)},
		{Long: "keep-younger-than", Value: cli.String(&s)}, {Long: "static-deltas-only", Value: cli.Bool(&b)},
		{Long: "retain-branch-depth", Value: cli.Strings(&list)}, {Long: "only-branch", Value: cli.Strings(&list)},
		{Long: "commit-only", Value: cli.Bool(&b)},
		{Long: "verbose", Short: 'v', Value: cli.Bool(&b)}, {Long: "version", Value: cli.Bool(&b)},
	}}
}

// What the program itself says about commands.
func TestAppEqualsOstree(t *testing.T) {
	testutil.Tool(t, "ostree")
	const ostree = "ostree" // the help text shows the name it was started with
	help := testutil.Run(t, nil, ostree, "--help").Stdout
	app := appFrom(t, help)
	for _, args := range [][]string{
		{}, {"nosuch"}, {"--nosuch"}, {"--help"}, {"-h", "-v"}, {"nosuch", "-h"}, {"-v"}, {"--", "nosuch"},
		{"-x", "nosuch"}, {"--repo", "r", "nosuch"}, {"-"}, {""},
	} {
		real := testutil.Run(t, nil, ostree, args...)
		var out, errOut strings.Builder
		env := &cli.Env{Program: "ostree", Stdout: &out, Stderr: &errOut}
		code := cli.PrintError(env, app.Run(context.Background(), env, args))
		require.Equal(t, real.Stdout, out.String(), "%q", args)
		require.Equal(t, real.Stderr, errOut.String(), "%q", args)
		require.Equal(t, real.Exit, code, "%q", args)
	}
}

func appFrom(t *testing.T, help string) *cli.App {
	t.Helper()
	var b bool
	app := &cli.App{Options: []cli.Option{
		{Long: "verbose", Short: 'v', Help: "Print debug information during command processing", Value: cli.Bool(&b)},
		{Long: "version", Help: "Print version information and exit", Value: cli.Bool(&b)},
	}}
	_, list, _ := strings.Cut(help, "Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for line := range strings.SplitSeq(list, "\n") {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		app.Commands = append(app.Commands, cli.Command{Name: name, Help: strings.TrimSpace(text)})
	}
	return app
}

// The colours on a terminal, which script(1) provides.
func TestColourEqualsOstree(t *testing.T) {
	if os.Getenv("CLI_HELPER") != "" {
		env := cli.OSEnv("ostree")
		os.Exit(cli.PrintError(env, fmt.Errorf("Unknown option --nosuch")))
	}
	script, ostree := testutil.Tool(t, "script"), testutil.Tool(t, "ostree")
	dir := t.TempDir()
	opts := &testutil.RunOptions{Env: []string{"CLI_HELPER=1"}, Dir: dir}
	for _, redirect := range []string{"2>err", "2>&1 >/dev/null | cat >err", ">/dev/null 2>err"} {
		testutil.Run(t, opts, script, "-qec", ostree+" log --nosuch "+redirect, "/dev/null")
		want, err := os.ReadFile(dir + "/err")
		require.NoError(t, err)
		testutil.Run(t, opts, script, "-qec", os.Args[0]+" -test.run=^TestColourEqualsOstree$ "+redirect, "/dev/null")
		got, err := os.ReadFile(dir + "/err")
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), redirect)
	}
}
