package gvariant_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"

	. "github.com/nestos-dev/nestos/internal/gvariant"
)

// TestCommitChecksum builds the objects of a small OSTree commit (two
// directories, a file with an extended attribute, a link) out of values and
// expects the checksum that ostree gives it.
func TestCommitChecksum(t *testing.T) {
	sum := func(v Value) Value {
		if !v.IsNormal() {
			t.Errorf("%s is not normal", v)
		}
		s := sha256.Sum256(v.Bytes())
		return NewByteArray(s[:])
	}
	file := func(mode uint32, target string, xattrs Value, content string) Value {
		header := NewTuple(NewUint32BE(0), NewUint32BE(0), NewUint32BE(mode), NewUint32BE(0), NewString(target), xattrs)
		b := binary.BigEndian.AppendUint32(nil, uint32(header.Size()))
		b = append(b, 0, 0, 0, 0)
		b = append(append(b, header.Bytes()...), content...)
		s := sha256.Sum256(b)
		return NewByteArray(s[:])
	}
	noXattrs := NewArray("(ayay)")
	xattr := NewArray("(ayay)", NewTuple(NewByteString("user.k"), NewByteArray([]byte("v1"))))
	f := file(0o100644, "", xattr, "hello\n")
	l := file(0o120777, "f", noXattrs, "")

	dirmeta := sum(NewTuple(NewUint32BE(0), NewUint32BE(0), NewUint32BE(0o40755), noXattrs))
	d := sum(NewTuple(
		NewArray("(say)", NewTuple(NewString("f"), f), NewTuple(NewString("l"), l)),
		NewArray("(sayay)")))
	root := sum(NewTuple(
		NewArray("(say)"),
		NewArray("(sayay)", NewTuple(NewString("d"), d, dirmeta))))

	var metadata Dict
	metadata.Set("version", NewString("1.0"))
	metadata.Set("ostree.ref-binding", NewStrings([]string{"ex/main"}))
	commit := NewTuple(metadata.Value(), NewByteArray(nil), NewArray("(say)"),
		NewString("subj"), NewString("body"), NewUint64BE(1700000000), root, dirmeta)

	const want = "6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458"
	if got := hex.EncodeToString(sum(commit).Bytes()); got != want {
		t.Errorf("commit %s, want %s\n%s", got, want, commit)
	}
	if commit.Type() != "(a{sv}aya(say)sstayay)" || commit.Size() != 150 {
		t.Errorf("commit is %d bytes of type %s", commit.Size(), commit.Type())
	}
	if got := commit.Child(5).Uint64BE(); got != 1700000000 {
		t.Errorf("timestamp %d", got)
	}
	if v, ok := commit.Child(0).Lookup("version"); !ok || v.Str() != "1.0" {
		t.Errorf("version %v, %v", v, ok)
	}
}
