package container_test

import (
	"archive/tar"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/stretchr/testify/require"
)

// names lists the paths of a commit with the kind and the owner of each.
func names(t testing.TB, r *ostree.Repo, rev string) map[string]string {
	t.Helper()
	m := map[string]string{}
	for line := range strings.Lines(listing(t, r, rev)) {
		f := strings.Fields(line)
		path := strings.Join(f[4:], " ")
		m[strings.Fields(path)[0]] = f[0] + " " + f[1] + ":" + f[2] + " " + path
	}
	return m
}

func content(t testing.TB, r *ostree.Repo, rev, path string) string {
	t.Helper()
	return testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "ostree"), "cat", "--repo="+r.Path(), rev, path).Stdout
}

var derivedFiles = []file{
	{path: "./"}, {path: "usr/"}, {path: "usr/bin/", mode: 0o700}, {path: "usr/bin/new", text: "new", mode: 0o755, uid: 5, gid: 6},
	{path: "usr/bin/sh", text: "replaced", mode: 0o755},                    // a file that other paths of the base share
	{path: "usr/lib/.wh.os-release"},                                       // removes a file
	{path: "usr/lib/.wh.deep"},                                             // removes a directory
	{path: "usr/lib/d/.wh..wh..opq"}, {path: "usr/lib/d/three", text: "3"}, // empties a directory
	{path: "usr/lib/.wh..wh.plnk"},                                                  // means nothing
	{path: "usr/lib/file/"}, {path: "usr/lib/file/inside", text: "now a directory"}, // a file becomes a directory
	{path: "usr/etc2", text: "x"}, {path: "etc/passwd", text: "root:x:0:0:changed\n"}, // etc is usr/etc
	{path: "/etc/abs", text: "absolute"}, {path: "./etc/.wh.sub"}, // in all its forms
	{path: "usr/share/a", text: "shared"}, {path: "usr/share/b", hardlink: "usr/share/a"}, // hard links
	{path: "etc/c", hardlink: "./usr/share/a"}, {path: "usr/share/d", hardlink: "etc/abs"}, // across the mapping
	{path: "var/lib/x/state", text: "kept"}, {path: "run/secret", text: "dropped"}, {path: "tmp/x", text: "dropped"},
	{path: "dev/null", typ: tar.TypeChar}, {path: "opt/app/bin", text: "counted"}, {path: "opt/app/lib", text: "counted"},
	{path: "srv/x", text: "counted"}, {path: "etc/hostname"}, {path: "etc/resolv.conf", text: "nameserver ::1\n"},
	{path: "usr/lib/attr2", text: "attr", xattrs: map[string]string{"user.z": "1", "security.selinux": "foreign", "user.a": "2"}},
	{path: "usr/setuid", text: "s", mode: 0o6755},
}

// An image with a layer on top of the commit becomes a merge commit with the tree that a container has.
func TestPullDerived(t *testing.T) {
	l := baseLayout(t, &container.EncapsulateOptions{Labels: map[string]string{"version": "9"}})
	l.add(tarOf(t, derivedFiles...))
	l.add(tarOf(t, file{path: "usr/bin/new", text: "newest"}, file{path: "usr/lib/d", text: "a directory becomes a file"},
		file{path: "usr/bin/.wh.ping"}, file{path: "usr/bin/ping", text: "whiteouts act on what is below only"}))
	img := l.save()
	dst := newRepo(t, ostree.ModeBareUser)
	pulled, err := container.Pull(t.Context(), dst, unverified(img), nil)
	require.NoError(t, err)
	fsck(t, dst)
	rev := pulled.Commit.String()
	got := names(t, dst, rev)
	for path, want := range map[string]string{
		"/usr/bin":     "d00755 0:0 /usr/bin", // as the base has it
		"/usr/bin/new": "-00644 0:0 /usr/bin/new", "/usr/bin/sh": "-00755 0:0 /usr/bin/sh", "/usr/lib/d": "-00644 0:0 /usr/lib/d",
		"/usr/lib/file": "d00755 0:0 /usr/lib/file", "/usr/lib/file/inside": "-00644 0:0 /usr/lib/file/inside",
		"/usr/etc/abs": "-00644 0:0 /usr/etc/abs", "/usr/share": "d00755 0:0 /usr/share", "/usr/setuid": "-06755 0:0 /usr/setuid",
		"/var/lib/x/state": "-00644 0:0 /var/lib/x/state", "/usr/lib/link": "l00777 0:0 /usr/lib/link -> ../..//bin/sh",
		"/tmp": "l00777 0:0 /tmp -> sysroot/tmp", "/usr/etc/resolv.conf": "-00644 0:0 /usr/etc/resolv.conf",
	} {
		require.Equal(t, want, got[path])
	}
	for _, path := range []string{"/usr/lib/os-release", "/usr/lib/deep", "/usr/lib/d/one", "/usr/lib/d/three", "/usr/etc/sub", "/etc", "/run",
		"/opt", "/srv", "/dev", "/usr/etc/hostname"} {
		require.NotContains(t, got, path)
	}
	for path := range got {
		require.NotContains(t, path, ".wh.")
	}
	for path, want := range map[string]string{"/usr/bin/sh": "replaced", "/usr/bin/bash": "#!/bin/true\n", "/usr/bin/new": "newest",
		"/usr/etc/passwd": "root:x:0:0:changed\n", "/usr/share/b": "shared", "/usr/etc/c": "shared", "/usr/share/d": "absolute",
		"/usr/bin/ping": "whiteouts act on what is below only"} {
		require.Equal(t, want, content(t, dst, rev, path), path)
	}
	require.Contains(t, listing(t, dst, rev, "-X"), "{ [(b'user.a', [byte 0x32]), (b'user.z', [0x31])] } /usr/lib/attr2")
	requireMergeMetadata(t, dst, pulled, l)
	require.Equal(t, "Image contains non-ostree compatible file paths: opt: 2 srv: 1", pulled.FilteredWarning())

	// From another repository mode, and from the layers that are there already, the commit is the same.
	other := newRepo(t, ostree.ModeArchive)
	again, err := container.Pull(t.Context(), other, unverified(img), nil)
	require.NoError(t, err)
	require.Equal(t, pulled.Commit, again.Commit)
	alias := container.ImageReference{Transport: container.TransportOCI, Name: "/elsewhere"}
	again, err = container.Pull(t.Context(), other, unverified(img), &container.PullOptions{Target: &alias})
	require.NoError(t, err)
	require.Equal(t, pulled.Commit, again.Commit)
	require.Equal(t, pulled.Filtered, again.Filtered)
}

// requireMergeMetadata reads the keys of the merge commit with the real program.
func requireMergeMetadata(t *testing.T, r *ostree.Repo, pulled *container.Image, l *layoutImage) {
	t.Helper()
	rev := pulled.Commit.String()
	require.Equal(t, "'"+pulled.Digest.String()+"'\n", show(t, r, rev, container.KeyManifestDigest))
	require.Contains(t, show(t, r, rev, container.KeyManifest), `"layers":[{"digest":"`+l.manifest.Layers[0].Digest.String()+`"`)
	require.Contains(t, show(t, r, rev, container.KeyImageConfig), `"version":"9"`)
	require.Equal(t, "'nestos/1'\n", show(t, r, rev, container.KeyImporterVersion))
	require.Equal(t, fmt.Sprintf("{'%s': {'opt': uint32 2, 'srv': 1}}\n", l.manifest.Layers[1].Digest), show(t, r, rev, container.KeyFiltered))
	c, err := r.LoadCommit(pulled.Commit)
	require.NoError(t, err)
	require.True(t, c.Parent.IsZero())
	require.Empty(t, c.Subject)
	require.EqualValues(t, 1700000000, c.Timestamp, "that of the image's configuration")
	text := testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "ostree"), "show", "--repo="+r.Path(), rev).Stdout
	require.Contains(t, text, "commit "+rev+"\nContentChecksum:  ")
	require.Contains(t, text, "Date:  2023-11-14 22:13:20 +0000\n")
}

// Images without a commit inside are taken as they are.
func TestPullPlain(t *testing.T) {
	l := emptyLayout(t)
	l.add(tarOf(t, file{path: "./", mode: 0o750, uid: 3}, file{path: "usr/bin/x", text: "x"}, file{path: "etc/conf", text: "c"}, file{path: "opt/o", text: "o"},
		file{path: "run/r", text: "r"}, file{path: "run/"}))
	l.add(tarOf(t, file{path: "opt/.wh.o"}, file{path: "opt/p", text: "p"}))
	l.config.Created.Time = time.Unix(1234567890, 0)
	dst := newRepo(t, ostree.ModeArchive)
	pulled, err := container.Pull(t.Context(), dst, unverified(l.save()), nil)
	require.NoError(t, err)
	require.True(t, pulled.Base.IsZero())
	require.Empty(t, pulled.FilteredWarning())
	fsck(t, dst)
	got := names(t, dst, pulled.Commit.String())
	require.Equal(t, map[string]string{"/": "d00750 3:0 /", "/usr": "d00755 0:0 /usr", "/usr/bin": "d00755 0:0 /usr/bin", "/usr/bin/x": "-00644 0:0 /usr/bin/x",
		"/usr/etc": "d00755 0:0 /usr/etc", "/usr/etc/conf": "-00644 0:0 /usr/etc/conf", "/opt": "d00755 0:0 /opt", "/opt/p": "-00644 0:0 /opt/p",
		"/run": "d00755 0:0 /run"}, got)
	c, err := dst.LoadCommit(pulled.Commit)
	require.NoError(t, err)
	require.EqualValues(t, 1234567890, c.Timestamp)
	_, err = container.Unencapsulate(t.Context(), dst, unverified(l.save()), nil)
	require.ErrorContains(t, err, "No ostree.final-diffid label found, not an ostree encapsulated container")
	_, err = container.Pull(t.Context(), newRepo(t, ostree.ModeArchive), unverified(l.save()), &container.PullOptions{RequireBootable: true})
	require.ErrorContains(t, err, "Target image does not have ostree.bootable label")
}

// A system whose root is transient may have any top-level directory.
func TestTransientRoot(t *testing.T) {
	for conf, kept := range map[string]bool{
		"": false, "[root]\ntransient=true\n": true, "[root]\ntransient=false\n": false, "[composefs]\nenabled=yes\n": true,
		"[composefs]\nenabled=signed\n": true, "[composefs]\nenabled=no\n": false, "[sysroot]\nreadonly=true\n": false,
	} {
		r := newRepo(t, ostree.ModeArchive)
		files := append([]file{}, baseFiles...)
		if conf != "" {
			files = append(files, file{path: "usr/lib/ostree/prepare-root.conf", text: conf})
		}
		commitFiles(t, r, "base", nil, files...)
		dir := t.TempDir()
		encapsulated(t, r, container.ImageReference{Transport: container.TransportOCI, Name: dir}, nil)
		l := openLayout(t, dir)
		l.add(tarOf(t, file{path: "opt/x", text: "x"}))
		pulled, err := container.Pull(t.Context(), r, unverified(l.save()), nil)
		require.NoError(t, err)
		_, found := names(t, r, pulled.Commit.String())["/opt/x"]
		require.Equal(t, kept, found, conf)
	}
}

var policyFiles = []file{
	{path: "usr/etc/selinux/config", text: "SELINUX=enforcing\nSELINUXTYPE=targeted\n"},
	{path: "usr/etc/selinux/targeted/contexts/files/file_contexts", text: "/.*\tsystem_u:object_r:default_t:s0\n/\t-d\tsystem_u:object_r:root_t:s0\n" +
		"/usr/bin(/.*)?\tsystem_u:object_r:bin_t:s0\n/usr/etc(/.*)?\tsystem_u:object_r:etc_t:s0\n"},
}

// labels returns the SELinux label of each path.
func labels(t *testing.T, r *ostree.Repo, rev string) map[string]string {
	t.Helper()
	sum, err := r.ResolveRev(rev)
	require.NoError(t, err)
	m := map[string]string{}
	for e, err := range r.Walk(t.Context(), sum, "/", nil) {
		require.NoError(t, err)
		label, _ := e.Header.Xattrs.Get("security.selinux")
		m[e.Path] = strings.TrimPrefix(strings.TrimSuffix(string(label), ":s0\x00"), "system_u:object_r:")
	}
	return m
}

// Layers are labelled by the policy of the base; a layer that brings another policy labels everything anew.
func TestSELinuxLabels(t *testing.T) {
	r := newRepo(t, ostree.ModeBareUser)
	commitFiles(t, r, "base", nil, append(append([]file{}, baseFiles...), policyFiles...)...)
	dir := t.TempDir()
	encapsulated(t, r, container.ImageReference{Transport: container.TransportOCI, Name: dir}, nil)
	l := openLayout(t, dir)
	l.add(tarOf(t, file{path: "usr/bin/x", text: "x"}, file{path: "etc/y", text: "y"}, file{path: "usr/new/z", text: "z"},
		file{path: "usr/bin/foreign", text: "f", xattrs: map[string]string{"security.selinux": "other_t"}}))
	pulled, err := container.Pull(t.Context(), r, unverified(l.save()), nil)
	require.NoError(t, err)
	got := labels(t, r, pulled.Commit.String())
	for path, want := range map[string]string{"/usr/bin/x": "bin_t", "/usr/etc/y": "etc_t", "/usr/new": "default_t", "/usr/new/z": "default_t",
		"/usr/bin/foreign": "bin_t", "/usr/bin/sh": "", "/": ""} {
		require.Equal(t, want, got[path], path)
	}
	fsck(t, r)

	contexts := policyFiles[1]
	contexts.path = "etc/" + strings.TrimPrefix(contexts.path, "usr/etc/")
	contexts.text += "/usr/bin/sh\tsystem_u:object_r:shell_t:s0\n"
	l.add(tarOf(t, contexts))
	pulled, err = container.Pull(t.Context(), r, unverified(l.save()), nil)
	require.NoError(t, err)
	got = labels(t, r, pulled.Commit.String())
	for path, want := range map[string]string{"/usr/bin/sh": "shell_t", "/usr/bin/bash": "bin_t", "/": "root_t", "/usr/etc/passwd": "etc_t", "/usr/new/z": "default_t"} {
		require.Equal(t, want, got[path], path)
	}
	fsck(t, r)
}

// Builders whose storage keeps hard links report a changed file as an object of the base's repository.
func TestChangedBaseObject(t *testing.T) {
	l := baseLayout(t, nil)
	var object string
	tr := tar.NewReader(strings.NewReader(string(l.layer(0))))
	for object == "" {
		h, err := tr.Next()
		require.NoError(t, err)
		if h.Name == "usr/bin/sh" {
			object = h.Linkname
		}
	}
	l.add(tarOf(t, file{path: object, text: "changed in place", mode: 0o700, mtime: 1700000000},
		file{path: "usr/bin/sh", hardlink: object, mtime: 1700000000}, file{path: "usr/bin/bash", hardlink: object, mtime: 1700000000}))
	r := newRepo(t, ostree.ModeBareUser)
	pulled, err := container.Pull(t.Context(), r, unverified(l.save()), nil)
	require.NoError(t, err)
	for _, p := range []string{"/usr/bin/sh", "/usr/bin/bash"} {
		require.Equal(t, "changed in place", content(t, r, pulled.Commit.String(), p))
	}
	fsck(t, r)
}

// A repository without owners and attributes holds what it can.
func TestPullDerivedBareUserOnly(t *testing.T) {
	l := emptyLayout(t)
	l.add(tarOf(t, derivedFiles...))
	r := newRepo(t, ostree.ModeBareUserOnly)
	pulled, err := container.Pull(t.Context(), r, unverified(l.save()), nil)
	require.NoError(t, err)
	fsck(t, r)
	require.Equal(t, "-00755 0:0 /usr/setuid", names(t, r, pulled.Commit.String())["/usr/setuid"])
}
