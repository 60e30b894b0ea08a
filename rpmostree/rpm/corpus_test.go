package rpm_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// corpusFiles are the packages that the interoperability tests read: those in testdata, those that rpmbuild makes, and
// more in the directories that NESTOS_RPM_CORPUS lists.
func corpusFiles(t testing.TB) []string {
	dirs := []string{"testdata"}
	dirs = append(dirs, filepath.SplitList(os.Getenv("NESTOS_RPM_CORPUS"))...)
	var files []string
	for _, d := range dirs {
		found, err := filepath.Glob(filepath.Join(d, "*.rpm"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return append(files, builtPackages(t)...)
}

// eachPackage runs a test for every package of the corpus.
func eachPackage(t *testing.T, f func(t *testing.T, path string)) {
	for _, path := range corpusFiles(t) {
		t.Run(filepath.Base(path), func(t *testing.T) { f(t, path) })
	}
}

func tool(t testing.TB, name string, args ...string) *testutil.Result {
	t.Helper()
	args = append([]string{"--dbpath", t.TempDir()}, args...)
	return testutil.Run(t, nil, testutil.Tool(t, name), args...)
}

func open(t testing.TB, path string) *rpm.Package {
	t.Helper()
	p, err := rpm.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func queryHeader(t testing.TB, p *rpm.Package) *rpm.Header {
	t.Helper()
	h, err := p.QueryHeader()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestXMLEqualsRPM(t *testing.T) {
	eachPackage(t, func(t *testing.T, path string) {
		var got bytes.Buffer
		if err := rpm.WriteXML(&got, queryHeader(t, open(t, path))); err != nil {
			t.Fatal(err)
		}
		want := tool(t, "rpm", "-qp", "--nosignature", "--xml", path)
		diff(t, got.String(), want.Stdout)
	})
}

func TestArchiveEqualsRPM2CPIO(t *testing.T) {
	rpm2cpio := testutil.Tool(t, "rpm2cpio")
	eachPackage(t, func(t *testing.T, path string) {
		r, err := open(t, path).Archive()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		want := testutil.Run(t, nil, rpm2cpio, path)
		diff(t, string(got), want.Stdout)
	})
}

func TestPayloadIsComplete(t *testing.T) {
	eachPackage(t, func(t *testing.T, path string) {
		r, err := open(t, path).Payload(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// diff shows the first line that differs.
func diff(t testing.TB, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := bytes.SplitAfter([]byte(got), []byte("\n")), bytes.SplitAfter([]byte(want), []byte("\n"))
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || !bytes.Equal(g[i], w[i]) {
			var a, b []byte
			if i < len(g) {
				a = g[i]
			}
			if i < len(w) {
				b = w[i]
			}
			t.Errorf("line %d is\n%q, not\n%q", i+1, a, b)
			return
		}
	}
}
