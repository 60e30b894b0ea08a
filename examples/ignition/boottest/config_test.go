package boottest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var hashMark = regexp.MustCompile(`@HASH:([^@]*)@`)

// config reads a config of testdata and fills in what differs from run to run:
// @URL@ of the server and @HASH:PATH@ of what it has there, @TANG@ and
// @THUMBPRINT@ of the other server.
func (m *machine) config(name string) string {
	m.t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	m.check(err)
	text := strings.NewReplacer("@URL@", m.server.url, "@TANG@", m.tangServer.url, "@THUMBPRINT@", m.tangServer.thumbprint).Replace(string(data))
	text = hashMark.ReplaceAllStringFunc(text, func(mark string) string {
		content, ok := contents[hashMark.FindStringSubmatch(mark)[1]]
		if !ok {
			m.t.Fatalf("%s: nothing is served for %s", name, mark)
		}
		return hash(content)
	})
	return text
}
