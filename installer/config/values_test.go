package config_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/config"
)

// TestGlobRecorded compares with the names that "coreos-installer dev show initrd" selected.
func TestGlobRecorded(t *testing.T) {
	var recorded struct {
		Names    []string
		Patterns []struct {
			Pattern, Error string
			Matches        []string
		}
	}
	readJSON(t, "globs.json", &recorded)
	require.Greater(t, len(recorded.Patterns), 400)
	for _, c := range recorded.Patterns {
		glob, err := config.CompileGlob(c.Pattern)
		if c.Error != "" {
			require.EqualError(t, err, c.Error, "%q", c.Pattern)
			continue
		}
		require.NoError(t, err, "%q", c.Pattern)
		require.Equal(t, c.Pattern, glob.String())
		matches := []string{}
		for _, name := range recorded.Names {
			if glob.Match(name) {
				matches = append(matches, name)
			}
		}
		require.Equal(t, c.Matches, matches, "%q", c.Pattern)
	}
}

func TestGlobIsNotExponential(t *testing.T) {
	glob, err := config.CompileGlob(strings.Repeat("*a", 200) + "b")
	require.NoError(t, err)
	require.False(t, glob.Match(strings.Repeat("a", 20_000)))
	glob, err = config.CompileGlob(strings.Repeat("**/a/", 100) + "b")
	require.NoError(t, err)
	require.False(t, glob.Match(strings.Repeat("a/", 5_000)))
}

func TestPartitionFilter(t *testing.T) {
	type partition struct {
		number int
		name   string
	}
	cases := []struct {
		name            string
		labels, indexes []string
		yes, no         []partition
	}{
		{"none", nil, nil, nil, []partition{{1, ""}, {2, "a"}}},
		{"label", []string{"data*", "log"}, nil, []partition{{1, "data"}, {9, "data1"}, {3, "log"}}, []partition{{1, "Data"}, {1, "log1"}, {1, ""}}},
		{"labels in one", []string{"a,b*"}, nil, []partition{{1, "a"}, {1, "bc"}}, []partition{{1, "a,b"}}},
		{"no name", []string{""}, nil, []partition{{1, ""}}, []partition{{1, "a"}}},
		{"number", nil, []string{"3"}, []partition{{3, "x"}}, []partition{{2, "x"}, {4, "x"}}},
		{"range", nil, []string{"3-5"}, []partition{{3, ""}, {5, ""}}, []partition{{2, ""}, {6, ""}}},
		{"open", nil, []string{"5-,-2"}, []partition{{1, ""}, {2, ""}, {5, ""}, {128, ""}}, []partition{{3, ""}, {4, ""}}},
		{"either", []string{"a"}, []string{"7"}, []partition{{1, "a"}, {7, "b"}}, []partition{{1, "b"}}},
		{"largest", nil, []string{"4294967295"}, nil, []partition{{1, ""}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := config.ParsePartitionFilters(c.labels, c.indexes)
			require.NoError(t, err)
			for _, p := range c.yes {
				require.True(t, f.Matches(p.number, p.name), "%v", p)
			}
			for _, p := range c.no {
				require.False(t, f.Matches(p.number, p.name), "%v", p)
			}
			require.Equal(t, len(c.labels)+len(c.indexes) == 0, f.Empty())
			require.Equal(t, len(c.indexes) > 0, f.HasIndex())
		})
	}
	var none *config.PartitionFilter
	require.True(t, none.Empty())
	require.False(t, none.HasIndex() || none.Matches(1, ""))
}

// The texts are those of coreos-installer 0.26.
func TestPartitionFilterErrors(t *testing.T) {
	const invalid, large = ": invalid digit found in string", ": number too large to fit in target type"
	for index, want := range map[string]string{
		"":           "both ends of partition index range '' cannot be open",
		"-":          "both ends of partition index range '-' cannot be open",
		"--":         "couldn't parse partition index range '--'",
		"1-2-3":      "couldn't parse partition index range '1-2-3'",
		"-1-":        "couldn't parse partition index range '-1-'",
		"0":          "partition index cannot be zero",
		"-0":         "partition index cannot be zero",
		"0-1":        "partition index cannot be zero",
		"5-0":        "partition index cannot be zero",
		"2-1":        "start of partition index range '2-1' cannot be greater than end",
		"x":          "couldn't parse partition index 'x'" + invalid,
		"1-x":        "couldn't parse partition index 'x'" + invalid,
		"x-y":        "couldn't parse partition index 'x'" + invalid,
		" 1":         "couldn't parse partition index ' 1'" + invalid,
		"4294967296": "couldn't parse partition index '4294967296'" + large,
		"1,":         "both ends of partition index range '' cannot be open",
	} {
		_, err := config.ParsePartitionFilters(nil, []string{index})
		require.EqualError(t, err, want, "%q", index)
	}
	_, err := config.ParsePartitionFilters([]string{"a", "***"}, []string{"x"})
	require.EqualError(t, err, "couldn't parse label glob '***': Pattern syntax error near position 2: wildcards are either regular `*` or recursive `**`")
}

func TestHash(t *testing.T) {
	sum := sha256.New()
	sum.Write([]byte("config"))
	const digest = "sha256-b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910"
	h, err := config.ParseHash(strings.Replace(digest, "b", "B", 1))
	require.NoError(t, err)
	require.Equal(t, digest, h.String())
	require.NoError(t, h.Check(sum))
	require.NoError(t, h.CheckReader(strings.NewReader("config")))
	require.EqualError(t, h.CheckReader(strings.NewReader("")),
		"hash mismatch, computed 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' but expected 'b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910'")

	var none config.Hash
	require.True(t, none.IsZero() && !h.IsZero())
	require.Empty(t, none.String())
	require.Nil(t, none.New())
	require.NoError(t, none.Check(sum))
	require.NoError(t, none.CheckReader(nil))

	long, err := config.ParseHash("sha512-" + strings.Repeat("ab", 64))
	require.NoError(t, err)
	require.Equal(t, 64, long.New().Size())
	for text, want := range map[string]string{
		"sha256-0":  "decoding hex digest: Odd number of digits",
		"sha256-0x": "decoding hex digest: Invalid character 'x' at position 1",
	} {
		_, err := config.ParseHash(text)
		require.EqualError(t, err, want)
	}
}

func TestRetries(t *testing.T) {
	for text, tries := range map[string]config.Retries{"0": {}, "3": {Count: 3}, "+3": {Count: 3}, "infinite": {Infinite: true}} {
		r, err := config.ParseRetries(text)
		require.NoError(t, err)
		require.Equal(t, tries, r)
		require.Equal(t, strings.TrimPrefix(text, "+"), r.String())
	}
	three := config.Retries{Count: 3}
	require.True(t, three.Allow(0) && three.Allow(2))
	require.False(t, three.Allow(3) || config.Retries{}.Allow(0))
	require.True(t, config.Retries{Infinite: true}.Allow(1<<32-1))
}

func TestConsoleSettings(t *testing.T) {
	cases := []struct {
		specs string
		want  []string
	}{
		{"", nil},
		{"tty0", []string{"terminal_input console", "terminal_output console"}},
		{"ttyS1,57600e7 tty0", []string{"serial --unit=1 --speed=57600 --word=7 --parity=even", "terminal_input console serial", "terminal_output console serial"}},
		{"hvc0 ttysclp0 ttyAMA0 ttyS3,9600o", []string{"serial --unit=0 --speed=9600 --word=8 --parity=no", "serial --unit=3 --speed=9600 --word=8 --parity=odd", "terminal_input console serial", "terminal_output console serial"}},
		{"ttyS0", []string{"serial --unit=0 --speed=9600 --word=8 --parity=no", "terminal_input serial", "terminal_output serial"}},
	}
	for _, c := range cases {
		var consoles []config.Console
		for spec := range strings.FieldsSeq(c.specs) {
			console, err := config.ParseConsole(spec)
			require.NoError(t, err)
			require.Equal(t, "console="+console.String(), console.KernelArgument())
			require.Equal(t, console.Graphical(), console.GRUBSerial() == "")
			again, err := config.ParseConsole(console.String())
			require.NoError(t, err)
			require.Equal(t, console, again)
			consoles = append(consoles, console)
		}
		require.Equal(t, c.want, config.GRUBCommands(consoles), c.specs)
	}
	require.Empty(t, config.Console{}.String())
}
