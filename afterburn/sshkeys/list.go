package sshkeys

import "strings"

// ParseList reads a key from each line; one that is bad or empty is an error, which is that of [Parse].
func ParseList(lines []string) ([]Key, error) {
	keys := make([]Key, 0, len(lines))
	for _, line := range lines {
		k, err := Parse(line)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// ParseFile reads the text of an authorized_keys file. Empty lines and those that begin with '#', perhaps after
// white space, are skipped. Anything else that is not a key is an error, a line of blanks too; it is that of
// [Parse].
func ParseFile(text string) ([]Key, error) {
	var keys []Key
	for line := range eachLine(text) {
		if line == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		k, err := Parse(line)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// ParseLines reads a key from each line of a text. Lines that are not a key, empty ones and comments too, are
// given to bad with the error of [Parse] and skipped; bad may be nil.
func ParseLines(text string, bad func(line string, err error)) []Key {
	var keys []Key
	for line := range eachLine(text) {
		k, err := Parse(line)
		if err == nil {
			keys = append(keys, k)
		} else if bad != nil {
			bad(line, err)
		}
	}
	return keys
}

// eachLine yields the lines of a text without their ends, "\n" or "\r\n". Nothing follows the last end.
func eachLine(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if cut, ended := strings.CutSuffix(line, "\n"); ended {
				line = strings.TrimSuffix(cut, "\r")
			}
			if !yield(line) {
				return
			}
		}
	}
}
