package schema_test

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"
)

// beyond are the errors that no schema can find.
var beyond = regexp.MustCompile(`^(` +
	`duplicate entry defined` +
	`|path conflicts with systemd unit or dropin` +
	`|partition numbers collide|partitions overlap|cannot use the same partition label twice` +
	`|shouldExist specified false with other options also specified` +
	`|partition labels may not exceed 36 characters|filesystem labels cannot be longer than .*|luks device labels cannot .*` + // in bytes
	`|cannot use custom clevis config with tpm2, tang, or threshold|cannot use cex with clevis|cannot use key file with cex` +
	`|unable to parse url|cannot use HTTP headers with this source scheme|invalid key-file source|invalid S3 .*|unable to parse HTTP header` +
	`|source must be specified if verification is specified|filesystem must specify format if label is specified` +
	`|advertisement is not valid JSON` +
	`|.* path includes link in config|hard link target is a directory` +
	`|invalid unit content: .*` +
	`|virtiofs device tag cannot .*|filesystem (uuid|labels|options \(mkfs\)) cannot be set .*|wipeFilesystem cannot .*` +
	`|json: cannot unmarshal number .* of type int` + // 1.0 is an integer for a schema
	`|invalid (data )?character.*|expected .*|unterminated .*|incomplete .*|invalid media type|missing media type slash|illegal base64 .*|rfc2396.*` + // data URLs
	`)$`)

// otherCase is a case in which a required key is in capitals, which a schema does not know.
const otherCase = "mut-51@3.4.0"

// TestRecordedVerdicts compares with what Ignition 2.27 said about configs: those that
// it takes pass, and those with an error that a schema can find do not.
func TestRecordedVerdicts(t *testing.T) {
	var passed, refused int
	for _, c := range recordedCases(t) {
		var header struct{ Ignition struct{ Version string } }
		value := parse(t, c.Text)
		if err := json.Unmarshal([]byte(c.Text), &header); err != nil || !known(header.Ignition.Version) || c.ID == otherCase {
			continue
		}
		err := checkerFor(t, header.Ignition.Version).check(value)
		expressible := slices.ContainsFunc(c.Errors, func(text string) bool { return !beyond.MatchString(text) })
		switch {
		case len(c.Errors) == 0 && err != nil:
			t.Errorf("%s: refused: %v\n%s", c.ID, err, c.Text)
		case expressible && err == nil:
			t.Errorf("%s: passes, but Ignition says %q\n%s", c.ID, c.Errors, c.Text)
		case len(c.Errors) == 0:
			passed++
		case expressible:
			refused++
		}
	}
	if passed < 200 || refused < 100 {
		t.Errorf("only %d passed and %d were refused", passed, refused)
	}
}

func known(version string) bool {
	for _, v := range versions {
		if v.name == version {
			return true
		}
	}
	return false
}

type recordedCase struct {
	ID     string
	Text   string
	Errors []string
}

func recordedCases(t *testing.T) (cases []recordedCase) {
	t.Helper()
	f, err := os.Open("testdata/validated.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var c recordedCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}
