package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/xz"
)

var (
	update    = flag.Bool("update", false, "rewrite the recorded sessions")
	reference = flag.String("reference", "", "with -update, record sessions of coreos-installer with this program")
)

// TestSessions replays sessions and compares output, exit codes and files.
//
// Lines that begin with "$ " call the program, those with "% " prepare or look at files:
//
//	% fixture iso/x.iso w.iso    unpack testdata/iso/x.iso.xz
//	% copy FROM TO               copy a file of testdata or of the session
//	% write FILE TEXT            make a file with a line
//	% mkdir DIR    % rm FILE     make a directory, remove a file or directory
//	% rebrand FILE               turn the names of CoreOS in a file into those of NestOS
//	% sum FILE...                print SHA-256 digests, of all files if none is named
//
// After a call come the exit code ("= 1", left out if 0), standard output ("1> ") and standard error ("2> ").
// A standard output that is no text is shown by its digest. The sessions in testdata/sessions/coreos were
// recorded with coreos-installer 0.26.0: go test -update -reference /path/to/coreos-installer
func TestSessions(t *testing.T) {
	for _, flavour := range []string{"coreos", "nestos"} {
		files, err := filepath.Glob("testdata/sessions/" + flavour + "/*.txt")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			t.Run(flavour+"/"+strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
				replay(t, file, flavour+"-installer")
			})
		}
	}
}

type session struct {
	t       *testing.T
	program string
	data    string // testdata
	out     strings.Builder
}

func replay(t *testing.T, file, program string) {
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	if *update && program == "coreos-installer" && *reference == "" {
		t.Skip("sessions of coreos-installer are recorded with -reference")
	}
	data, err := filepath.Abs("testdata")
	require.NoError(t, err)
	golden, err := filepath.Abs(file)
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	s := &session{t: t, program: program, data: data}
	for line := range strings.Lines(string(want)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "$ "):
			s.out.WriteString(line + "\n")
			s.call(words(t, line[2:]))
		case strings.HasPrefix(line, "% "):
			s.out.WriteString(line + "\n")
			s.prepare(words(t, line[2:]))
		case line == "" || strings.HasPrefix(line, "#"):
			s.out.WriteString(line + "\n")
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(s.out.String()), 0o644))
		return
	}
	require.Equal(t, string(want), s.out.String())
}

// words splits a line at blanks. Words may be quoted by ' characters.
func words(t *testing.T, line string) []string {
	var list []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		end := strings.IndexByte(line+" ", ' ')
		word := line[:end]
		if line[0] == '\'' {
			word, line, _ = strings.Cut(line[1:], "'")
			require.True(t, line == "" || line[0] == ' ', "quote inside of a word")
		} else {
			line = line[end:]
		}
		list = append(list, word)
	}
	return list
}

func (s *session) call(args []string) {
	var stdout, stderr bytes.Buffer
	var code int
	if *update && *reference != "" {
		cmd := exec.Command(*reference, args...)
		cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run()
		code = cmd.ProcessState.ExitCode()
	} else {
		p := &program{
			Name: s.program, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
			Getenv: func(string) string { return "" }, Root: s.t.TempDir(),
		}
		code = p.run(context.Background(), args)
	}
	if code != 0 {
		fmt.Fprintf(&s.out, "= %d\n", code)
	}
	s.stream("1> ", stdout.Bytes())
	s.stream("2> ", stderr.Bytes())
}

// stream shows what a call printed.
func (s *session) stream(prefix string, data []byte) {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		fmt.Fprintf(&s.out, "%ssha256 %x\n", prefix, sha256.Sum256(data))
		return
	}
	for line := range strings.Lines(string(data)) {
		text := strings.TrimRight(prefix+strings.TrimSuffix(line, "\n"), " ")
		if !strings.HasSuffix(line, "\n") {
			text += " (no newline)"
		}
		s.out.WriteString(text + "\n")
	}
}

func (s *session) prepare(words []string) {
	t := s.t
	switch words[0] {
	case "fixture":
		f, err := os.Open(filepath.Join(s.data, words[1]+".xz"))
		require.NoError(t, err)
		defer f.Close()
		r, err := xz.NewReader(f, nil)
		require.NoError(t, err)
		out, err := os.Create(words[2])
		require.NoError(t, err)
		_, err = io.Copy(out, r)
		require.NoError(t, err)
		require.NoError(t, out.Close())
	case "copy":
		data, err := os.ReadFile(filepath.Join(s.data, words[1]))
		if err != nil {
			data, err = os.ReadFile(words[1])
		}
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(words[2], data, 0o644))
	case "write":
		require.NoError(t, os.WriteFile(words[1], []byte(strings.Join(words[2:], " ")+"\n"), 0o644))
	case "mkdir":
		require.NoError(t, os.MkdirAll(words[1], 0o755))
	case "rm":
		require.NoError(t, os.RemoveAll(words[1]))
	case "rebrand":
		data, err := os.ReadFile(words[1])
		require.NoError(t, err)
		data = bytes.ReplaceAll(data, []byte("COREOS"), []byte("NESTOS"))
		data = bytes.ReplaceAll(data, []byte("coreos"), []byte("nestos"))
		require.NoError(t, os.WriteFile(words[1], data, 0o644))
	case "sum":
		s.sums(words[1:])
	default:
		t.Fatalf("unknown word %q", words[0])
	}
}

func (s *session) sums(files []string) {
	if len(files) == 0 {
		require.NoError(s.t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, path)
			}
			return err
		}))
		slices.Sort(files)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(s.t, err)
		fmt.Fprintf(&s.out, "%x %s\n", sha256.Sum256(data), file)
	}
}
