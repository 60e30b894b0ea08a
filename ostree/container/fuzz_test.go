package container

import (
	"archive/tar"
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

const fuzzLimit = 1 << 20 // bytes of content that a layer may have

// fuzzRepo is a repository in which nothing is made durable.
func fuzzRepo(t testing.TB) *ostree.Repo {
	r, err := ostree.Init(t.TempDir(), &ostree.InitOptions{Mode: ostree.ModeBareUser})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// inTransaction runs f in a transaction that is thrown away, and bounds its memory.
func inTransaction(t *testing.T, r *ostree.Repo, input int, f func(p *writePool) error) error {
	t.Helper()
	txn, err := r.Begin(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer txn.Abort()
	p := newWritePool(t.Context(), txn)
	defer p.close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = f(p)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20+400*uint64(input) {
		t.Fatalf("%d bytes allocated for a layer of %d", used, input)
	}
	return err
}

func fuzzTar(entries ...tar.Header) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		h.Mode, h.Size = 0o644, 0
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(h.Name))
		}
		w.WriteHeader(&h)
		io.WriteString(w, h.Name[:h.Size])
	}
	w.Close()
	return b.Bytes()
}

// fuzzLines makes a layer of lines: the type of an entry, its path, and for links "=" and a target. Random
// changes of an archive seldom get past its checksums.
func fuzzLines(text string) []byte {
	var b bytes.Buffer
	w := newTarWriter(&b)
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			continue
		}
		name, link, _ := strings.Cut(line[1:], "=")
		e := &tarEntry{typ: line[0], name: name, link: link, mode: 0o644}
		if e.typ == tarFile {
			e.size = int64(len(name))
		}
		w.header(e)
		io.WriteString(w, name[:e.size])
	}
	w.Close()
	return b.Bytes()
}

// A layer of ordinary files gives a tree that is valid, has nothing of what is to be left out, and is the
// same after it was written and read again.
func FuzzDerivedLayer(f *testing.F) {
	f.Add(fuzzTar(tar.Header{Name: "usr/", Typeflag: tar.TypeDir}, tar.Header{Name: "usr/x", Typeflag: tar.TypeReg},
		tar.Header{Name: "etc/y", Typeflag: tar.TypeLink, Linkname: "usr/x"}, tar.Header{Name: "usr/z", Typeflag: tar.TypeSymlink, Linkname: "//a"}), "", false)
	f.Add(fuzzTar(tar.Header{Name: "usr/.wh.x", Typeflag: tar.TypeReg}, tar.Header{Name: "opt/.wh..wh..opq", Typeflag: tar.TypeReg},
		tar.Header{Name: "./run/x", Typeflag: tar.TypeReg}, tar.Header{Name: "tmp/", Typeflag: tar.TypeDir}), "", true)
	f.Add(fuzzTar(tar.Header{Name: "usr/a", Typeflag: tar.TypeReg, PAXRecords: map[string]string{"SCHILY.xattr.user.a": "b"}}, tar.Header{Name: "usr/a/b", Typeflag: tar.TypeReg},
		tar.Header{Name: "/usr//../x", Typeflag: tar.TypeReg}), "", false)
	f.Add([]byte{}, "5usr/\n0usr/x\n1etc/y=usr/x\n2usr/z=../q\n0usr/.wh..wh..opq\n5usr/x/\n0usr/x/y\n0opt/z\n0run/x\n5tmp\n1usr/etc/a=etc/y\n2run=x\n0usr/.wh.k", false)
	f.Add([]byte{}, "5./\n0.wh.usr\n0etc/.wh.etc\n0a\n5a\n0.wh..wh..opq\n0./usr/../x\n5dev\n0dev/x\n0sysroot/ostree/repo/objects/00/x.file", true)
	r := fuzzRepo(f)
	f.Fuzz(func(t *testing.T, layer []byte, text string, anyTop bool) {
		if len(layer)+len(text) > 1<<20 {
			return
		}
		if text != "" {
			layer = fuzzLines(text)
		}
		inTransaction(t, r, len(layer), func(p *writePool) error {
			d := newDerivedReader(r, p, nil, anyTop, fuzzLimit)
			if err := d.read(t.Context(), bytes.NewReader(layer)); err != nil {
				return err
			}
			tree, err := d.tree()
			if err != nil {
				return err
			}
			sum, _, err := p.txn.WriteTree(tree)
			if err != nil {
				t.Fatal(err)
			}
			checkTops(t, tree, anyTop)
			if !anyTop {
				return nil // what was left out is not there to be written
			}
			var b bytes.Buffer
			if err := writeRawLayer(t.Context(), r, tree, ostree.NewTree(), &b); err != nil {
				t.Fatal(err)
			}
			again := newDerivedReader(r, p, nil, true, fuzzLimit)
			if err := again.read(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			second, err := again.tree()
			if err != nil {
				t.Fatal(err)
			}
			if got, _, err := p.txn.WriteTree(second); err != nil || got != sum {
				t.Fatalf("the tree %s becomes %s, %v", sum, got, err)
			}
			return nil
		})
	})
}

// checkTops looks for files where there must be none.
func checkTops(t *testing.T, tree *ostree.Tree, anyTop bool) {
	_, dirs, err := tree.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range dirs {
		sub, err := tree.Dir(name)
		if err != nil {
			t.Fatal(err)
		}
		inside, below, err := sub.Names()
		if err != nil {
			t.Fatal(err)
		}
		for _, api := range apiDirs {
			if name == api && len(inside)+len(below) > 0 {
				t.Fatalf("%s is not empty", name)
			}
		}
		if !anyTop && !strings.Contains(" usr var run tmp proc sys dev sysroot ", " "+name+" ") && !strings.HasPrefix(name, whiteoutPrefix) {
			t.Fatalf("unexpected directory %q", name)
		}
		if name == "etc" {
			t.Fatal("etc was not moved")
		}
	}
}

// A layer of objects is either refused, or everything that it named is there with the right checksum.
func FuzzObjectLayer(f *testing.F) {
	r := fuzzRepo(f)
	var layers [2][]byte
	func() {
		txn, err := r.Begin(f.Context(), nil)
		if err != nil {
			f.Fatal(err)
		}
		defer txn.Abort()
		t := ostree.NewTree()
		if err := txn.AddTar(f.Context(), t, bytes.NewReader(fuzzTar(tar.Header{Name: "usr/x", Typeflag: tar.TypeReg}, tar.Header{Name: "usr/y", Typeflag: tar.TypeSymlink, Linkname: "x"})),
			nil, &ostree.TarOptions{AutocreateParents: true}); err != nil {
			f.Fatal(err)
		}
		tree, meta, err := txn.WriteTree(t)
		if err != nil {
			f.Fatal(err)
		}
		c, err := txn.WriteCommit(f.Context(), tree, meta, nil)
		if err != nil {
			f.Fatal(err)
		}
		objects, err := commitContents(f.Context(), r, c)
		if err != nil {
			f.Fatal(err)
		}
		var whole, chunk bytes.Buffer
		if err := writeOSTreeLayer(f.Context(), r, c, objects, &whole); err != nil {
			f.Fatal(err)
		}
		if err := writeChunkLayer(f.Context(), r, objects, &chunk); err != nil {
			f.Fatal(err)
		}
		layers[0], layers[1] = whole.Bytes(), chunk.Bytes()
	}()
	f.Add(layers[0], true)
	f.Add(layers[1], false)
	f.Add(layers[0], false)
	f.Add(layers[0][:len(layers[0])/2], true)
	f.Fuzz(func(t *testing.T, layer []byte, whole bool) {
		if len(layer) > 1<<20 {
			return
		}
		inTransaction(t, r, len(layer), func(p *writePool) error {
			o := newObjectReader(r, p, fuzzLimit)
			o.whole = whole
			if err := o.read(t.Context(), bytes.NewReader(layer)); err != nil {
				return err
			}
			if whole && object.Sum(o.commit.raw) != o.commit.sum {
				t.Fatal("a commit with the wrong checksum was accepted")
			}
			for _, c := range o.files {
				if err := r.VerifyObject(t.Context(), object.Name{Checksum: c, Type: object.TypeFile}); err != nil {
					t.Fatal(err)
				}
			}
			return nil
		})
	})
}

// The first layer of an image keeps everything but the detached metadata.
func FuzzRewriteCommitMeta(f *testing.F) {
	name := objectsPath + "/00/" + strings.Repeat("0", 62) + ".commit"
	f.Add(fuzzTar(tar.Header{Name: "./", Typeflag: tar.TypeDir}, tar.Header{Name: name, Typeflag: tar.TypeReg}, tar.Header{Name: name + "meta", Typeflag: tar.TypeReg},
		tar.Header{Name: "usr/" + strings.Repeat("x", 200), Typeflag: tar.TypeReg}), []byte("contents"))
	f.Fuzz(func(t *testing.T, layer, contents []byte) {
		var once, twice, removed bytes.Buffer
		if err := rewriteCommitMeta(bytes.NewReader(layer), &once, append([]byte{}, contents...)); err != nil {
			return
		}
		if once.Len() > len(layer)+len(contents)+4096 {
			t.Fatalf("%d bytes of %d", once.Len(), len(layer))
		}
		if err := rewriteCommitMeta(bytes.NewReader(once.Bytes()), &twice, append([]byte{}, contents...)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatal("replaced by the same, it is not the same")
		}
		if err := rewriteCommitMeta(bytes.NewReader(once.Bytes()), &removed, nil); err != nil {
			t.Fatal(err)
		}
		for tr := tar.NewReader(&removed); ; {
			h, err := tr.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := relativeName(h.Name); strings.HasPrefix(n, objectsPath+"/") && strings.HasSuffix(n, ".commitmeta") && h.Typeflag == tar.TypeReg {
				t.Fatal("detached metadata are still there")
			}
		}
	})
}

// A policy that is accepted gives an answer for every image.
func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(`{"default":[{"type":"reject"}],"transports":{"docker":{"":[{"type":"insecureAcceptAnything"}]}}}`), "quay.io/a/b:c")
	f.Add([]byte(`{"default":[{"type":"sigstoreSigned","keyPath":"/k","signedIdentity":{"type":"remapIdentity","prefix":"a.b","signedPrefix":"c"}}]}`), "a.b/x@sha256:0")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		p, err := ParsePolicy(b)
		if err != nil {
			return
		}
		list, err := p.requirements(ImageReference{TransportRegistry, name})
		if err == nil && len(list) == 0 {
			t.Fatal("an image without requirements")
		}
	})
}

// Content metadata that are accepted describe each component once, in bounded memory.
func FuzzReadContentFile(f *testing.F) {
	f.Add([]byte(`{"version":1,"layers":{"a":"A","unpackaged":"U"},"mapping":{"` + strings.Repeat("0", 64) + `":"a"},"labels":{"k":"v"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadContentFile(bytes.NewReader(b))
		if err == nil && m.Contents == nil {
			t.Fatal("no contents")
		}
	})
}
