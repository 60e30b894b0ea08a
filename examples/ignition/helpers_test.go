package main

import (
	"bytes"
	"strings"
	"testing"
)

type result struct {
	code           int
	stdout, stderr string
}

// runProgram runs the program in this process; args has its name first.
func runProgram(t *testing.T, env map[string]string, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), &world{
		args: args, stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
		getenv: func(name string) string { return env[name] },
	})
	return result{code, stdout.String(), stderr.String()}
}
