package keyfile_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/keyfile"
)

type question struct {
	Text     string  `json:"text"`
	Comments bool    `json:"comments"`
	Ops      [][]any `json:"ops"`
}

type result[T any] struct {
	OK    T
	Error string
}

type answer struct {
	Error  string
	Groups []string
	Keys   []struct {
		Group, Key    string
		Value, String result[string]
		Strings       result[[]string]
		Bool          result[bool]
		Int           result[int32]
	}
	Data string
}

// askGLib gives the questions to GLib's own parser, if Python can reach it.
func askGLib(t *testing.T, questions []question) []answer {
	t.Helper()
	const python = "/usr/bin/python3" // the system's, which has the introspection module
	if err := exec.CommandContext(t.Context(), python, "-c", "from gi.repository import GLib").Run(); err != nil {
		t.Skip("GLib is not reachable from Python")
	}
	var in bytes.Buffer
	for _, q := range questions {
		if err := json.NewEncoder(&in).Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/gkeyfile.py")
	var stderr strings.Builder
	cmd.Stdin, cmd.Stderr = &in, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var answers []answer
	scanner := bufio.NewScanner(bytes.NewReader(out))
	scanner.Buffer(nil, 1<<22)
	for scanner.Scan() {
		var a answer
		if err := json.Unmarshal(scanner.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	if len(answers) != len(questions) {
		t.Fatalf("%d answers for %d questions", len(answers), len(questions))
	}
	return answers
}

func same[T any](t *testing.T, q question, what string, got T, err error, want result[T]) {
	t.Helper()
	if err != nil && err.Error() == want.Error {
		return
	}
	if err != nil || want.Error != "" || fmt.Sprint(got) != fmt.Sprint(want.OK) {
		t.Errorf("%q: %s: got %q, %v, want %q, %q", q.Text, what, fmt.Sprint(got), err, fmt.Sprint(want.OK), want.Error)
	}
}

func TestReadsLikeGLib(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var questions []question
	for range 3000 {
		questions = append(questions, question{Text: randomFile(rng), Comments: true})
	}
	parsed := 0
	for i, want := range askGLib(t, questions) {
		q := questions[i]
		f, err := keyfile.Parse([]byte(q.Text))
		if err != nil || want.Error != "" {
			same(t, q, "error", "", err, result[string]{Error: want.Error})
			continue
		}
		parsed++
		if !slices.Equal(f.Groups(), want.Groups) {
			t.Errorf("%q: groups %q, want %q", q.Text, f.Groups(), want.Groups)
		}
		for _, k := range want.Keys {
			what := k.Group + "/" + k.Key
			value, err := f.Value(k.Group, k.Key)
			same(t, q, what, value, err, k.Value)
			value, err = f.String(k.Group, k.Key)
			same(t, q, what, value, err, k.String)
			list, err := f.Strings(k.Group, k.Key)
			same(t, q, what, list, err, k.Strings)
			truth, err := f.Bool(k.Group, k.Key)
			same(t, q, what, truth, err, k.Bool)
			number, err := f.Int(k.Group, k.Key)
			same(t, q, what, number, err, k.Int)
		}
	}
	if parsed < len(questions)/4 {
		t.Errorf("only %d of %d files could be parsed", parsed, len(questions))
	}
}

func TestEditsLikeGLib(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var questions []question
	for range 2000 {
		q := question{Text: canonicalFile(rng)}
		for range 1 + rng.IntN(6) {
			q.Ops = append(q.Ops, randomEdit(rng))
		}
		questions = append(questions, q)
	}
	for i, want := range askGLib(t, questions) {
		q := questions[i]
		f := parse(t, q.Text)
		for _, op := range q.Ops {
			apply(f, op)
		}
		if got := string(f.Bytes()); got != want.Data {
			t.Errorf("%q after %q:\n got %q\nwant %q", q.Text, q.Ops, got, want.Data)
		}
	}
}

func apply(f *keyfile.File, op []any) {
	arg := func(i int) string { return op[i].(string) }
	switch arg(0) {
	case "set_string":
		_ = f.SetString(arg(1), arg(2), arg(3))
	case "set_string_list":
		_ = f.SetStrings(arg(1), arg(2), op[3].([]string))
	case "remove_key":
		_ = f.Remove(arg(1), arg(2))
	case "remove_group":
		_ = f.RemoveGroup(arg(1))
	}
}

func choose(rng *rand.Rand, list ...string) string { return list[rng.IntN(len(list))] }

func randomText(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range rng.IntN(n) {
		b.WriteString(choose(rng, " ", "\t", `\`, ";", "=", "a", "s", "n", "1", "é", "[", "]", "#", "-"))
	}
	return b.String()
}

func randomFile(rng *rand.Rand) string {
	var b strings.Builder
	if rng.IntN(8) > 0 {
		b.WriteString("[a]\n")
	}
	for range rng.IntN(8) {
		b.WriteString(choose(rng, "", "", "", " ", "\t"))
		switch rng.IntN(12) {
		case 0:
			b.WriteString("#" + randomText(rng, 5))
		case 1:
			b.WriteString("[" + choose(rng, "a", "b", `remote "x"`) + "]" + choose(rng, "", " ", "\t "))
		case 2:
		case 3:
			if rng.IntN(4) == 0 {
				b.WriteString(randomText(rng, 8))
			}
		case 4:
			b.WriteString("b=" + choose(rng, "true", "false", "1", "0", "true ", "-5", "007", "5 6", "2147483648", "-2147483648"))
		default:
			b.WriteString(choose(rng, "b", "c", "d[de]", "Encoding", "x y") + choose(rng, "", " ") + "=" + randomText(rng, 12))
		}
		b.WriteString(choose(rng, "\n", "\n", "\n", "\r\n"))
	}
	return b.String()
}

// canonicalFile has no comments and no surplus white space.
func canonicalFile(rng *rand.Rand) string {
	var groups []string
	for _, g := range []string{"a", "b", `remote "x"`} {
		if rng.IntN(3) == 0 {
			continue
		}
		text := "[" + g + "]\n"
		for _, k := range []string{"b", "c", "d[de]"} {
			if rng.IntN(2) == 0 {
				text += k + "=" + choose(rng, "", "1", "x;y;") + "\n"
			}
		}
		groups = append(groups, text)
	}
	return strings.Join(groups, "\n")
}

func randomEdit(rng *rand.Rand) []any {
	group, key := choose(rng, "a", "b", `remote "x"`, "new"), choose(rng, "b", "c", "d[de]", "new")
	switch rng.IntN(8) {
	case 0:
		return []any{"remove_group", group}
	case 1, 2:
		return []any{"remove_key", group, key}
	case 3, 4:
		var list []string
		for range rng.IntN(4) {
			list = append(list, randomLines(rng))
		}
		if list == nil {
			list = []string{}
		}
		return []any{"set_string_list", group, key, list}
	default:
		return []any{"set_string", group, key, randomLines(rng)}
	}
}

func randomLines(rng *rand.Rand) string {
	s := randomText(rng, 8)
	if rng.IntN(3) == 0 {
		s = choose(rng, "\n", "\r", " \n ", "\\\t", "; ") + s
	}
	return s
}
