package layertest_test

import (
	"bytes"
	"crypto"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// configure replaces the configuration of the repositories in the first deployment.
func (w *world) configure(text string) {
	w.t.Helper()
	name := filepath.Join(w.deploymentDir(w.deployments()[0]), "etc/yum.repos.d/extra.repo")
	require.NoError(w.t, os.Remove(name))
	require.NoError(w.t, os.WriteFile(name, []byte(text), 0o644))
}

// section is one repository in a configuration.
func section(id, url string, more ...string) string {
	return fmt.Sprintf("[%s]\nname=%s\nbaseurl=%s\nmetadata_expire=0\n%s\n", id, id, url, strings.Join(more, "\n"))
}

func TestSeveralRepositories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.dir+"/one", w.dir+"/two"
	v := func(v, content string) *rpmtest.Spec { return version(pkg("foo", file("/usr/share/foo", content)), v) }
	w.publishIn(one, v("1", "one-1"), version(pkg("bar", file("/usr/share/bar", "1")), "1"), pkg("onlyone"))
	w.publishIn(two, v("2", "two-2"), version(pkg("bar", file("/usr/share/bar", "2")), "2"))
	check := func(config, name, want string) {
		t.Helper()
		w.configure(config)
		w.ok("install", name)
		require.Equal(t, want, w.text("usr/share/"+name))
		w.ok("uninstall", name)
		w.ok("cleanup", "-r")
	}
	check(section("one", "file://"+one)+section("two", "file://"+two), "foo", "two-2")
	check(section("one", "file://"+one, "priority=10")+section("two", "file://"+two), "foo", "one-1")
	check(section("one", "file://"+one)+section("two", "file://"+two, "enabled=0"), "foo", "one-1")
	check(section("one", "file://"+one)+section("two", "file://"+two, "exclude=foo"), "foo", "one-1")
	check(section("one", "file://"+one)+section("two", "file://"+two, "excludepkgs=f* nothing"), "foo", "one-1")
	check(section("one", "file://"+one)+section("two", "file://"+two, "includepkgs=bar"), "foo", "one-1")
	check(section("one", "file://"+one)+section("two", "file://"+w.dir+"/nosuch", "skip_if_unavailable=1"), "foo", "one-1")
	check(section("one", "file://"+one, "cost=10")+section("two", "file://"+one), "foo", "one-1")

	w.configure(section("one", "file://"+one) + section("two", "file://"+w.dir+"/nosuch"))
	w.fails("two", "install", "foo")
	w.configure(section("one", "file://"+one, "enabled=0"))
	w.fails("No enabled repositories", "install", "foo")
	w.configure(section("one", "file://"+one, "exclude=bar"))
	w.fails("Packages not found: bar", "install", "bar")
	w.configure("")
	w.fails("No enabled repositories", "install", "foo")
	w.configure("[broken\n")
	w.fails("extra.repo", "install", "foo")
	w.configure("[one]\nname=one\nenabled=1\n")
	w.fails("one", "install", "foo")
	w.configure("[one]\nname=one\nbaseurl=file://" + w.dir + "/$releasever-$basearch-$custom\nmetadata_expire=0\n")
	require.NoError(t, os.MkdirAll(w.deploymentDir(w.deployments()[0])+"/etc/dnf/vars", 0o755))
	appendTo(t, w.deploymentDir(w.deployments()[0])+"/etc/dnf/vars/custom", "special\n")
	w.publishIn(w.dir+"/1-x86_64-special", v("5", "vars"))
	w.ok("install", "foo")
	require.Equal(t, "vars", w.text("usr/share/foo"))
}

// TestOverrideFrom replaces packages of the base from a certain repository.
func TestOverrideFrom(t *testing.T) {
	t.Parallel()
	v := func(v string) *rpmtest.Spec { return version(pkg("foo", file("/usr/share/foo", v)), v) }
	w := newWorld(t, v("2"))
	one, two := w.dir+"/one", w.dir+"/two"
	w.publishIn(one, v("1"))
	w.publishIn(two, v("3"), v("4"))
	w.configure(section("one", "file://"+one) + section("two", "file://"+two))
	w.ok("override", "replace", "--experimental", "--from", "repo=one", "foo")
	require.Equal(t, "1", w.text("usr/share/foo"))
	require.Contains(t, w.originText(), "replace=repo=one,foo;\n")
	w.unchanged("upgrade")
	w.publishIn(one, version(pkg("foo", file("/usr/share/foo", "1.5")), "1.5"))
	w.ok("upgrade")
	require.Equal(t, "1.5", w.text("usr/share/foo"))
	w.fails("No matches for 'nosuch' in repo 'two'", "override", "replace", "--experimental", "--from", "repo=two", "nosuch")
	w.fails("Unknown rpm-md repository: three", "override", "replace", "--experimental", "--from", "repo=three", "foo")
	w.ok("override", "reset", "foo")
	require.Equal(t, "2", w.text("usr/share/foo"))
	w.fails("not supported", "override", "replace", "--experimental", "--from", "repo=two", "foo-3-1.noarch")
	w.ok("override", "replace", "--experimental", "--from", "repo=two", "foo")
	require.Equal(t, "4", w.text("usr/share/foo"))
	w.ok("override", "reset", "--all")
	require.NotContains(t, w.originText(), "overrides")
	require.Equal(t, "2", w.text("usr/share/foo"))
	require.Empty(t, w.layered())
}

// signed signs the header of a package.
func signed(t testing.TB, e *openpgp.Entity, s *rpmtest.Spec) *rpmtest.Spec {
	t.Helper()
	data, err := rpmtest.Build(s)
	require.NoError(t, err)
	p, err := rpm.Read(bytes.NewReader(data))
	require.NoError(t, err)
	var sig bytes.Buffer
	header := append([]byte{0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0}, p.Header.Blob()...)
	require.NoError(t, openpgp.DetachSign(&sig, e, bytes.NewReader(header), &packet.Config{DefaultHash: crypto.SHA256}))
	s.Signature = func(b *rpm.HeaderBuilder) { b.SetBytes(267, sig.Bytes()) } // DSAHEADER, that of all but RSA
	return s
}

func newKey(t testing.TB) (e *openpgp.Entity, public string) {
	t.Helper()
	e, err := openpgp.NewEntity("Packager", "", "packager@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	require.NoError(t, err)
	var b bytes.Buffer
	wr, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	require.NoError(t, err)
	require.NoError(t, e.Serialize(wr))
	require.NoError(t, wr.Close())
	return e, b.String()
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	good, goodKey := newKey(t)
	other, otherKey := newKey(t)
	w := newWorld(t)
	tampered := signed(t, good, pkg("tampered", file("/usr/share/tampered", "x")))
	tampered.Summary = "Changed after it was signed"
	w.publish(signed(t, good, pkg("good", file("/usr/share/good", "x"))), signed(t, other, pkg("other", file("/usr/share/other", "x"))), pkg("unsigned"), tampered)
	path := w.packages + "/good-1-1.noarch.rpm"
	if r := testutil.Run(t, nil, testutil.Tool(t, "rpmkeys"), "-Kv", path); !strings.Contains(r.Stdout, "EdDSA/SHA256 Signature") {
		t.Errorf("rpm does not see the signature: %v", r)
	}
	etc := w.deploymentDir(w.deployments()[0]) + "/etc/pki/rpm-gpg"
	require.NoError(t, os.MkdirAll(etc, 0o755))
	appendTo(t, etc+"/GOOD", goodKey)
	appendTo(t, etc+"/OTHER", otherKey)
	config := func(more ...string) { w.configure(section(repoID, "file://"+w.packages, more...)) }
	config("gpgcheck=1", "gpgkey=file:///etc/pki/rpm-gpg/GOOD")
	w.ok("install", "good")
	for _, name := range []string{"other", "unsigned", "tampered"} {
		w.fails(name+"-1-1.noarch", "install", name)
	}
	require.NotContains(t, w.pkgRefs(), "unsigned/1-1.noarch")
	config("gpgcheck=1", "gpgkey=file:///etc/pki/rpm-gpg/GOOD file:///etc/pki/rpm-gpg/OTHER")
	w.ok("install", "other")
	config("gpgcheck=1", "gpgkey=file:///etc/pki/rpm-gpg/MISSING")
	w.ok("uninstall", "other")
	w.ok("cleanup", "-r", "-b")
	w.fails("MISSING", "install", "other")
	config("gpgcheck=1")
	w.fails("other-1-1.noarch", "install", "other")
	config("gpgcheck=0")
	w.ok("install", "unsigned", "other")
	config("repo_gpgcheck=1", "gpgkey=file:///etc/pki/rpm-gpg/GOOD")
	w.publish(pkg("later"))
	w.fails("repomd.xml", "install", "later")
	var sig bytes.Buffer
	repomd := []byte(readFile(t, w.packages+"/repodata/repomd.xml"))
	require.NoError(t, openpgp.ArmoredDetachSign(&sig, good, bytes.NewReader(repomd), nil))
	appendTo(t, w.packages+"/repodata/repomd.xml.asc", sig.String())
	w.ok("install", "later")
}

// server serves a directory and counts the requests.
type server struct {
	*httptest.Server
	requests atomic.Int64
	broken   atomic.Bool
}

func serve(t testing.TB, dir string) *server {
	t.Helper()
	s := &server{}
	files := http.FileServer(http.Dir(dir))
	s.Server = httptest.NewServer(http.HandlerFunc(func(wr http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		if s.broken.Load() {
			http.NotFound(wr, r)
			return
		}
		files.ServeHTTP(wr, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("foo", file("/usr/share/foo", "x")), pkg("bar"), pkg("baz"))
	s := serve(t, w.packages)
	w.configure(strings.ReplaceAll(section("web", s.URL), "metadata_expire=0", "metadata_expire=1h"))
	w.ok("install", "foo")
	w.publish(pkg("new"))
	r := w.fails("Packages not found: new", "install", "new") // not expired
	require.Contains(t, r.stdout, "rpm-md repo 'web' (cached)")
	w.ok("refresh-md", "-f")
	w.ok("install", "new")
	before := s.requests.Load()
	w.fails("", "install", "--cache-only", "bar") // never downloaded
	w.ok("install", "--download-only", "bar")
	require.NotContains(t, w.layered(), "bar-1-1.noarch")
	n := s.requests.Load()
	require.Greater(t, n, before)
	s.broken.Store(true)
	w.ok("install", "--cache-only", "bar")
	require.Equal(t, n, s.requests.Load(), "-C connects to nothing")
	w.fails("web", "refresh-md", "-f")
	w.fails("baz", "install", "baz") // metadata are there, the package is not
	w.ok("cleanup", "-m")
	w.fails("web", "install", "baz")
	w.unchanged("install", "foo", "--idempotent", "--cache-only")
	w.ok("uninstall", "bar") // needs nothing from there
	s.broken.Store(false)
	w.ok("install", "baz")
}

// TestOffline does what needs no repository while there is none.
func TestOffline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("telnet", file("/usr/bin/telnet", "t")), pkg("tool", file("/usr/bin/tool", "1")))
	foo := pkg("foo", file("/usr/share/foo", "x"))
	foo.Requires = []string{"dep"}
	w.publish(foo, pkg("dep"), pkg("bar"))
	w.ok("install", "foo", "bar")
	require.NoError(t, os.RemoveAll(w.packages))
	w.ok("cleanup", "-m")
	w.ok("override", "remove", "telnet") // works from the cache alone
	require.Equal(t, []string{"bar-1-1.noarch", "dep-1-1.noarch", "foo-1-1.noarch", "-telnet-1-1.noarch"}, w.layered())
	w.ok("kargs", "--append=x")
	w.ok("rollback")
	w.ok("rollback")
	w.fails("extra", "upgrade")
	w.ok("upgrade", "--cache-only")
	w.base("2.0", pkg("tool", file("/usr/bin/tool", "1")))
	w.ok("upgrade", "--cache-only")
	require.Equal(t, []string{"bar-1-1.noarch", "dep-1-1.noarch", "foo-1-1.noarch"}, w.layered())
	w.ok("install", "--cache-only", w.file(pkg("local", file("/usr/share/local", "l"))))
	require.Len(t, w.layered(), 4)
	w.ok("uninstall", "--all")
	require.Empty(t, w.layered())
}
