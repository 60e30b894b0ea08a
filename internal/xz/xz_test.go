package xz_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/xz"
)

// tool returns the path of a program. Where it is missing the test is skipped, in CI it
// fails.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is needed: %v", name, err)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// pipe runs a program with the input in and returns its output.
func pipe(t testing.TB, in []byte, name string, args ...string) []byte {
	t.Helper()
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), tool(t, name), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &stderr
	require.NoError(t, cmd.Run(), "%s %v: %s", name, args, stderr.String())
	return out.Bytes()
}

// executable is the code of the test itself, a large ELF (or other) file.
var executable = sync.OnceValue(func() []byte {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return b
})

// text returns n bytes like those of a log or a list of files.
func text(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"/usr/lib/", "systemd", "kernel", "error: ", "modules", ".so.", "5.14", "\n", "\t", "the ", "=", "lib", "python3", "x86_64"}
	var b bytes.Buffer
	for b.Len() < n {
		b.WriteString(words[int(r.ExpFloat64()*3)%len(words)])
		if r.IntN(9) == 0 {
			fmt.Fprintf(&b, "%d ", r.IntN(5000))
		}
	}
	return b.Bytes()[:n]
}

func random(n int) []byte {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// mixed is code, noise, text, zeros and the beginning once more.
func mixed(n int) []byte {
	code := executable()
	code = code[len(code)/8:]
	q := n / 6
	b := bytes.Join([][]byte{code[:q], random(q), text(q), make([]byte, q), code[:q]}, nil)
	return append(b, random(n-len(b))...)
}

// samples are data of many kinds.
func samples() map[string][]byte {
	code := executable()
	code = code[len(code)/4:]
	m := map[string][]byte{
		"empty":       {},
		"one byte":    {'x'},
		"two bytes":   {'x', 'x'},
		"abc":         []byte("abcabcabc"),
		"zeros":       make([]byte, 5<<20/2),
		"short zeros": make([]byte, 300),
		"random":      random(200_000),
		"code":        code[:900_000],
		"small code":  code[:20_000],
		"text":        text(700_000),
		"small text":  text(500),
		"mixed":       mixed(1_200_000),
		"period":      bytes.Repeat(random(5000), 60),
	}
	for _, n := range []int{3, 4, 5, 6, 7, 100, 4095, 4096, 4097, 65535, 65536, 65537} {
		m[fmt.Sprintf("text %d", n)] = text(n)
		m[fmt.Sprintf("random %d", n)] = random(n)
	}
	return m
}

func decode(t testing.TB, b []byte, opts *xz.ReaderOptions) []byte {
	t.Helper()
	out, err := decodeErr(b, opts)
	require.NoError(t, err)
	return out
}

func decodeErr(b []byte, opts *xz.ReaderOptions) ([]byte, error) {
	r, err := xz.NewReader(bytes.NewReader(b), opts)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// same compares without printing megabytes.
func same(t testing.TB, want, got []byte) {
	t.Helper()
	if bytes.Equal(want, got) {
		return
	}
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	t.Fatalf("%d bytes, want %d; they differ at %d", len(got), len(want), i)
}

func eofIsNil(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
