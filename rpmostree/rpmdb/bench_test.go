package rpmdb_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// syntheticRecords makes records of the size of a distribution's: about 50
// files, 30 dependencies and 50 KB each on average.
func syntheticRecords(t testing.TB, n int) []rpmdb.Record {
	t.Helper()
	var s rpmdb.Set
	for i := range n {
		b := &rpm.HeaderBuilder{}
		name := fmt.Sprintf("package-%d", i*7919%n)
		b.SetString(rpm.TagName, name)
		b.SetString(rpm.TagVersion, fmt.Sprintf("%d.%d", i%7, i%11))
		b.SetString(rpm.TagRelease, "1.fc42")
		b.SetString(rpm.TagArch, "x86_64")
		files := 10 + i*i%230
		var names, digests []string
		var dirIndexes, numbers []uint32
		for j := range files {
			names = append(names, fmt.Sprintf("file-%x.so", (i*31+j*17)*2654435761%(1<<30)))
			digests = append(digests, fmt.Sprintf("%064x", i*1000+j))
			dirIndexes = append(dirIndexes, uint32(j%9))
			numbers = append(numbers, uint32(j))
		}
		b.SetStrings(rpm.TagBasenames, names...)
		b.SetStrings(rpm.TagFileDigests, digests...)
		b.SetUint32s(rpm.TagDirIndexes, dirIndexes...)
		for _, tag := range []rpm.Tag{rpm.TagFileSizes, rpm.TagFileMTimes, rpm.TagFileFlags, rpm.TagFileInodes, rpm.TagFileDevices, rpm.TagFileVerifyFlags, rpm.TagFileColors, rpm.TagFileClass} {
			b.SetUint32s(tag, numbers...)
		}
		var dirs, provides, requires []string
		var flags []uint32
		for j := range 9 {
			dirs = append(dirs, fmt.Sprintf("/usr/share/%s/%d/", name, j))
		}
		for j := range 30 {
			provides = append(provides, fmt.Sprintf("lib%s.so.%d()(64bit)", name, j))
			requires = append(requires, fmt.Sprintf("libpackage-%d.so.%d()(64bit)", (i+j*j)%n, j))
			flags = append(flags, 0)
		}
		b.SetStrings(rpm.TagDirnames, dirs...)
		b.SetStrings(rpm.TagProvideName, provides...)
		b.SetStrings(rpm.TagRequireName, requires...)
		b.SetUint32s(rpm.TagRequireFlags, flags...)
		b.SetString(rpm.TagDescription, string(bytes.Repeat([]byte("All about it. "), 2000)))
		h, err := rpm.ParseBlob(b.Blob(rpm.TagHeaderImmutable))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(h); err != nil {
			t.Fatal(err)
		}
	}
	return s.Records()
}

// benchRecords are those of the corpus' greatest database if there is a corpus.
func benchRecords(b *testing.B) []rpmdb.Record {
	dir := filepath.Join(os.Getenv(corpusVariable), "centos8-modularitylabel")
	if db, err := rpmdb.Open(os.DirFS(dir)); err == nil {
		defer db.Close()
		return all(b, db)
	}
	return syntheticRecords(b, 520)
}

// Real rpm takes 1.1 s of CPU time to import 517 packages of CentOS 8.
func BenchmarkWrite(b *testing.B) {
	records := benchRecords(b)
	b.ReportAllocs()
	for b.Loop() {
		m, err := rpmdb.NewImage(records, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(m.Size())
		if _, err := m.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	records := benchRecords(b)
	if err := rpmdb.Create(dir, records, nil); err != nil {
		b.Fatal(err)
	}
	fi, err := os.Stat(filepath.Join(dir, "rpmdb.sqlite"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(fi.Size())
	b.ReportAllocs()
	for b.Loop() {
		db, err := rpmdb.Open(os.DirFS(dir))
		if err != nil {
			b.Fatal(err)
		}
		if n := len(all(b, db)); n != len(records) {
			b.Fatal(n)
		}
		db.Close()
	}
}

func BenchmarkLookup(b *testing.B) {
	dir := b.TempDir()
	if err := rpmdb.Create(dir, benchRecords(b), nil); err != nil {
		b.Fatal(err)
	}
	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for b.Loop() {
		if _, err := db.Lookup(context.Background(), "bash"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	dir := b.TempDir()
	if err := rpmdb.Create(dir, benchRecords(b), nil); err != nil {
		b.Fatal(err)
	}
	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for b.Loop() {
		if p, err := db.Verify(context.Background()); err != nil || len(p) > 0 {
			b.Fatal(p, err)
		}
	}
}
