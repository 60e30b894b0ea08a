package container_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

type tarItem struct {
	*tar.Header
	data []byte
}

func readTar(t testing.TB, b []byte) []tarItem {
	t.Helper()
	var list []tarItem
	for tr := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return list
		}
		require.NoError(t, err)
		data, err := io.ReadAll(tr)
		require.NoError(t, err)
		list = append(list, tarItem{h, data})
	}
}

const objects = "sysroot/ostree/repo/objects/"

// skeleton is what every layer begins with.
func skeleton() []string {
	list := []string{"sysroot", "sysroot/ostree", "sysroot/ostree/repo", "sysroot/ostree/repo/objects"}
	for i := range 256 {
		list = append(list, fmt.Sprintf("%s%02x", objects, i))
	}
	for _, d := range []string{"extensions", "refs", "refs/heads", "refs/mirrors", "refs/remotes", "state", "tmp", "tmp/cache", "config"} {
		list = append(list, "sysroot/ostree/repo/"+d)
	}
	return list
}

func requireSkeleton(t testing.TB, items []tarItem) []tarItem {
	t.Helper()
	for i, want := range skeleton() {
		h := items[i]
		require.Equal(t, want, h.Name)
		if want == "sysroot/ostree/repo/config" {
			require.Equal(t, byte(tar.TypeReg), h.Typeflag)
			require.EqualValues(t, 0o644, h.Mode)
			require.Equal(t, "[core]\nrepo_version=1\nmode=bare-split-xattrs\n", string(h.data))
			continue
		}
		require.Equal(t, byte(tar.TypeDir), h.Typeflag)
		require.EqualValues(t, 0o755, h.Mode)
	}
	return items[len(skeleton()):]
}

func objectName(t testing.TB, path string) object.Name {
	t.Helper()
	rest, ok := strings.CutPrefix(path, objects)
	require.True(t, ok, path)
	dir, name, _ := strings.Cut(rest, "/")
	n, ok := object.ParseLoosePath(dir, name)
	require.True(t, ok, path)
	return n
}

// requirePlainHeaders checks what all entries have in common, in the bytes themselves.
func requirePlainHeaders(t testing.TB, layer []byte) {
	t.Helper()
	seen := 0
	for at := 0; at+512 <= len(layer); {
		h := layer[at : at+512]
		if h[0] == 0 && bytes.Equal(h, make([]byte, 512)) {
			break
		}
		seen++
		magic := "ustar  \x00"
		if h[156] == 'x' {
			magic = "ustar\x0000"
		}
		require.Equal(t, magic, string(h[257:265]))
		require.Equal(t, "00000000000\x00", string(h[136:148]), "mtime")
		require.Equal(t, make([]byte, 512-265), h[265:], "no names, no devices")
		var size int
		_, err := fmt.Sscanf(string(h[124:135]), "%o", &size)
		require.NoError(t, err)
		if t := h[156]; t == '1' || t == '2' || t == '5' {
			size = 0
		}
		at += 512 + (size+511)&^511
	}
	require.GreaterOrEqual(t, seen, len(skeleton()))
	require.Zero(t, len(layer)%512)
	require.Equal(t, make([]byte, 1024), layer[len(layer)-1024:])
}

// The ostree layer is what the format says, entry by entry.
func TestLayerFormat(t *testing.T) {
	src := newRepo(t, ostree.ModeBareUser)
	long := "usr/" + strings.Repeat("long-name/", 12) + strings.Repeat("f", 120)
	files := append([]file{{path: "./", mode: 0o751, uid: 8, gid: 9}, {path: long, text: "long"}, {path: "usr/lib/longlink", symlink: strings.Repeat("l", 150)}}, baseFiles...)
	sum := commitFiles(t, src, "base", nil, files...)
	detached := &object.Dict{}
	detached.Set("key", object.NewString("value"))
	require.NoError(t, src.WriteDetachedMetadata(sum, detached))
	var b bytes.Buffer
	require.NoError(t, container.WriteCommit(t.Context(), src, "base", &b))
	requirePlainHeaders(t, b.Bytes())
	items := readTar(t, b.Bytes())

	require.Equal(t, "./", items[0].Name)
	require.Equal(t, []int{0o751, 8, 9}, []int{int(items[0].Mode), items[0].Uid, items[0].Gid})
	items = requireSkeleton(t, items[1:])
	n := objectName(t, items[0].Name)
	require.Equal(t, object.Name{Checksum: sum, Type: object.TypeCommit}, n)
	require.Equal(t, object.Name{Checksum: sum, Type: object.TypeCommitMeta}, objectName(t, items[1].Name))
	require.Equal(t, detached.Value().Bytes(), items[1].data)
	commit, err := object.ParseCommit(items[0].data)
	require.NoError(t, err)
	require.Equal(t, object.Name{Checksum: commit.Meta, Type: object.TypeDirMeta}, objectName(t, items[2].Name))
	require.Equal(t, object.Name{Checksum: commit.Tree, Type: object.TypeDirTree}, objectName(t, items[3].Name))

	c := &formatCheck{t: t, repo: src, items: items[3:], meta: map[object.Name]bool{{Checksum: commit.Meta, Type: object.TypeDirMeta}: true}}
	c.tree(commit.Tree, "")
	c.rest()
	h := c.next()
	require.Equal(t, "var/tmp", h.Name)
	require.Equal(t, []int{0o1777, 0, 0}, []int{int(h.Mode), h.Uid, h.Gid})
	c.contents(commit)
}

// formatCheck follows a commit while it reads the entries of a layer.
type formatCheck struct {
	t     testing.TB
	repo  *ostree.Repo
	items []tarItem
	meta  map[object.Name]bool // metadata objects that were read
	rooty object.Checksum      // the dirtree of the commit's own sysroot
}

func (c *formatCheck) next() tarItem {
	c.t.Helper()
	require.NotEmpty(c.t, c.items)
	i := c.items[0]
	c.items = c.items[1:]
	return i
}

// metadata expects an object unless it was read before.
func (c *formatCheck) metadata(n object.Name) {
	c.t.Helper()
	if c.meta[n] {
		return
	}
	c.meta[n] = true
	i := c.next()
	require.Equal(c.t, n, objectName(c.t, i.Name))
	require.Equal(c.t, n.Checksum, object.Sum(i.data))
	require.Equal(c.t, []int{0o644, 0, 0, int(tar.TypeReg)}, []int{int(i.Mode), i.Uid, i.Gid, int(i.Typeflag)})
}

func (c *formatCheck) tree(sum object.Checksum, path string) {
	c.t.Helper()
	c.metadata(object.Name{Checksum: sum, Type: object.TypeDirTree})
	dt, err := c.repo.LoadDirTree(sum)
	require.NoError(c.t, err)
	for _, d := range dt.Dirs {
		c.metadata(object.Name{Checksum: d.Meta, Type: object.TypeDirMeta})
		if path == "" && d.Name == "sysroot" {
			c.rooty = d.Tree
			continue
		}
		m, err := c.repo.LoadDirMeta(d.Meta)
		require.NoError(c.t, err)
		i := c.next()
		sub := path + d.Name
		require.Equal(c.t, strings.Replace(sub, "usr/etc", "etc", 1), i.Name)
		require.Equal(c.t, byte(tar.TypeDir), i.Typeflag)
		require.Equal(c.t, []uint32{m.Mode & 0o7777, m.UID, m.GID}, []uint32{uint32(i.Mode), uint32(i.Uid), uint32(i.Gid)})
		c.tree(d.Tree, sub+"/")
	}
}

// rest is the metadata below the commit's sysroot.
func (c *formatCheck) rest() {
	c.metadata(object.Name{Checksum: c.rooty, Type: object.TypeDirTree})
}

// contents expects each content object once with its xattrs before it, and its paths behind.
func (c *formatCheck) contents(commit *object.Commit) {
	c.t.Helper()
	paths := map[object.Checksum][]string{}
	for e, err := range c.repo.Walk(c.t.Context(), commit.Checksum(), "/", nil) {
		require.NoError(c.t, err)
		if !e.IsDir() {
			paths[e.Checksum] = append(paths[e.Checksum], strings.Replace(strings.TrimPrefix(e.Path, "/"), "usr/etc/", "etc/", 1))
		}
	}
	xattrs := map[string]bool{}
	last := object.Checksum{}
	for len(paths) > 0 {
		last = c.content(paths, xattrs, last)
	}
	require.Empty(c.t, c.items)
}

func (c *formatCheck) content(paths map[object.Checksum][]string, xattrs map[string]bool, last object.Checksum) object.Checksum {
	c.t.Helper()
	i := c.next()
	if n := objectName(c.t, i.Name); n.Type == object.TypeFileXattrs {
		require.False(c.t, xattrs[i.Name])
		xattrs[i.Name] = true
		s := sha256.Sum256(i.data)
		require.Equal(c.t, hex.EncodeToString(s[:]), n.Checksum.String())
		i = c.next()
	}
	link := objectName(c.t, i.Name)
	require.Equal(c.t, object.TypeFileXattrsLink, link.Type)
	require.Equal(c.t, byte(tar.TypeLink), i.Typeflag)
	require.True(c.t, xattrs[i.Linkname], i.Linkname)
	i = c.next()
	n := objectName(c.t, i.Name)
	require.Equal(c.t, object.Name{Checksum: link.Checksum, Type: object.TypeFile}, n)
	require.Positive(c.t, n.Checksum.Compare(last), "sorted by checksum")
	h, size, err := c.repo.StatFile(n.Checksum)
	require.NoError(c.t, err)
	require.Equal(c.t, []uint32{h.Mode & 0o7777, h.UID, h.GID}, []uint32{uint32(i.Mode), uint32(i.Uid), uint32(i.Gid)})
	require.Equal(c.t, h.Symlink, i.Linkname)
	_, hasKey := i.PAXRecords["SCHILY.xattr.user.k"]
	_, hasLabel := i.PAXRecords["SCHILY.xattr.security.selinux"]
	_, wantKey := h.Xattrs.Get("user.k")
	require.Equal(c.t, wantKey, hasKey)
	require.False(c.t, hasLabel)
	if !h.IsSymlink() {
		require.EqualValues(c.t, size, len(i.data))
		require.Equal(c.t, n.Checksum, object.ContentChecksum(h, i.data))
	}
	c.links(paths[n.Checksum], i, h.IsSymlink() || size > 0)
	delete(paths, n.Checksum)
	return n.Checksum
}

func (c *formatCheck) links(paths []string, object tarItem, hard bool) {
	c.t.Helper()
	require.NotEmpty(c.t, paths)
	var got []string
	for range paths {
		i := c.next()
		got = append(got, i.Name)
		require.Equal(c.t, object.Mode, i.Mode)
		if hard {
			require.Equal(c.t, byte(tar.TypeLink), i.Typeflag)
			require.Equal(c.t, object.Name, i.Linkname)
		} else {
			require.Equal(c.t, byte(tar.TypeReg), i.Typeflag)
			require.Zero(c.t, i.Size)
		}
	}
	slices.Sort(paths)
	slices.Sort(got)
	require.Equal(c.t, paths, got)
}

// Chunks have the skeleton, and content without directories.
func TestChunkFormat(t *testing.T) {
	src := newRepo(t, ostree.ModeArchive)
	commitFiles(t, src, "base", nil, baseFiles...)
	dir := t.TempDir()
	encapsulated(t, src, container.ImageReference{Transport: container.TransportOCI, Name: dir}, &container.EncapsulateOptions{Contents: chunks(t, src, "base")})
	l := openLayout(t, dir)
	found := map[string]bool{}
	for n := 1; n < len(l.manifest.Layers); n++ {
		layer := l.layer(n)
		requirePlainHeaders(t, layer)
		for _, i := range requireSkeleton(t, readTar(t, layer)) {
			require.NotEqual(t, byte(tar.TypeDir), i.Typeflag)
			require.NotContains(t, i.Name, "commit")
			found[i.Name] = true
		}
	}
	require.True(t, found["etc/passwd"] && found["usr/big"] && found["usr/bin/bash"])
	require.False(t, found["tmp"], "belongs to no component")

	require.Equal(t, []string{"bash", "lib", "big", "other", ""}, []string{l.manifest.Layers[1].Annotations["ostree.components"], l.manifest.Layers[2].Annotations["ostree.components"],
		l.manifest.Layers[3].Annotations["ostree.components"], l.manifest.Layers[4].Annotations["ostree.components"], l.manifest.Layers[5].Annotations["ostree.components"]})
	require.Empty(t, l.manifest.Layers[0].Annotations)
	var texts []string
	for _, h := range l.config.History {
		texts = append(texts, h.CreatedBy)
	}
	require.Equal(t, []string{"a test", "bash-5", "lib-1", "big-1", "other", "Reserved for new packages"}, texts)
	require.Equal(t, l.config.RootFS.DiffIDs[5].String(), l.config.Config.Labels["ostree.final-diffid"])
	require.Equal(t, l.config.Config.Labels, l.manifest.Annotations)
}

// What is in the image's description follows from the commit and the options.
func TestImageMetadata(t *testing.T) {
	src := newRepo(t, ostree.ModeArchive)
	md := &object.Dict{}
	for _, k := range []string{"version", "ostree.linux", "key", "extra"} {
		md.Set(k, object.NewString("value of "+k))
	}
	md.Set("ostree.bootable", object.NewBool(true))
	md.Set("ostree.container-cmd", object.NewStrings([]string{"/sbin/init"}))
	sum := commitFiles(t, src, "base", &ostree.CommitOptions{Metadata: md, NoBindings: true, Time: timeOf(1600000000)}, baseFiles...)
	dir := t.TempDir()
	img := container.ImageReference{Transport: container.TransportOCI, Name: dir}
	encapsulated(t, src, img, &container.EncapsulateOptions{Labels: map[string]string{"own": "label"}, CopyMeta: []string{"key"},
		CopyMetaOpt: []string{"extra", "missing"}, LegacyVersionLabel: true})
	l := openLayout(t, dir)
	require.Equal(t, map[string]string{"ostree.commit": sum.String(), "ostree.final-diffid": l.config.RootFS.DiffIDs[0].String(), "ostree.bootable": "true",
		"containers.bootc": "1", "ostree.linux": "value of ostree.linux", "org.opencontainers.image.version": "value of version", "version": "value of version",
		"own": "label", "key": "value of key", "extra": "value of extra"}, l.config.Config.Labels)
	require.Equal(t, l.config.Config.Labels, l.manifest.Annotations)
	require.Equal(t, []string{"/sbin/init"}, l.config.Config.Cmd)
	require.Equal(t, "2020-09-13T12:26:40Z", l.config.Created.UTC().Format("2006-01-02T15:04:05Z"))
	raw, err := os.ReadFile(l.blob(l.manifest.Config.Digest))
	require.NoError(t, err)
	require.Contains(t, string(raw), `"created":"2020-09-13T12:26:40Z"`)
	require.Equal(t, "ostree export of commit "+sum.String(), l.config.History[0].CreatedBy)

	_, err = container.Encapsulate(t.Context(), src, "base", img, &container.EncapsulateOptions{CopyMeta: []string{"missing"}})
	require.EqualError(t, err, "Could not find commit metadata key: missing")
	require.NoError(t, os.RemoveAll(dir))
	encapsulated(t, src, img, &container.EncapsulateOptions{Cmd: []string{"sh", "-c", "x"}})
	require.Equal(t, []string{"sh", "-c", "x"}, openLayout(t, dir).config.Config.Cmd)
}

// The real program reads a layer that was unpacked as the repository that it is.
func TestRealProgramReadsLayer(t *testing.T) {
	testutil.Root(t) // owners are restored
	real, untar := testutil.Tool(t, "ostree"), testutil.Tool(t, "tar")
	src := newRepo(t, ostree.ModeBareUser)
	sum := commitFiles(t, src, "base", nil, baseFiles...)
	dir := t.TempDir()
	layer := filepath.Join(dir, "layer.tar")
	f, err := os.Create(layer)
	require.NoError(t, err)
	require.NoError(t, container.WriteCommit(t.Context(), src, "base", f))
	require.NoError(t, f.Close())
	must := &testutil.RunOptions{Must: true}
	testutil.Run(t, must, untar, "-xpf", layer, "-C", dir)
	repo := filepath.Join(dir, "sysroot/ostree/repo")
	testutil.Run(t, must, real, "fsck", "--repo="+repo)
	require.Equal(t, listing(t, src, "base", "-C", "-X"), testutil.Run(t, must, real, "ls", "-R", "-C", "-X", "--repo="+repo, sum.String()).Stdout)
	for path, want := range map[string]string{"etc/passwd": "root:x:0:0\n", "usr/bin/sh": "#!/bin/true\n", "usr/lib/empty": ""} {
		b, err := os.ReadFile(filepath.Join(dir, path))
		require.NoError(t, err)
		require.Equal(t, want, string(b))
	}

	// And ours does, too.
	r, err := ostree.Open(repo, nil)
	require.NoError(t, err)
	defer r.Close()
	var again bytes.Buffer
	require.NoError(t, container.WriteCommit(t.Context(), r, sum.String(), &again))
	want, err := os.ReadFile(layer)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, again.Bytes()))
}
