package ostree_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// deltaFiles is a delta taken apart so that tests can change it: the superblock, and the payloads of its parts.
type deltaFiles struct {
	super    *delta.Superblock
	payloads [][]byte // (a(uuu)aa(ayay)ayay)
}

// takeApart generates a delta and reads it, with parts that are not compressed.
func takeApart(t testing.TB, src *ostree.Repo, o *ostree.DeltaOptions) *deltaFiles {
	t.Helper()
	stats, err := src.GenerateDelta(t.Context(), o)
	require.NoError(t, err)
	dir := filepath.Join(src.Path(), "deltas", stats.Name.Dir())
	b, err := os.ReadFile(filepath.Join(dir, "superblock"))
	require.NoError(t, err)
	d := &deltaFiles{}
	d.super, err = delta.ParseSuperblock(b)
	require.NoError(t, err)
	for i := range d.super.Parts {
		part, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(i)))
		require.NoError(t, err)
		d.payloads = append(d.payloads, unxz(t, part[1:]))
	}
	return d
}

func unxz(t testing.TB, b []byte) []byte {
	t.Helper()
	tool := testutil.Tool(t, "xz")
	return []byte(testutil.Run(t, &testutil.RunOptions{Must: true, Stdin: string(b)}, tool, "-dc").Stdout)
}

// write puts the delta into a new directory; all checksums are right.
func (d *deltaFiles) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for i, p := range d.payloads {
		file := append([]byte{delta.CompressionNone}, p...)
		d.super.Parts[i].Checksum, d.super.Parts[i].Size = object.Sum(file), uint64(len(file))
		require.NoError(t, os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), file, 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "superblock"), d.super.Marshal(), 0o644))
	return dir
}

// change rewrites a member of a payload: 2 is the data, 3 are the operations.
func (d *deltaFiles) change(part, member int, f func([]byte) []byte) {
	v := gvariant.FromBytes(delta.PayloadType, d.payloads[part])
	members := make([]gvariant.Value, 4)
	for i := range members {
		members[i] = v.Child(i)
	}
	members[member] = gvariant.NewByteArray(f(bytes.Clone(members[member].ByteArray())))
	d.payloads[part] = gvariant.NewTuple(members...).Bytes()
}

// A hostile or damaged delta is refused with an error that names it and the part, and changes nothing.
func TestHostileDeltas(t *testing.T) {
	src, from, to := workedRepo(t, ostree.ModeArchive)
	uvarint := func(b []byte, n ...uint64) []byte {
		for _, v := range n {
			b = binary.AppendUvarint(b, v)
		}
		return b
	}
	replace := func(d *deltaFiles, old, now []byte) {
		d.change(0, 3, func(ops []byte) []byte {
			require.Equal(t, 1, bytes.Count(ops, old), "%q in %q", old, ops)
			return bytes.Replace(ops, old, now, 1)
		})
	}
	patch := uvarint([]byte("B"), 175, 31)
	for name, c := range map[string]struct {
		change func(d *deltaFiles)
		want   string
	}{
		"unknown operation":      {func(d *deltaFiles) { replace(d, []byte("cR"), []byte("cX")) }, "Unknown opcode 88 at offset 18"},
		"copy out of range":      {func(d *deltaFiles) { replace(d, patch, uvarint([]byte("w"), 7, 1<<40)) }, "in read source"},
		"patch out of range":     {func(d *deltaFiles) { replace(d, patch, uvarint([]byte("B"), 175, 32)) }, "Invalid offset/length 175/32"},
		"number too long":        {func(d *deltaFiles) { replace(d, patch, append([]byte("B"), bytes.Repeat([]byte{0xff}, 11)...)) }, "more than 64 bits"},
		"operations cut":         {func(d *deltaFiles) { d.change(0, 3, func(b []byte) []byte { return b[:len(b)-6] }) }, "ends within object"},
		"size too large":         {func(d *deltaFiles) { replace(d, []byte("o\x00\x00\x07"), []byte("o\x00\x00\x08")) }, "part 0"},
		"size too small":         {func(d *deltaFiles) { replace(d, []byte("o\x00\x00\x07"), []byte("o\x00\x00\x06")) }, "part 0"},
		"size of a terabyte":     {func(d *deltaFiles) { replace(d, []byte("o\x00\x00\x07"), uvarint([]byte("o\x00\x00"), 1<<40)) }, "the part announces less"},
		"announced less":         {func(d *deltaFiles) { d.super.Parts[0].USize = 149 }, "the part announces less"},
		"mode out of range":      {func(d *deltaFiles) { replace(d, []byte("o\x00\x00\x07"), []byte("o\x01\x00\x07")) }, "Invalid mode index 1 of 1"},
		"xattrs out of range":    {func(d *deltaFiles) { replace(d, []byte("o\x00\x00\x07"), []byte("o\x00\x01\x07")) }, "Invalid xattr index 1 of 1"},
		"other data":             {func(d *deltaFiles) { d.change(0, 2, func(b []byte) []byte { b[205]++; return b }) }, "part 0"},
		"damaged metadata":       {func(d *deltaFiles) { d.change(0, 2, func(b []byte) []byte { b[0]++; return b }) }, "part 0"},
		"payload cut":            {func(d *deltaFiles) { d.payloads[0] = d.payloads[0][:100] }, "part 0"},
		"payload empty":          {func(d *deltaFiles) { d.payloads[0] = nil }, "part 0"},
		"object added":           {func(d *deltaFiles) { d.addObject(object.TypeFile) }, "makes 3 of 4 objects"},
		"foreign commit":         {func(d *deltaFiles) { d.addObject(object.TypeCommit) }, "Invalid object type 4"},
		"part left out":          {func(d *deltaFiles) { d.super.Parts, d.payloads = nil, nil }, "No such metadata object"},
		"file left out":          {func(d *deltaFiles) { d.dropLast() }, "Couldn't find file object 'a353d18d"},
		"wrong byte order":       {func(d *deltaFiles) { d.super.Endianness.Big = true }, "size of a part"},
		"unknown byte order":     {func(d *deltaFiles) { d.super.Metadata = endianMark('?') }, "Invalid endianness '63'"},
		"newer part":             {func(d *deltaFiles) { d.super.Parts[0].Version = 1 }, "Delta part has too new version 1"},
		"source that is missing": {func(d *deltaFiles) { d.super.Name.From = object.Checksum{5} }, "Commit 05"},
		"other target":           {func(d *deltaFiles) { d.super.Name.To = object.Checksum{5} }, "commit in it has checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			d := takeApart(t, src, &ostree.DeltaOptions{From: from, To: to})
			c.change(d)
			client := clientWith(t, src, from, ostree.ModeBareUser)
			before := filesBelow(t, filepath.Join(client.Path(), "objects"))
			dir := d.write(t)
			_, err := client.ApplyDeltaOffline(t.Context(), dir, nil)
			require.ErrorContains(t, err, c.want)
			if !strings.HasPrefix(err.Error(), "Commit 05") {
				require.True(t, strings.Contains(err.Error(), from.String()+"-"+to.String()) || strings.Contains(err.Error(), dir), err.Error())
			}
			require.Equal(t, before, filesBelow(t, filepath.Join(client.Path(), "objects")))
			fsckReal(t, client.Path())
			fsckOurs(t, client)
		})
	}
	// The same without any change is fine.
	client := clientWith(t, src, from, ostree.ModeBareUser)
	_, err := client.ApplyDeltaOffline(t.Context(), takeApart(t, src, &ostree.DeltaOptions{From: from, To: to}).write(t), nil)
	require.NoError(t, err)
	requireComplete(t, client, to)
}

func (d *deltaFiles) addObject(typ object.Type) {
	p := &d.super.Parts[0]
	p.Objects = append(slices.Clone(p.Objects), object.Name{Checksum: object.Checksum{3}, Type: typ})
}

// dropLast takes the file, which is last, out of the list and the operations.
func (d *deltaFiles) dropLast() {
	p := &d.super.Parts[0]
	p.Objects = p.Objects[:2]
	d.change(0, 3, func(ops []byte) []byte { return ops[:bytes.IndexByte(ops, 'r')] })
}

func endianMark(b byte) object.Variant {
	md := &object.Dict{}
	md.Set(delta.KeyEndianness, gvariant.NewByte(b))
	return md.Value()
}

func TestApplyDeltaPaths(t *testing.T) {
	src, from, to := workedRepo(t, ostree.ModeArchive)
	stats, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to, MaxChunkSize: 1})
	require.NoError(t, err)
	dir := filepath.Join(src.Path(), "deltas", stats.Name.Dir())
	client := clientWith(t, src, object.Checksum{}, ostree.ModeBareUser)
	apply := func(path string) error {
		_, err := client.ApplyDeltaOffline(t.Context(), path, nil)
		return err
	}
	require.EqualError(t, apply(filepath.Join(t.TempDir(), "nope")), "openat(O_DIRECTORY): No such file or directory")
	err = apply(dir)
	require.ErrorIs(t, err, ostree.ErrDeltaSource)
	require.EqualError(t, err, "Commit "+from.String()+", which is the delta source, is not in repository")
	require.ErrorContains(t, apply(filepath.Join(src.Path(), "config")), "Invalid static delta superblock")
	require.ErrorContains(t, apply(filepath.Join(src.Path(), "objects")), "superblock")

	client = clientWith(t, src, from, ostree.ModeBareUser)
	part := filepath.Join(dir, "1")
	b, err := os.ReadFile(part)
	require.NoError(t, err)
	require.NoError(t, os.Remove(part))
	require.ErrorContains(t, apply(dir), "part 1: Opening deltapart '1': openat: No such file or directory")
	require.NoError(t, os.WriteFile(part, b[:len(b)-1], 0o644))
	err = apply(dir)
	require.ErrorIs(t, err, delta.ErrPartChecksum)
	require.ErrorContains(t, err, "static delta "+stats.Name.String()+", part 1: Checksum mismatch in static delta part; expected=")
	_, err = client.LoadCommit(to)
	require.ErrorIs(t, err, ostree.ErrNotFound)
	fsckReal(t, client.Path())

	require.NoError(t, os.WriteFile(part, b, 0o644))
	require.NoError(t, apply(filepath.Join(dir, "superblock")))
	requireComplete(t, client, to)
	refs, err := client.Refs("")
	require.NoError(t, err)
	require.Empty(t, refs)
	require.NoError(t, os.Remove(part))
	require.NoError(t, apply(dir), "parts of which everything is there are not read")
}

// The target's detached metadata travel with the delta.
func TestDeltaBringsDetachedMetadata(t *testing.T) {
	src, from, to := workedRepo(t, ostree.ModeArchive)
	md := &object.Dict{}
	md.Set("note", object.NewString("signed, in a way"))
	require.NoError(t, src.WriteDetachedMetadata(to, md))
	out := filepath.Join(t.TempDir(), "d")
	_, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to, Inline: true, Filename: out})
	require.NoError(t, err)
	ours, theirs := clientWith(t, src, from, ostree.ModeBareUser), clientWith(t, src, from, ostree.ModeBareUser)
	_, err = ours.ApplyDeltaOffline(t.Context(), out, nil)
	require.NoError(t, err)
	ostreeTool(t, "--repo="+theirs.Path(), "static-delta", "apply-offline", out)
	for _, c := range []*ostree.Repo{ours, theirs} {
		got, err := c.LoadCommitMeta(to)
		require.NoError(t, err)
		require.Equal(t, md.Value().Bytes(), got.Bytes())
	}
}

// A commit that is there in part is completed.
func TestDeltaCompletesPartialCommit(t *testing.T) {
	src, from, to := workedRepo(t, ostree.ModeArchive)
	stats, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to})
	require.NoError(t, err)
	client := clientWith(t, src, from, ostree.ModeBareUser)
	_, err = client.PullLocal(t.Context(), src, &ostree.PullLocalOptions{Refs: []string{to.String()}, CommitOnly: true})
	require.NoError(t, err)
	state, err := client.CommitState(to)
	require.NoError(t, err)
	require.Equal(t, ostree.CommitPartial, state)
	_, err = client.ApplyDeltaOffline(t.Context(), filepath.Join(src.Path(), "deltas", stats.Name.Dir()), nil)
	require.NoError(t, err)
	requireComplete(t, client, to)
}

func TestDeltaNeedsSpace(t *testing.T) {
	src, _, to := workedRepo(t, ostree.ModeArchive)
	stats, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{To: to})
	require.NoError(t, err)
	client := newRepo(t, ostree.ModeBareUser)
	c, err := client.EditConfig()
	require.NoError(t, err)
	require.NoError(t, c.Set("core", "min-free-space-size", "900000TB"))
	require.NoError(t, client.SetConfig(c))
	_, err = client.ApplyDeltaOffline(t.Context(), filepath.Join(src.Path(), "deltas", stats.Name.Dir()), nil)
	require.ErrorContains(t, err, "Delta requires ")
	require.ErrorContains(t, err, " free space, but only 0 bytes available")
}

// Signatures: made, verified, demanded, refused.
func TestSignedDeltas(t *testing.T) {
	src, from, to := workedRepo(t, ostree.ModeArchive)
	pair := func(b byte) (public, secret []byte) {
		key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, 32))
		return key.Public().(ed25519.PublicKey), key
	}
	good, secret := pair(1)
	bad, _ := pair(2)
	engine := sign.Ed25519{}
	keys := func(public ...[]byte) *sign.Keys { return &sign.Keys{Trusted: public} }
	generate := func(o ostree.DeltaOptions) string {
		o.From, o.To = from, to
		stats, err := src.GenerateDelta(t.Context(), &o)
		require.NoError(t, err)
		return stats.Name.String()
	}
	for _, inline := range []bool{false, true} {
		name := generate(ostree.DeltaOptions{Inline: inline})
		_, err := src.VerifyDelta(name, engine, keys(good))
		require.ErrorIs(t, err, ostree.ErrDeltaNotSigned)
		require.EqualError(t, err, "no signatures in static-delta")

		name = generate(ostree.DeltaOptions{Inline: inline, Engine: engine, SecretKeys: [][]byte{secret}})
		msg, err := src.VerifyDelta(name, engine, keys(good))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("ed25519: Signature verified successfully with key '%x'", good), msg)
		_, err = src.VerifyDelta(name, engine, keys(bad))
		require.ErrorIs(t, err, sign.ErrNotVerified)
		info, err := src.DeltaInfo(t.Context(), name)
		require.NoError(t, err)
		require.True(t, info.Signed)

		dir := filepath.Join(src.Path(), "deltas", delta.Name{From: from, To: to}.Dir())
		_, err = src.VerifyDelta(filepath.Join(dir, "superblock"), engine, keys(good))
		require.NoError(t, err)
		apply := func(force bool, o *ostree.ApplyDeltaOptions) error {
			c := clientWith(t, src, from, ostree.ModeBareUser)
			conf, err := c.EditConfig()
			require.NoError(t, err)
			require.NoError(t, conf.Set("core", "sign-verify-deltas", strconv.FormatBool(force)))
			require.NoError(t, c.SetConfig(conf))
			_, err = c.ApplyDeltaOffline(t.Context(), dir, o)
			if err == nil {
				requireComplete(t, c, to)
			} else {
				_, missing := c.LoadCommit(to)
				require.ErrorIs(t, missing, ostree.ErrNotFound)
			}
			return err
		}
		require.NoError(t, apply(false, nil))
		require.ErrorIs(t, apply(true, nil), ostree.ErrDeltaKeyNeeded)
		for _, force := range []bool{false, true} {
			require.NoError(t, apply(force, &ostree.ApplyDeltaOptions{Engine: engine, Keys: keys(bad, good)}))
			require.ErrorIs(t, apply(force, &ostree.ApplyDeltaOptions{Engine: engine, Keys: keys(bad)}), sign.ErrNotVerified)
			require.Error(t, apply(force, &ostree.ApplyDeltaOptions{Engine: sign.SPKI{}, Keys: keys(good)}))
		}

		// A bit of the signed part.
		path := filepath.Join(dir, "superblock")
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		i := bytes.Index(b, []byte("subj2"))
		require.Positive(t, i)
		b[bytes.Index(b, from[:])]++
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.WriteFile(path, b, 0o644))
		require.ErrorIs(t, apply(false, &ostree.ApplyDeltaOptions{Engine: engine, Keys: keys(good)}), sign.ErrNotVerified)

		generate(ostree.DeltaOptions{Inline: inline})
		require.NoError(t, apply(false, nil))
		require.ErrorIs(t, apply(false, &ostree.ApplyDeltaOptions{Engine: engine, Keys: keys(good)}), ostree.ErrDeltaNotSigned)
		require.ErrorIs(t, apply(true, &ostree.ApplyDeltaOptions{Engine: engine, Keys: keys(good)}), ostree.ErrDeltaNotSigned)
	}
}

// The reference program accepts our signatures. Its packages often lack ed25519, so this is the dummy engine.
func TestSignedDeltaInterop(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	env := &testutil.RunOptions{Env: []string{"OSTREE_DUMMY_SIGN_ENABLED=1"}}
	src, from, to := workedRepo(t, ostree.ModeArchive)
	for _, inline := range []bool{false, true} {
		stats, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to, Inline: inline,
			Engine: sign.Dummy{Enabled: true}, SecretKeys: [][]byte{[]byte("one"), []byte("two")}})
		require.NoError(t, err)
		for key, exit := range map[string]int{"one": 0, "two": 0, "three": 1} {
			r := testutil.Run(t, env, tool, "--repo="+src.Path(), "static-delta", "verify", "--sign-type=dummy", stats.Name.String(), key)
			require.Equal(t, exit, r.Exit, r)
			client := clientWith(t, src, from, ostree.ModeBareUser)
			r = testutil.Run(t, env, tool, "--repo="+client.Path(), "static-delta", "apply-offline", "--sign-type=dummy",
				filepath.Join(src.Path(), "deltas", stats.Name.Dir()), key)
			require.Equal(t, exit, r.Exit, r)
		}
	}
}
