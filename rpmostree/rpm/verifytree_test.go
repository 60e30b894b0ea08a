package rpm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

func TestVerifyTreeEqualsRPM(t *testing.T) {
	root := installRoot(t)
	path := rpmtest.Write(t, t.TempDir(), &rpmtest.Spec{Name: "victim", Files: []rpmtest.File{
		{Path: "/v/changed", Content: []byte("content")}, {Path: "/v/resized", Content: []byte("content")},
		{Path: "/v/mode", Content: []byte("x"), Flags: rpm.FileDoc}, {Path: "/v/owner", Content: []byte("x"), User: "daemon", Group: "bin"},
		{Path: "/v/unknown", Content: []byte("x"), User: "nobody-knows", Group: "nobody-knows"},
		{Path: "/v/missing", Content: []byte("x"), Flags: rpm.FileConfig}, {Path: "/v/optional", Flags: rpm.FileConfig | rpm.FileMissingOK},
		{Path: "/v/ghost", Flags: rpm.FileGhost}, {Path: "/v/ghostdir", Flags: rpm.FileGhost, Mode: 0o600},
		{Path: "/v/link", LinkTo: "changed"}, {Path: "/v/linkfile", LinkTo: "changed"},
		{Path: "/v/dir", Mode: rpm.ModeDir | 0o750}, {Path: "/v/linkeddir", Mode: rpm.ModeDir | 0o755},
		{Path: "/v/null", Mode: rpm.ModeCharDev | 0o666, Rdev: 1<<8 | 3}, {Path: "/v/zero", Mode: rpm.ModeCharDev | 0o666, Rdev: 1<<8 | 5},
		{Path: "/v/caps", Content: []byte("x"), Caps: "cap_net_raw=ep"}, {Path: "/v/uncapped", Content: []byte("x"), Caps: "cap_net_raw,cap_setuid=ep"},
		{Path: "/v/license", Content: []byte("x"), Flags: rpm.FileLicense}, {Path: "/v/same", Content: []byte("x")},
		{Path: "/v/touched", Content: []byte("x"), Flags: rpm.FileReadme}, {Path: "/v/ignored", Content: []byte("x"), VerifyFlags: rpm.VerifyMode},
		{Path: "/v/notdir/file", Content: []byte("x"), Flags: rpm.FileArtifact}, {Path: "/v/suid", Mode: 0o4755, Content: []byte("x")},
	}})
	if r := rpmInstall(t, root, path); r.Exit != 0 {
		t.Fatal(r)
	}
	verify := func(name string) {
		t.Helper()
		list, err := rpm.VerifyTree(t.Context(), root, queryHeader(t, open(t, path)), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for i := range list {
			fmt.Fprintln(&got, &list[i])
		}
		want := testutil.Run(t, nil, testutil.Tool(t, "rpm"), "--root", root, "--dbpath", "/db", "-V", "--nodeps", "victim")
		if got.String() != want.Stdout {
			t.Errorf("%s:\n%s, not\n%s", name, &got, want.Stdout)
		}
	}
	verify("as installed")
	at := func(name string) string { return filepath.Join(root, "v", name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	old := time.Unix(1700000000, 0)
	must(os.WriteFile(at("changed"), []byte("CONTENT"), 0o644))
	must(os.Chtimes(at("changed"), old, old))
	must(os.WriteFile(at("resized"), []byte("longer content"), 0o644))
	must(os.Chmod(at("mode"), 0o600))
	must(os.Chown(at("owner"), 4, 6))
	must(os.Remove(at("missing")))
	must(os.Remove(at("optional")))
	must(os.Mkdir(at("ghostdir"), 0o711))
	must(os.Remove(at("link")))
	must(os.Symlink("elsewhere", at("link")))
	must(os.Remove(at("linkfile")))
	must(os.WriteFile(at("linkfile"), nil, 0o644))
	must(os.Chmod(at("dir"), 0o700))
	must(os.Remove(at("linkeddir")))
	must(os.Symlink("dir", at("linkeddir")))
	must(os.Remove(at("zero")))
	must(os.WriteFile(at("zero"), nil, 0o666))
	must(os.WriteFile(at("uncapped"), []byte("x"), 0o644))
	must(os.Remove(at("license")))
	must(os.Mkdir(at("license"), 0o755))
	must(os.Chtimes(at("touched"), old, time.Unix(1, 0)))
	must(os.WriteFile(at("ignored"), []byte("changed"), 0o644))
	must(os.RemoveAll(at("notdir")))
	must(os.WriteFile(at("notdir"), nil, 0o644))
	must(os.Chmod(at("suid"), 0o755))
	verify("damaged")
}
