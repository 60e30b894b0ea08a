package kargs_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/kargs"
)

// answer is what an operation reported and the arguments after it.
type answer struct {
	note string
	text string
}

// run is a list of operations on a command line.
type run struct {
	start      string
	operations [][2]string
}

// libostree does all runs in one process of the C library.
func libostree(t *testing.T, runs []run) [][]answer {
	python := testutil.Tool(t, "python3")
	if exec.CommandContext(t.Context(), python, "-c", "import ctypes; ctypes.CDLL('libostree-1.so.1')").Run() != nil {
		testutil.Missing(t, "libostree is not reachable from Python")
	}
	var in strings.Builder
	enc := json.NewEncoder(&in)
	for _, r := range runs {
		require.NoError(t, enc.Encode([]any{r.start, r.operations}))
	}
	out := testutil.Run(t, &testutil.RunOptions{Stdin: in.String(), Must: true}, python, "testdata/libostree.py").Stdout
	var all [][]answer
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		var list [][2]*string
		require.NoError(t, json.Unmarshal(s.Bytes(), &list))
		answers := make([]answer, len(list))
		for i, pair := range list {
			if pair[0] != nil {
				answers[i].note = *pair[0]
			}
			answers[i].text = *pair[1]
		}
		all = append(all, answers)
	}
	require.Len(t, all, len(runs))
	return all
}

// ours does one operation.
func ours(a *kargs.Args, name, arg string) answer {
	var err error
	note := ""
	switch name {
	case "append":
		a.Append(arg)
	case "append_if_missing":
		a.AppendIfMissing(arg)
	case "replace":
		a.Set(arg)
	case "new_replace":
		err = a.Replace(arg)
	case "delete":
		err = a.Delete(arg)
	case "delete_if_present":
		err = a.DeleteIfPresent(arg)
	case "delete_key_entry":
		err = a.DeleteKey(arg)
	case "contains":
		note = map[bool]string{true: "True", false: "False"}[a.Contains(arg)]
	case "last":
		last, _ := a.Last(arg)
		note = "none"
		if last.HasValue {
			note = "=" + last.Value
		}
	}
	if err != nil {
		note = err.Error()
	}
	return answer{note, a.String()}
}

// Random operations on words without blanks and quotes, which releases before
// 2024.5 do not treat specially, end like those of libostree at every step.
func TestOperationsMatchLibostree(t *testing.T) {
	names := []string{
		"append", "append", "append", "append_if_missing", "replace", "new_replace", "new_replace",
		"delete", "delete", "delete_if_present", "delete_key_entry", "contains", "last",
	}
	words := []string{"a", "a=", "a=1", "a=2", "a=1=2", "a==1", "a=2=", "b", "b=1", "b=1=1", "=", "=1", "==", "ostree=/x", "ostree"}
	starts := []string{"", "a", "a  b", "a ", "a=1 a=2 a=", "b=1 a a=1 b ostree=/old a=1", "= =1", "a=1  a=2  "}
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	runs := make([]run, 400)
	for i := range runs {
		r := run{start: starts[rng.IntN(len(starts))]}
		for range 25 {
			name, word := names[rng.IntN(len(names))], words[rng.IntN(len(words))]
			if name == "last" || name == "delete_key_entry" {
				word, _, _ = strings.Cut(word, "=")
			}
			r.operations = append(r.operations, [2]string{name, word})
		}
		runs[i] = r
	}
	for i, want := range libostree(t, runs) {
		a := kargs.Parse(runs[i].start)
		for j, op := range runs[i].operations {
			before := a.String()
			require.Equalf(t, want[j], ours(a, op[0], op[1]), "%s %q on %q (run %d)", op[0], op[1], before, i)
		}
	}
}

func TestImportMatchesLibostree(t *testing.T) {
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil || bytes.ContainsRune(cmdline, '"') || bytes.HasPrefix(cmdline, []byte(" ")) {
		t.Skip("this machine's command line has quotes, which old releases split")
	}
	a := kargs.Parse("x=1")
	a.Import(string(cmdline))
	want := libostree(t, []run{{start: "x=1", operations: [][2]string{{"import", ""}}}})
	require.Equal(t, want[0][0].text, a.String())
}
