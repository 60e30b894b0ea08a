package bls_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/bls"
)

// ask puts questions to libostree and the C library, all in one process.
func ask(t *testing.T, questions [][]string) []string {
	python := testutil.Tool(t, "python3")
	if exec.CommandContext(t.Context(), python, "-c", "import ctypes; ctypes.CDLL('libostree-1.so.1')").Run() != nil {
		testutil.Missing(t, "libostree is not reachable from Python")
	}
	var in strings.Builder
	enc := json.NewEncoder(&in)
	for _, q := range questions {
		require.NoError(t, enc.Encode(q))
	}
	out := testutil.Run(t, &testutil.RunOptions{Stdin: in.String(), Must: true}, python, "testdata/libostree.py").Stdout
	var answers []string
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		var a string
		require.NoError(t, json.Unmarshal(s.Bytes(), &a))
		answers = append(answers, a)
	}
	require.Len(t, answers, len(questions))
	return answers
}

// join makes a random text of up to n of the parts.
func join(rng *rand.Rand, parts []string, n int) string {
	var b strings.Builder
	for range rng.IntN(n + 1) {
		b.WriteString(parts[rng.IntN(len(parts))])
	}
	return b.String()
}

// Random and partly broken files come out of our reader and writer as they
// come out of libostree's, but for the order of the keys that it does not know.
func TestEntriesMatchLibostree(t *testing.T) {
	parts := []string{
		"title", "version", "options", "devicetree", "linux", "initrd", "fdtdir", "x-a", "Z",
		" ", " ", " ", "\t", "\n", "\n", "\n", "#", "\r", "=", "é", "\u2028", "\xff", "\x00", "1", "-",
	}
	lines := []string{
		"title A B\n", "version 3\n", "options a=1 ostree=/x\n", "linux /l\n", "initrd /i\n", "initrd /j\n", "initrd \n",
		"title\n", "x-b  two\n", "aboot /a", "# c d\n", " title x\n", "1x y\n", "devicetree\t/d\n", "\n", "title other\n",
	}
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 2))
	var files []string
	var questions [][]string
	for i := range 900 {
		file := join(rng, lines, 14)
		if i%3 > 0 {
			file = join(rng, parts, 40)
		}
		files = append(files, file)
		questions = append(questions, []string{"entry", hex.EncodeToString([]byte(file))})
	}
	accepted := 0
	for i, want := range ask(t, questions) {
		entry, err := bls.Parse([]byte(files[i]))
		if text, failed := strings.CutPrefix(want, "error: "); failed {
			require.EqualErrorf(t, err, text, "%q", files[i])
			continue
		}
		accepted++
		require.NoErrorf(t, err, "%q", files[i])
		wanted, err := hex.DecodeString(want)
		require.NoError(t, err)
		got, err := entry.Marshal()
		require.NoErrorf(t, err, "%q", files[i])
		require.Equalf(t, sortedTail(string(wanted)), sortedTail(string(got)), "%q", files[i])
	}
	require.Greater(t, accepted, 200)
}

// sortedTail sorts the lines after the known keys.
func sortedTail(file string) []string {
	known := []string{"title", "version", "options", "devicetree", "linux", "initrd"}
	lines := strings.SplitAfter(file, "\n")
	tail := slices.IndexFunc(lines, func(line string) bool {
		key, _, _ := strings.Cut(line, " ")
		return !slices.Contains(known, key)
	})
	slices.Sort(lines[tail:])
	return lines
}

func TestVersionsMatchLibc(t *testing.T) {
	parts := []string{"0", "0", "00", "1", "1", "9", "10", ".", "-", "a", "~", "é", "ÿ"}
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 3))
	var pairs, questions [][]string
	for range 4000 {
		prefix := join(rng, parts, 3)
		pair := []string{prefix + join(rng, parts, 4), prefix + join(rng, parts, 4)}
		pairs = append(pairs, pair)
		questions = append(questions, append([]string{"versions"}, pair...))
	}
	for i, want := range ask(t, questions) {
		sign := bls.CompareVersions(pairs[i][0], pairs[i][1])
		require.Equalf(t, want, strconv.Itoa(sign), "%q and %q", pairs[i][0], pairs[i][1])
	}
}
