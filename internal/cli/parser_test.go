package cli_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/cli"
)

// values is what the options of a test command set.
type values struct {
	Repo, File  string
	Tree, Paths []string
	Depth       int
	Big         int64
	Ratio       float64
	A, B        bool
	Fsync       bool
	Sign        string
	Bad         bool
}

func newParser(v *values) *cli.Parser {
	*v = values{Fsync: true}
	return &cli.Parser{Program: "prog cmd", Params: "ARG", Summary: "Do something", Options: []cli.Option{
		{Long: "repo", Short: 'r', Arg: "PATH", Help: "Repository", Value: cli.String(&v.Repo)},
		{Long: "file", Short: 'f', Value: cli.Filename(&v.File)},
		{Long: "tree", Short: 't', Value: cli.Strings(&v.Tree)},
		{Long: "path", Value: cli.Filenames(&v.Paths)},
		{Long: "depth", Short: 'd', Value: cli.Int(&v.Depth)},
		{Long: "big", Value: cli.Int64(&v.Big)},
		{Long: "ratio", Value: cli.Float(&v.Ratio)},
		{Long: "all", Short: 'a', Value: cli.Bool(&v.A)},
		{Long: "bare", Short: 'b', Value: cli.Bool(&v.B), Hidden: true},
		{Long: "no-fsync", Value: cli.BoolOff(&v.Fsync)},
		{Long: "sign", Short: 's', Value: cli.OptionalFunc(func(option, value string, given bool) error {
			v.Sign = option
			if given {
				v.Sign += "=" + value
			}
			return nil
		})},
		{Long: "version", Value: cli.Func(func(string) error { return cli.ErrDone })},
	}}
}

func TestParse(t *testing.T) {
	for line, c := range map[string]struct {
		rest string
		want values
	}{
		"":                                 {"", values{}},
		"x --repo=p y -a z":                {"x|y|z", values{Repo: "p", A: true}},
		"--repo p q":                       {"q", values{Repo: "p"}},
		"-r p q":                           {"q", values{Repo: "p"}},
		"--repo= q":                        {"q", values{}},
		"--repo=a=b":                       {"", values{Repo: "a=b"}},
		"--repo -a":                        {"", values{Repo: "-a"}},
		"--repo --":                        {"", values{Repo: "--"}},
		"-ab x":                            {"x", values{A: true, B: true}},
		"-abr p x":                         {"x", values{A: true, B: true, Repo: "p"}},
		"-rab p x":                         {"x", values{A: true, B: true, Repo: "p"}},
		"-t 1 x --tree=2 --tree 3":         {"x", values{Tree: []string{"1", "2", "3"}}},
		"a -- -a --repo -- b":              {"a|-a|--repo|--|b", values{}},
		"- -a -":                           {"-|-", values{A: true}},
		"--all=whatever":                   {"", values{A: true}},
		"--no-fsync":                       {"", values{}},
		"--depth -5":                       {"", values{Depth: -5}},
		"-d 0x1F --big 017":                {"", values{Depth: 31, Big: 15}},
		"--big=-9223372036854775808":       {"", values{Big: -1 << 63}},
		"--ratio=1.5e3":                    {"", values{Ratio: 1500}},
		"--sign x y":                       {"y", values{Sign: "--sign=x"}},
		"--sign -a":                        {"", values{Sign: "--sign", A: true}},
		"--sign=-a":                        {"", values{Sign: "--sign=-a"}},
		"x --sign":                         {"x", values{Sign: "--sign"}},
		"-sa":                              {"", values{Sign: "-s", A: true}},
		"-s y -a":                          {"", values{Sign: "-s=y", A: true}},
		"--file \xff --path=\xfe --path x": {"", values{File: "\xff", Paths: []string{"\xfe", "x"}}},
	} {
		var v values
		p := newParser(&v)
		rest, err := p.Parse(fields(line))
		require.NoError(t, err, line)
		if !strings.Contains(line, "--no-fsync") {
			c.want.Fsync = true
		}
		require.Equal(t, c.rest, strings.Join(rest, "|"), line)
		require.Equal(t, c.want, v, line)
	}
}

func TestParseErrors(t *testing.T) {
	for line, want := range map[string]string{
		"--nope":                        "Unknown option --nope",
		"--nope=x":                      "Unknown option --nope=x",
		"--rep x":                       "Unknown option --rep",
		"-x":                            "Unknown option -x",
		"-axb":                          "Unknown option -axb",
		"-axh":                          "Unknown option -axh",
		"-rpath y":                      "Unknown option -rpath",
		"-rt x y":                       "Error parsing option -t",
		"x --repo":                      "Missing argument for --repo",
		"-ar":                           "Missing argument for -r",
		"--depth=x":                     "Cannot parse integer value “x” for --depth",
		"-d 1x":                         "Cannot parse integer value “1x” for -d",
		"--depth=":                      "Cannot parse integer value “” for --depth",
		"--depth=08":                    "Cannot parse integer value “08” for --depth",
		"--depth=0x":                    "Cannot parse integer value “0x” for --depth",
		"--depth=--5":                   "Cannot parse integer value “--5” for --depth",
		"--depth=-0x-5":                 "Cannot parse integer value “-0x-5” for --depth",
		"--depth=1_0":                   "Cannot parse integer value “1_0” for --depth",
		"--depth=3000000000":            "Integer value “3000000000” for --depth out of range",
		"--depth=99999999999999999999x": "Cannot parse integer value “99999999999999999999x” for --depth",
		"--big=9223372036854775808":     "Integer value “9223372036854775808” for --big out of range",
		"--ratio=x":                     "Cannot parse double value “x” for --ratio",
		"--ratio=1e999":                 "Double value “1e999” for --ratio out of range",
		"--repo=\xff":                   "Invalid byte sequence in conversion input",
		"--help=x":                      "Unknown option --help=x",
		"--help-x":                      "Unknown option --help-x",
		"---":                           "Unknown option ---",
		"--=x":                          "Unknown option --=x",
	} {
		var v values
		_, err := newParser(&v).Parse(fields(line))
		require.EqualError(t, err, want, line)
	}
	for _, line := range []string{"--help", "-h", "-?", "-ah", "x --help --nope", "--help-all", "-hZ"} {
		var v values
		_, err := newParser(&v).Parse(fields(line))
		require.ErrorIs(t, err, cli.ErrHelp, line)
	}
	var v values
	_, err := newParser(&v).Parse([]string{"--version", "--nope"})
	require.ErrorIs(t, err, cli.ErrDone)
	_, err = newParser(&v).Parse([]string{"--", "--help"})
	require.NoError(t, err)
}

// An option -h hides the short form of help.
func TestShortH(t *testing.T) {
	var human bool
	p := &cli.Parser{Program: "p", Options: []cli.Option{{Long: "human", Short: 'h', Value: cli.Bool(&human)}}}
	_, err := p.Parse([]string{"-h"})
	require.NoError(t, err)
	require.True(t, human)
	_, err = p.Parse([]string{"-?"})
	require.ErrorIs(t, err, cli.ErrHelp)
	require.Contains(t, p.Help(), "  -?, --help       Show help options\n")
}

func fields(line string) []string { return strings.Fields(line) }

func FuzzParse(f *testing.F) {
	for _, s := range []string{"-a\x00--repo\x00x", "--tree=1\x00--\x00-a", "-rt\x00x", "--depth\x000x7f", "-s\x00-ab\x00-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		var v values
		rest, err := newParser(&v).Parse(slices.Clone(args))
		if err != nil {
			require.Nil(t, rest)
			require.NotEmpty(t, err.Error())
			return
		}
		i := 0
		for _, arg := range args { // rest is a subsequence of args
			if i < len(rest) && rest[i] == arg {
				i++
			}
		}
		require.Equal(t, len(rest), i)
		again, err := newParser(&v).Parse(append([]string{"--"}, rest...))
		require.NoError(t, err)
		require.Equal(t, len(rest), len(again), "arguments stay arguments after --")
		require.False(t, errors.Is(err, cli.ErrHelp))
	})
}
