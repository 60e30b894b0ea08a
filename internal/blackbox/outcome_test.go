package blackbox_test

import (
	"bufio"
	"cmp"
	"io"
	"regexp"
	"slices"
	"strings"
)

// An outcome is what a compiled test program printed of one subtest.
type outcome struct {
	name   string // without the name of the test function
	result string // PASS, FAIL or SKIP
	log    string // what the test logged
}

var (
	resultLine = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): (\S+) \(`)
	markLine   = regexp.MustCompile(`^=== (RUN|PAUSE|CONT|NAME)\s+(\S+)`)
)

// outcomes reads the output of a test program that ran with -test.v=test2json or
// -test.v. Only subtests are reported, in the order of their names. Logs come
// between the lines "=== CONT NAME" and the next such line.
func outcomes(r io.Reader) ([]outcome, error) {
	results, logs := map[string]string{}, map[string]*strings.Builder{} // begun tests have a log
	current := ""
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		text := strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "\x16")
		if m := markLine.FindStringSubmatch(text); m != nil {
			current = m[2]
			if logs[current] == nil {
				logs[current] = new(strings.Builder)
			}
		} else if m := resultLine.FindStringSubmatch(text); m != nil && logs[m[2]] != nil {
			results[m[2]], current = m[1], m[2]
		} else if text == "PASS" || text == "FAIL" {
			current = ""
		} else if current != "" {
			logs[current].WriteString(line)
		}
		if err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
	}
	var all []outcome
	for full, result := range results {
		if _, name, ok := strings.Cut(full, "/"); ok {
			all = append(all, outcome{name, result, logs[full].String()})
		}
	}
	slices.SortFunc(all, func(a, b outcome) int { return cmp.Compare(a.name, b.name) })
	return all, nil
}
