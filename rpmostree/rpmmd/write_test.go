package rpmmd_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// documents are the plain texts of a repository, by type.
type documents map[string]string

func readDocuments(t *testing.T, dir string) (documents, *rpmmd.Repomd) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "repodata", "repomd.xml"))
	require.NoError(t, err)
	defer f.Close()
	m, err := rpmmd.ParseRepomd(t.Context(), f)
	require.NoError(t, err)
	docs := documents{}
	for _, d := range m.Data {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(d.Href)))
		require.NoError(t, err)
		require.Len(t, data, int(d.Size))
		if d.Checksum.Type == "sha256" {
			require.Equal(t, d.Checksum.Hex, sha256Hex(data))
		}
		rc, _, err := decompress.NewReader(bytes.NewReader(data), nil)
		require.NoError(t, err)
		plain, err := io.ReadAll(rc)
		require.NoError(t, err)
		if d.OpenSize != 0 {
			require.Len(t, plain, int(d.OpenSize))
		}
		docs[d.Type] = string(plain)
	}
	return docs, m
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// createrepo runs the real program over dir, and returns its documents.
func createrepo(t *testing.T, dir string, args ...string) (documents, *rpmmd.Repomd) {
	t.Helper()
	tool := testutil.Tool(t, "createrepo_c")
	out := t.TempDir()
	cmd := exec.Command(tool, append(args, "--quiet", "--no-database", "--outputdir", out, dir)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("createrepo_c: %v\n%s", err, text)
	}
	return readDocuments(t, out)
}

// packageCopies are the packages of testdata with a fixed modification time.
func packageCopies(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	names, err := filepath.Glob("testdata/packages/*.rpm")
	require.NoError(t, err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		to := filepath.Join(dir, filepath.Base(name))
		require.NoError(t, os.WriteFile(to, data, 0o644))
		require.NoError(t, os.Chtimes(to, time.Unix(1700000000, 0), time.Unix(1700000000, 0)))
	}
	return dir
}

func golden(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "golden", name))
	require.NoError(t, err)
	return string(data)
}

// elements are what the Write functions give for a package.
func elements(t *testing.T, name string) (primary, filelists, other string) {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	info := &rpmmd.PackageInfo{
		Checksum: rpmmd.Checksum{Type: "sha256", Hex: sha256Hex(data)},
		Size:     int64(len(data)), FileTime: 1700000000, Href: filepath.Base(name), NarrowPre: true,
	}
	pkg, err := rpm.Open(name)
	require.NoError(t, err, name)
	defer pkg.Close()
	var p, f, o bytes.Buffer
	require.NoError(t, rpmmd.WritePackage(&p, pkg, info))
	require.NoError(t, rpmmd.WriteFilelist(&f, pkg, info))
	require.NoError(t, rpmmd.WriteChangelog(&o, pkg, info))
	return p.String(), f.String(), o.String()
}

// The golden files are createrepo_c 0.17.3's.
func TestWritePackage(t *testing.T) {
	p, f, o := golden(t, "primary.xml"), golden(t, "filelists.xml"), golden(t, "other.xml")
	names, err := filepath.Glob("testdata/packages/*.rpm")
	require.NoError(t, err)
	require.Len(t, names, strings.Count(p, "<package "))
	for _, name := range names {
		primary, filelists, other := elements(t, name)
		require.Contains(t, p, primary, name)
		require.Contains(t, f, filelists, name)
		require.Contains(t, o, other, name)
	}
}

func TestCreateRepoGolden(t *testing.T) {
	dir := packageCopies(t)
	opts := &rpmmd.CreateOptions{
		Time: time.Unix(7, 0), SimpleNames: true, NarrowPre: true,
		Tags: rpmmd.RepoTags{Content: []string{"c"}, Repo: []string{"r&"}, Distro: []rpmmd.DistroTag{{CPEID: "cpe:/o:x", Name: "Name"}}},
	}
	m, err := rpmmd.CreateRepo(t.Context(), dir, opts)
	require.NoError(t, err)
	docs, read := readDocuments(t, dir)
	require.Equal(t, m, read)
	for _, typ := range []string{"primary", "filelists", "other"} {
		require.Equal(t, golden(t, typ+".xml"), docs[typ])
	}
	// Compressors differ, the rest of repomd.xml does not.
	want, err := rpmmd.ParseRepomd(t.Context(), strings.NewReader(golden(t, "repomd.xml")))
	require.NoError(t, err)
	for i := range want.Data {
		want.Data[i].Checksum, want.Data[i].Size = m.Data[i].Checksum, m.Data[i].Size
	}
	got, err := os.ReadFile(filepath.Join(dir, "repodata", "repomd.xml"))
	require.NoError(t, err)
	require.Equal(t, string(want.AppendXML(nil)), string(got))
}

// A repomd.xml that createrepo_c wrote comes back as it was.
func TestRepomdRoundTrip(t *testing.T) {
	text := golden(t, "repomd.xml")
	m, err := rpmmd.ParseRepomd(t.Context(), strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, text, string(m.AppendXML(nil)))
	require.EqualValues(t, 7, m.Time())
	require.Equal(t, []string{"filelists", "other", "primary"}, m.Types())
}

// buildSpecs makes packages of testdata/specs.
func buildSpecs(t *testing.T) string {
	t.Helper()
	tool := testutil.Tool(t, "rpmbuild")
	dir := t.TempDir()
	specs, err := filepath.Glob("testdata/specs/*.spec")
	require.NoError(t, err)
	for _, spec := range specs {
		abs, err := filepath.Abs(spec)
		require.NoError(t, err)
		cmd := exec.Command(tool, "--quiet", "-ba", "--dbpath", filepath.Join(dir, "db"),
			"--define", "_topdir "+filepath.Join(t.TempDir(), "top"), "--define", "_rpmdir "+dir, "--define", "_srcrpmdir "+dir, abs)
		cmd.Env = append(os.Environ(), "HOME="+dir)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("rpmbuild %s: %v\n%s", spec, err, text)
		}
	}
	return dir
}

func TestCreateRepoLikeCreaterepo(t *testing.T) {
	dir := buildSpecs(t)
	// Names that need care, and the order of names in several directories.
	names, err := filepath.Glob(filepath.Join(dir, "noarch", "*.rpm"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for i, to := range []string{"b/a.rpm", "a/z/0.rpm", "C/B.rpm", "a/sp ace+x&\".rpm", "ü.rpm"} {
		to = filepath.Join(dir, to)
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
		require.NoError(t, os.Link(names[i%len(names)], to))
	}
	for name, c := range map[string]struct {
		args []string
		opts rpmmd.CreateOptions
	}{
		"plain":     {nil, rpmmd.CreateOptions{}},
		"sha512":    {[]string{"--checksum", "sha512"}, rpmmd.CreateOptions{Checksum: "sha512"}},
		"sha1":      {[]string{"--checksum", "sha1"}, rpmmd.CreateOptions{Checksum: "sha1", Compression: "zstd"}},
		"changelog": {[]string{"--changelog-limit", "2"}, rpmmd.CreateOptions{ChangelogLimit: 2, Compression: "none", Concurrency: 7}},
		"exclude":   {[]string{"--excludes", "*.src.rpm"}, rpmmd.CreateOptions{Exclude: func(p string) bool { return strings.HasSuffix(p, ".src.rpm") }}},
	} {
		t.Run(name, func(t *testing.T) {
			want, _ := createrepo(t, dir, c.args...)
			opts := c.opts
			opts.NarrowPre, opts.Time, opts.OutputDir = true, time.Unix(1700000000, 0), t.TempDir()
			first, err := rpmmd.CreateRepo(t.Context(), dir, &opts)
			require.NoError(t, err)
			got, _ := readDocuments(t, opts.OutputDir)
			for _, typ := range []string{"primary", "filelists", "other"} {
				require.Equal(t, want[typ], got[typ])
			}
			opts.OutputDir = t.TempDir()
			second, err := rpmmd.CreateRepo(t.Context(), dir, &opts)
			require.NoError(t, err)
			require.Equal(t, first, second)
		})
	}
}

// The pre="1" of createrepo_c 1.2 has the transaction scriptlets, too.
func TestWritePackageTransactionScriptlets(t *testing.T) {
	names, err := filepath.Glob("testdata/packages/nasty*.noarch.rpm")
	require.NoError(t, err)
	pkg, err := rpm.Open(names[0])
	require.NoError(t, err)
	defer pkg.Close()
	var w bytes.Buffer
	require.NoError(t, rpmmd.WritePackage(&w, pkg, &rpmmd.PackageInfo{}))
	require.Contains(t, w.String(), `<rpm:entry name="onlypretrans" pre="1"/>`)
	require.Contains(t, w.String(), `<rpm:entry name="onlyposttrans" pre="1"/>`)
	require.Contains(t, w.String(), `<rpm:entry name="onlypreun"/>`)
}

func TestCreateRepoReplaces(t *testing.T) {
	dir := packageCopies(t)
	comps := filepath.Join(t.TempDir(), "comps.xml")
	require.NoError(t, os.WriteFile(comps, []byte("<comps></comps>"), 0o600))
	opts := &rpmmd.CreateOptions{Time: time.Unix(7, 0), Documents: []rpmmd.ExtraDocument{{Type: "group", Path: comps}}}
	_, err := rpmmd.CreateRepo(t.Context(), dir, opts)
	require.NoError(t, err)
	docs, _ := readDocuments(t, dir)
	require.Equal(t, "<comps></comps>", docs["group"])

	require.NoError(t, os.WriteFile(filepath.Join(dir, "repodata", "mine"), nil, 0o644))
	require.NoError(t, os.Remove(filepath.Join(dir, "one-epoch-0.1-1.x86_64.rpm")))
	opts = &rpmmd.CreateOptions{Time: time.Unix(8, 0), Revision: "text"}
	m, err := rpmmd.CreateRepo(t.Context(), dir, opts)
	require.NoError(t, err)
	require.Equal(t, "text", m.Revision)
	entries, err := os.ReadDir(filepath.Join(dir, "repodata"))
	require.NoError(t, err)
	require.Len(t, entries, 5, "three documents, repomd.xml, and what is not ours")

	// A file that is no package, and an error that leaves everything as it was.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bad.rpm"), []byte("no package"), 0o644))
	_, err = rpmmd.CreateRepo(t.Context(), dir, &rpmmd.CreateOptions{})
	require.ErrorContains(t, err, "bad.rpm")
	_, same := readDocuments(t, dir)
	require.Equal(t, m, same)
	entries, err = os.ReadDir(filepath.Join(dir, "repodata"))
	require.NoError(t, err)
	require.Len(t, entries, 5)
	var broken []string
	opts.Broken = func(path string, err error) error { broken = append(broken, path); return nil }
	again, err := rpmmd.CreateRepo(t.Context(), dir, opts)
	require.NoError(t, err)
	require.Equal(t, m, again)
	require.Equal(t, []string{"bad.rpm"}, broken)

	_, err = rpmmd.CreateRepo(t.Context(), dir, &rpmmd.CreateOptions{Compression: "lzip"})
	require.ErrorIs(t, err, rpmmd.ErrNotSupported)
	_, err = rpmmd.CreateRepo(t.Context(), dir, &rpmmd.CreateOptions{Checksum: "crc"})
	require.ErrorIs(t, err, rpmmd.ErrNotSupported)
}

// dnf reads what we write.
func TestCreateRepoWithDNF(t *testing.T) {
	dnf := testutil.Tool(t, "dnf")
	for _, compression := range []string{"gz", "zstd"} {
		dir := packageCopies(t)
		_, err := rpmmd.CreateRepo(t.Context(), dir, &rpmmd.CreateOptions{Compression: compression})
		require.NoError(t, err)
		root := t.TempDir()
		cmd := exec.Command(dnf, "--quiet", "--installroot", root, "--releasever", "1", "--setopt=cachedir="+root+"/cache", "--setopt=logdir="+root,
			"--setopt=reposdir="+root, "--setopt=pluginpath="+root, "--repofrompath=ours,file://"+dir, "--repo=ours", "repoquery", "--requires", "nasty")
		cmd.Env = append(os.Environ(), "HOME="+root)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "(rich-a or rich-b >= 2)\n")
		require.Contains(t, string(out), "aftermath < 5:2-1\n")
	}
}
