package ostree

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

func FuzzMirrorlist(f *testing.F) {
	f.Add([]byte("# comment\n\nhttp://a/repo\nftp://b\n  https://c/ \r\nhttps://d"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list := parseMirrorlist(data)
		for _, url := range list {
			require.True(t, strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://"))
			require.NotContains(t, url, "\n")
			require.Contains(t, string(data), url)
		}
		require.Equal(t, list, parseMirrorlist([]byte(strings.Join(list, "\n"))))
	})
}

// FuzzObjectSize: the elements of ostree.sizes, with their varints.
func FuzzObjectSize(f *testing.F) {
	entry := func(sizes ...uint64) []byte {
		b := make([]byte, object.ChecksumSize)
		for _, s := range sizes {
			b = binary.AppendUvarint(b, s)
		}
		return b
	}
	f.Add(entry(35, 1))
	f.Add(append(entry(43787, 108894), byte(object.TypeFile)))
	f.Add(append(entry(12, 12), byte(object.TypeDirMeta)))
	f.Add(entry(1<<63, 1))
	f.Add(append(entry(1), 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseObjectSize(b)
		if err != nil {
			return
		}
		require.True(t, s.Archived >= 0 && s.Unpacked >= 0 && s.Name.Type.Valid())
		again := entry(uint64(s.Archived), uint64(s.Unpacked))
		copy(again, s.Name.Checksum[:])
		require.LessOrEqual(t, len(again), len(b))
		back, err := parseObjectSize(append(again, byte(s.Name.Type)))
		require.NoError(t, err)
		require.Equal(t, s, back)
	})
}

var (
	refspecPattern    = regexp.MustCompile(`^(?:([0-9A-Za-z_][-._0-9A-Za-z]*):)?((?:[0-9A-Za-z_][-._0-9A-Za-z]*/)*[0-9A-Za-z_][-._0-9A-Za-z]*)$`)
	collectionPattern = regexp.MustCompile(`^[A-Za-z_][0-9A-Za-z_]*(\.[A-Za-z_][0-9A-Za-z_]*)+$`)
)

func FuzzRefspec(f *testing.F) {
	for _, s := range []string{"main", "a/b/c", "o:a/b", "o:", ":a", "a:b:c", "a//b", ".a", "a/..", "-x", "org.example.C", "é", "a\n", "b/x^", "x=3", "y=-1", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		remote, ref, err := ParseRefspec(s)
		m := refspecPattern.FindStringSubmatch(s)
		require.Equal(t, m != nil && !strings.HasSuffix(s, "\n"), err == nil, s)
		if err == nil {
			require.Equal(t, m[1:], []string{remote, ref})
			require.Equal(t, s, refspecString(remote, ref))
			require.NoError(t, ValidateRefName(ref))
			path := refKey{remote: remote, ref: ref}.path()
			require.True(t, strings.HasPrefix(path, "refs/") && !strings.Contains(path, "//") && !strings.Contains(path, "/.."))
		}
		require.Equal(t, collectionPattern.MatchString(s) && len(s) <= 255, ValidateCollectionID(s) == nil, s)
		if branch, depth, err := ParseBranchDepth(s); err == nil {
			require.True(t, strings.HasPrefix(s, branch+"="))
			require.True(t, depth >= -1<<31 && depth < 1<<31)
		}
		refs, commits, err := parseRefs([]string{s})
		if err == nil {
			require.Equal(t, 1, len(refs)+len(commits))
		}
	})
}

// FuzzArchived: a .filez is accepted exactly if the standard library's decoder finds the whole content and
// nothing else in it.
func FuzzArchived(f *testing.F) {
	file := &object.FileHeader{UID: 1, Mode: 0o100644, Xattrs: object.Xattrs{{Name: "user.k", Value: []byte("v")}}}
	link := &object.FileHeader{Mode: 0o120777, Symlink: "target"}
	add := func(h *object.FileHeader, size uint64, payload string) []byte {
		b := bytes.NewBuffer(h.AppendArchiveHeader(nil, size))
		if !h.IsSymlink() {
			w, _ := flate.NewWriter(b, 6)
			io.WriteString(w, payload)
			w.Close()
		}
		f.Add(b.Bytes())
		return b.Bytes()
	}
	add(file, 6, "hello\n")
	add(file, 0, "")
	add(link, 0, "")
	add(file, 5, "too long")
	add(file, 1<<40, "too short")
	whole := add(file, 3000, strings.Repeat("abc", 1000))
	f.Add(append(slices.Clone(whole), "rest"...))
	f.Add(whole[:len(whole)-2])
	f.Add(add(link, 0, "")[:10])
	f.Fuzz(func(t *testing.T, b []byte) {
		want, valid := inflateNaively(b)
		n, err := verifyArchived(t.Context(), want, bytes.NewReader(b))
		require.Equal(t, valid, err == nil, "%v", err)
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, n, int64(0))
		other := want
		other[0] ^= 1
		_, err = verifyArchived(t.Context(), other, bytes.NewReader(b))
		var ce *ChecksumError
		require.ErrorAs(t, err, &ce)
		require.Equal(t, want, ce.Got)
	})
}

func inflateNaively(b []byte) (sum object.Checksum, ok bool) {
	n, err := object.HeaderLength(b, uint64(len(b)))
	if err != nil || n > len(b)-8 || binary.BigEndian.Uint32(b[4:]) != 0 {
		return sum, false
	}
	h, size, err := object.ParseArchiveHeader(b[8 : 8+n])
	if err != nil {
		return sum, false
	}
	rest := bytes.NewReader(b[8+n:])
	var payload []byte
	if !h.IsSymlink() {
		if size > 1<<20 {
			return sum, false // the fuzzer does not get there
		}
		z := flate.NewReader(rest)
		if payload, err = io.ReadAll(io.LimitReader(z, int64(size)+1)); err != nil || uint64(len(payload)) != size {
			return sum, false
		}
	}
	return object.ContentChecksum(h, payload), rest.Len() == 0
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte("[core]\nrepo_version=1\nmode=archive-z2\n"))
	f.Add([]byte("[core]\nrepo_version=1\nmode=bare-user\ncollection-id=org.a.B\nmin-free-space-size=5GB\ntmp-expiry-secs=-1\n[archive]\nzlib-level=99\n[ex-integrity]\nfsverity=maybe\ncomposefs=yes\n"))
	f.Add([]byte("[core]\nrepo_version=1\nmin-free-space-percent=0\ndefault-repo-finders=config;lan\npayload-link-threshold=18446744073709551615\n[remote \"x\"]\nurl=http://x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if err != nil {
			return
		}
		require.Equal(t, string(b), string(c.Bytes()))
		require.True(t, c.ZlibLevel >= 1 && c.ZlibLevel <= 9)
		require.True(t, c.MinFreeSpacePercent >= 0 && c.MinFreeSpacePercent <= 99 && c.MinFreeSpaceBytes < 1<<63)
		require.True(t, c.CollectionID == "" || collectionPattern.MatchString(c.CollectionID))
		mode, err := ParseMode(c.Mode.String())
		require.NoError(t, err)
		require.Equal(t, c.Mode, mode)
		if c.Set("core", "fsync", "false") == nil {
			again, err := ParseConfig(c.Bytes())
			require.NoError(t, err)
			require.False(t, again.Fsync)
			require.Equal(t, c.Mode, again.Mode)
		}
	})
}

func FuzzCommitRules(f *testing.F) {
	f.Add("=420 /a\n+2048 /b\n# c\n\n73 /a b\r\n", "/usr/bin/x\n/etc\n", "/a")
	f.Add("4294967296 /x", "\n\n", "/x")
	f.Add("nospace", "/", "/")
	f.Fuzz(func(t *testing.T, override, skip, path string) {
		s, err := ParseStatOverride(strings.NewReader(override))
		if err != nil {
			require.True(t, utf8.ValidString(override) == utf8.ValidString(err.Error()) || !utf8.ValidString(override))
			return
		}
		for _, p := range s.Unmatched() {
			require.Contains(t, override, p)
		}
		list, err := ParseSkipList(strings.NewReader(skip))
		if err != nil {
			return
		}
		before := list.Unmatched()
		require.True(t, slices.IsSorted(before))
		rules := CommitRules{StatOverride: s, SkipList: list}
		e := Entry{Path: path, Mode: object.ModeRegular | 0o644}
		keep := rules.Filter(&e)
		require.Equal(t, slices.Contains(before, path), !keep)
		require.Equal(t, object.ModeRegular, e.Mode&^object.ModePerm, "the type changed")
		require.NotContains(t, s.Unmatched(), path)
		require.NotContains(t, list.Unmatched(), path)
		again := Entry{Path: path, Mode: e.Mode}
		require.True(t, rules.Filter(&again), "a path counts once")
	})
}

func FuzzPathFilter(f *testing.F) {
	f.Add("^usr/etc,etc", "usr/etc/passwd")
	f.Add(`(a+)(b)?,\2x\g<1>\0`, "aab/a")
	f.Add(",", "x")
	f.Fuzz(func(t *testing.T, filter, path string) {
		if len(filter) > 60 || len(path) > 60 {
			return // expressions that backtrack are the caller's own affair
		}
		fn, err := ParsePathFilter(filter)
		if err != nil {
			return
		}
		if out, err := tarPath(fn(path)); err == nil && out != "" {
			for c := range strings.SplitSeq(out, "/") {
				require.NoError(t, object.ValidateFilename(c))
			}
		}
	})
}
