package clap_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/clap"
)

// demo has every property that a command or argument can have.
func demo() *clap.Command {
	upper := func(s string) (any, error) {
		if s == "" {
			return nil, errors.New("empty")
		}
		return strings.ToUpper(s), nil
	}
	return &clap.Command{
		Name: "demo", Version: "1.2.3", About: "Shows what there is", ArgsExcludeCommands: true,
		Commands: []*clap.Command{
			{
				Name: "install", About: "Install things", LastWins: true,
				Args: []*clap.Arg{
					{Long: "config-file", Short: 'c', Value: "path", Repeat: true, Help: "Config", LongHelp: "A longer story.  With two sentences that do not fit into one line of the help text, which has one hundred columns."},
					{Long: "stream", Short: 's', Value: "name", Conflicts: []string{"image"}, Help: "Stream"},
					{Long: "image", Aliases: []string{"img"}, Value: "URL", Parse: upper, Help: "Image"},
					{Long: "secret", Value: "x", Hidden: true},
					{Long: "index", Value: "id", Repeat: true, Delimiter: ',', AllowHyphen: true, Help: "Numbers"},
					{Long: "retries", Value: "N", Default: "0", Parse: clap.Uint(32), Help: "Retries"},
					{Long: "fast", Short: 'f', Help: "Fast"},
					{Long: "offline", Short: 'o', Heading: "Advanced Options", Help: "Offline"},
					{Value: "DEVICE", RequiredUnless: "config-file", Help: "Device"},
				},
			},
			{
				Name: "copy", About: "Copy", Args: []*clap.Arg{
					{Long: "key", Short: 'k', Value: "path", Required: true, Repeat: true, Help: "Key"},
					{Long: "mode", Value: "mode", Possible: []string{"fast", "slow"}, Help: "Mode"},
					{Long: "force", Short: 'f', Help: "Force"},
					{Value: "FROM", Required: true, Help: "Source"},
					{Value: "TO", Default: "-", Help: "Destination"},
				},
			},
			{Name: "list", About: "List", Args: []*clap.Arg{{Value: "name", Repeat: true, Help: "Names"}}},
			{
				Name: "fetch", Hidden: true, About: "Fetch",
				Groups: []clap.Group{{ID: "source", Args: []string{"cmdline", "provider"}, Required: true}},
				Args: []*clap.Arg{
					{Long: "cmdline", Help: "From the kernel arguments"},
					{Long: "provider", Value: "name", Help: "From here"},
				},
			},
			{Name: "remote", About: "Remotes", Commands: []*clap.Command{{Name: "add", Aliases: []string{"new"}, About: "Add one"}}},
		},
	}
}

// global is a program with an option for all commands, which can do without one.
func global(optional bool) *clap.Command {
	return &clap.Command{
		Name: "agent", Optional: optional,
		Args: []*clap.Arg{
			{Long: "verbose", Short: 'v', Count: true, Global: true, Help: "Tell more"},
			{Long: "config", Value: "path", Help: "Config"},
		},
		Commands: []*clap.Command{{Name: "run", About: "Run"}},
	}
}

func parse(c *clap.Command, args string) (*clap.Matches, error) {
	return c.Parse(&clap.Line{Program: "/usr/bin/" + c.Name, Args: strings.Fields(args)})
}

const more = "\nFor more information, try '--help'.\n"

func TestMistakes(t *testing.T) {
	top := "\nUsage: demo\n       demo <COMMAND>\n" + more
	install := "\nUsage: demo install [OPTIONS] [DEVICE]\n" + more
	for args, want := range map[string]string{
		"-x":              "unexpected argument '-x' found\n" + top,
		"copyy":           "unrecognized subcommand 'copyy'\n\n  tip: a similar subcommand exists: 'copy'\n" + top,
		"zzz":             "unrecognized subcommand 'zzz'\n" + top,
		"-- list":         "unexpected argument 'list' found\n\n  tip: subcommand 'list' exists; to use it, remove the '--' before it\n" + top,
		"--stream list":   "unexpected argument '--stream' found\n" + top,
		"--strem install": "unexpected argument '--strem' found\n\n  tip: 'install --stream' exists\n" + top,
		"--vers":          "unexpected argument '--vers' found\n\n  tip: a similar argument exists: '--version'\n\nUsage: demo --version <COMMAND>\n" + more,
		"--help=x":        "unexpected value 'x' for '--help' found; no more were expected\n\nUsage: demo --help <COMMAND>\n" + more,

		"install":                       "the following required arguments were not provided:\n  <DEVICE>\n\nUsage: demo install <DEVICE>\n" + more,
		"install a b":                   "unexpected argument 'b' found\n" + install,
		"install --strem x":             "unexpected argument '--strem' found\n\n  tip: a similar argument exists: '--stream'\n\nUsage: demo install --stream <name> [DEVICE]\n" + more,
		"install --im x":                "unexpected argument '--im' found\n\n  tip: a similar argument exists: '--img'\n\nUsage: demo install --image <URL> [DEVICE]\n" + more,
		"install --secre":               "unexpected argument '--secre' found\n\n  tip: a similar argument exists: '--secret'\n" + install,
		"install -s x --zzz":            "unexpected argument '--zzz' found\n\n  tip: to pass '--zzz' as a value, use '-- --zzz'\n\nUsage: demo install --stream <name> [DEVICE]\n" + more,
		"install -fz":                   "unexpected argument '-z' found\n\n  tip: to pass '-z' as a value, use '-- -z'\n" + install,
		"install -s":                    "a value is required for '--stream <name>' but none was supplied\n" + more,
		"install -s -f":                 "a value is required for '--stream <name>' but none was supplied\n" + more,
		"install -s -- x":               "a value is required for '--stream <name>' but none was supplied\n" + more,
		"install -s x --image y d":      "the argument '--stream <name>' cannot be used with '--image <URL>'\n\nUsage: demo install --stream <name> <DEVICE>\n" + more,
		"install --fast=":               "unexpected value '' for '--fast' found; no more were expected\n\nUsage: demo install --fast [DEVICE]\n" + more,
		"install -o --fast=x":           "unexpected value 'x' for '--fast' found; no more were expected\n\nUsage: demo install <--config-file <path>|--stream <name>|--image <URL>|--secret <x>|--index <id>|--retries <N>|--fast|--offline|DEVICE>\n" + more,
		"install --retries x":           "invalid value 'x' for '--retries <N>': invalid digit found in string\n" + more,
		"install --retries=-1":          "invalid value '-1' for '--retries <N>': invalid digit found in string\n" + more,
		"install --retries=":            "invalid value '' for '--retries <N>': cannot parse integer from empty string\n" + more,
		"install --retries +":           "invalid value '+' for '--retries <N>': invalid digit found in string\n" + more,
		"install --retries 99999999999": "invalid value '99999999999' for '--retries <N>': number too large to fit in target type\n" + more,
		"install --image= --zzz":        "invalid value '' for '--image <URL>': empty\n" + more,
		"install --retries x --zzz":     "unexpected argument '--zzz' found\n\n  tip: to pass '--zzz' as a value, use '-- --zzz'\n\nUsage: demo install --retries <N> [DEVICE]\n" + more,
		"install -s \xff":               "invalid UTF-8 was detected in one or more arguments\n" + install,

		"copy":                         "the following required arguments were not provided:\n  --key <path>\n  <FROM>\n\nUsage: demo copy --key <path> <FROM> [TO]\n" + more,
		"copy -f a":                    "the following required arguments were not provided:\n  --key <path>\n\nUsage: demo copy --key <path> --force <FROM> [TO]\n" + more,
		"copy -ff":                     "the argument '--force' cannot be used multiple times\n\nUsage: demo copy [OPTIONS] --key <path> <FROM> [TO]\n" + more,
		"copy --mode slo":              "invalid value 'slo' for '--mode <mode>'\n  [possible values: fast, slow]\n\n  tip: a similar value exists: 'slow'\n" + more,
		"copy --mode":                  "a value is required for '--mode <mode>' but none was supplied\n  [possible values: fast, slow]\n" + more,
		"fetch":                        "the following required arguments were not provided:\n  <--cmdline|--provider <name>>\n\nUsage: demo fetch <--cmdline|--provider <name>>\n" + more,
		"fetch --cmdline --provider x": "the argument '--cmdline' cannot be used with '--provider <name>'\n\nUsage: demo fetch <--cmdline|--provider <name>>\n" + more,
		"remote -V":                    "unexpected argument '-V' found\n\nUsage: demo remote <COMMAND>\n" + more,
	} {
		t.Run(args, func(t *testing.T) {
			_, err := parse(demo(), args)
			var mistake *clap.Error
			require.ErrorAs(t, err, &mistake)
			require.Equal(t, "error: "+want, mistake.Text())
			require.Equal(t, 2, mistake.ExitCode())
			require.False(t, mistake.ToStdout())
			require.NotEmpty(t, mistake.Message())
		})
	}
}

func TestNoCommand(t *testing.T) {
	_, err := parse(demo(), "")
	var stdout, stderr bytes.Buffer
	require.Equal(t, 2, clap.Exit(&stdout, &stderr, err))
	require.Empty(t, stdout.String())
	require.Contains(t, stderr.String(), "Usage: demo\n       demo <COMMAND>\n")

	_, err = parse(global(false), "-v")
	require.EqualError(t, err, "error: 'agent' requires a subcommand but one was not provided\n  [subcommands: run]\n\nUsage: agent [OPTIONS] <COMMAND>\n"+more)
}

func TestValues(t *testing.T) {
	m, err := parse(demo(), "install -fo -sone --stream=two --index -5 --index 1,2-3 --image=a=b -c x -c=y --secret -- --d")
	require.Error(t, err, "-- is no value: %v", m)

	m, err = parse(demo(), "install -fo -sone --stream=two --index -5 --index 1,2-3 -c x -c=y --secret - -- --d")
	require.NoError(t, err)
	m = m.Leaf()
	require.Equal(t, "demo install", m.Path())
	require.Equal(t, "install", m.Command().Name)
	require.Equal(t, "two", m.String("stream"))
	require.Equal(t, []string{"-5", "1", "2-3"}, m.Strings("index"))
	require.Equal(t, []string{"x", "y"}, m.Strings("config-file"))
	require.Equal(t, "-", m.String("secret"))
	require.Equal(t, "--d", m.String("DEVICE"))
	require.True(t, m.Has("fast") && m.Has("offline"))
	require.False(t, m.Has("image"))
	require.Equal(t, "0", m.String("retries"))
	require.Equal(t, uint64(0), clap.Value[uint64](m, "retries"))
	require.Empty(t, m.Strings("retries"), "defaults were not typed")

	m, err = parse(demo(), "install d --img x --retries +7")
	require.NoError(t, err)
	require.Equal(t, "X", clap.Value[string](m.Leaf(), "image"))
	require.Equal(t, []string{"X"}, clap.Values[string](m.Leaf(), "image"))
	require.Equal(t, "x", m.Leaf().String("image"))
	require.Equal(t, uint64(7), clap.Value[uint64](m.Leaf(), "retries"))

	m, err = parse(demo(), "copy a -k 1 -k 2")
	require.NoError(t, err)
	require.Equal(t, "-", m.Leaf().String("TO"))

	m, err = parse(demo(), "list a - b -- -c list")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "-", "b", "-c", "list"}, m.Leaf().Strings("name"))

	m, err = parse(demo(), "remote new")
	require.NoError(t, err)
	require.Equal(t, "demo remote add", m.Leaf().Path())
}

func TestGlobalOption(t *testing.T) {
	m, err := parse(global(true), "-vv run")
	require.NoError(t, err)
	require.Equal(t, 2, m.Leaf().Count("verbose"))
	m, err = parse(global(true), "run -v")
	require.NoError(t, err)
	require.Equal(t, 1, m.Leaf().Count("verbose"))
	m, err = parse(global(true), "")
	require.NoError(t, err)
	require.Nil(t, m.Sub)
	require.Zero(t, m.Count("verbose"))
}

func TestHelp(t *testing.T) {
	for args, want := range map[string]string{
		"-V": "demo 1.2.3\n",
		"-h": `Shows what there is

Usage: demo
       demo <COMMAND>

Commands:
  install  Install things
  copy     Copy
  list     List
  remote   Remotes

Options:
  -h, --help     Print help
  -V, --version  Print version
`,
		"copy --help": `Copy

Usage: demo copy [OPTIONS] --key <path> <FROM> [TO]

Arguments:
  <FROM>  Source
  [TO]    Destination [default: -]

Options:
  -k, --key <path>   Key
      --mode <mode>  Mode [possible values: fast, slow]
  -f, --force        Force
  -h, --help         Print help
`,
		"install -h": `Install things

Usage: demo install [OPTIONS] [DEVICE]

Arguments:
  [DEVICE]  Device

Options:
  -c, --config-file <path>  Config
  -s, --stream <name>       Stream
      --image <URL>         Image
      --index <id>          Numbers
      --retries <N>         Retries [default: 0]
  -f, --fast                Fast
  -h, --help                Print help (see more with '--help')

Advanced Options:
  -o, --offline  Offline
`,
		"list -s --help": "",
	} {
		_, err := parse(demo(), args)
		var mistake *clap.Error
		require.ErrorAs(t, err, &mistake)
		if want != "" {
			require.Equal(t, want, mistake.Text())
			require.Zero(t, mistake.ExitCode())
			require.True(t, mistake.ToStdout())
		} else {
			require.Equal(t, clap.UnknownArgument, mistake.Kind, "what is wrong before --help counts")
		}
	}

	_, err := parse(demo(), "install --help")
	require.Contains(t, err.Error(), `
  -c, --config-file <path>
          Config
          
          A longer story.  With two sentences that do not fit into one line of the help text, which
          has one hundred columns.

  -s, --stream <name>
          Stream
`)
	require.Contains(t, err.Error(), `
      --retries <N>
          Retries
          
          [default: 0]
`)

	// On narrow terminals the descriptions stand below the names.
	_, err = demo().Parse(&clap.Line{Program: "demo", Args: []string{"install", "-h"}, Width: 50})
	require.Contains(t, err.Error(), "\n  -c, --config-file <path>\n          Config\n  -s, --stream <name>\n")
}

func TestProgramName(t *testing.T) {
	_, err := demo().Parse(&clap.Line{Program: "/opt/other", Args: []string{"remote"}})
	require.Contains(t, err.Error(), "Usage: other remote <COMMAND>")
	c := demo()
	c.Commands[0].Usage = "demo install SOMETHING"
	_, err = c.Parse(&clap.Line{Program: "/opt/other", Args: []string{"install", "-z"}})
	require.Contains(t, err.Error(), "Usage: other install SOMETHING\n")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"install\n-fo\n-sx\nd", "copy\n-k\n1\na", "--strem\ninstall", "install\n--index\n-5", "\xff", "-\xff", "--\n--", "install\n--=x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := demo().Parse(&clap.Line{Program: "demo", Args: strings.Split(text, "\n")})
		if err == nil {
			require.NotNil(t, m.Leaf().Command())
			return
		}
		mistake, ok := err.(*clap.Error)
		require.True(t, ok)
		require.True(t, strings.HasSuffix(mistake.Text(), "\n"))
		require.Contains(t, []int{0, 2}, mistake.ExitCode())
	})
}
