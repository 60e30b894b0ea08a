package delta_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/xz"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// rawPart is a part put together by hand.
type rawPart struct {
	modes   []uint32 // triples
	sets    int      // empty sets of xattrs
	blob    []byte
	ops     []byte
	objects []object.Name
	usize   uint64
}

func (p *rawPart) payload() []byte {
	modes := make([]byte, 0, 4*len(p.modes))
	for _, n := range p.modes {
		modes = binary.BigEndian.AppendUint32(modes, n)
	}
	sets := make([]gvariant.Value, p.sets)
	for i := range sets {
		sets[i] = gvariant.NewArray("(ayay)")
	}
	return gvariant.NewTuple(gvariant.FromBytes("a(uuu)", modes), gvariant.NewArray("a(ayay)", sets...),
		gvariant.NewByteArray(p.blob), gvariant.NewByteArray(p.ops)).Bytes()
}

func (p *rawPart) file() (*delta.PartHeader, []byte) {
	return header(p, append([]byte{0}, p.payload()...))
}

func header(p *rawPart, file []byte) (*delta.PartHeader, []byte) {
	return &delta.PartHeader{Checksum: object.Sum(file), Size: uint64(len(file)), USize: p.usize, Objects: p.objects}, file
}

func op(code byte, args ...uint64) []byte {
	b := []byte{code}
	for _, a := range args {
		b = binary.AppendUvarint(b, a)
	}
	return b
}

var fileObject = object.Name{Checksum: object.Checksum{1}, Type: object.TypeFile}

// presentObject is in the store that the operations are applied to.
var presentObject = object.Name{Checksum: object.ContentChecksum(regular(0o644), []byte("0123456789")), Type: object.TypeFile}
var treeObject = object.Name{Checksum: object.Checksum{2}, Type: object.TypeDirTree}

// base is a part with one file of 4 bytes and a source; the operations are to be filled in.
func base(objects []object.Name, ops ...[]byte) *rawPart {
	source := (&memoryStore{headers: map[object.Checksum]*object.FileHeader{}, files: map[object.Checksum][]byte{}}).add(regular(0o644), []byte("0123456789"))
	return &rawPart{modes: []uint32{0, 0, object.ModeRegular | 0o644, 0, 0, object.ModeSymlink | 0o777, 0, 0, 0o010644}, sets: 1,
		blob: append(source[:], "data"...), ops: bytes.Join(ops, nil), objects: objects, usize: 1 << 20}
}

func TestHostileOperations(t *testing.T) {
	files := []object.Name{fileObject}
	const far, huge = 1 << 40, 1<<64 - 1
	for name, c := range map[string]struct {
		part *rawPart
		want string
	}{
		"unknown operation":          {base(files, op('X')), "Unknown opcode 88 at offset 0"},
		"unknown operation later":    {base(files, op('R'), op('X')), "Unknown opcode 88 at offset 1"},
		"cut number":                 {base(files, []byte{'S', 0x80}), "offset 0: Unexpected end of data"},
		"missing number":             {base(files, op('S', 0, 0)), "Unexpected end of data"},
		"number of 11 bytes":         {base(files, []byte("S\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00")), "number of more than 64 bits"},
		"number of 65 bits":          {base(files, []byte("S\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")), "number of more than 64 bits"},
		"splice beyond the data":     {base(files, op('S', 0, 0, 4, 33)), "Invalid offset/length 33/4"},
		"splice far away":            {base(files, op('S', 0, 0, 4, far)), "Invalid offset/length"},
		"splice that overflows":      {base(files, op('S', 0, 0, 4, huge)), "Invalid offset/length"},
		"splice of huge length":      {base(files, op('S', 0, 0, huge, 1)), "Invalid offset/length"},
		"metadata beyond the data":   {base([]object.Name{treeObject}, op('S', 5, 32)), "Invalid offset/length 32/5"},
		"mode out of range":          {base(files, op('S', 3, 0, 4, 32)), "Invalid mode index 3 of 3"},
		"mode far out of range":      {base(files, op('S', huge, 0, 4, 32)), "Invalid mode index"},
		"xattrs out of range":        {base(files, op('S', 0, 1, 4, 32)), "Invalid xattr index 1 of 1"},
		"open: mode out of range":    {base(files, op('o', 9, 0, 4)), "Invalid mode index 9 of 3"},
		"open: xattrs out of range":  {base(files, op('o', 0, huge, 4)), "Invalid xattr index"},
		"open of metadata":           {base([]object.Name{treeObject}, op('o', 0, 0, 4)), "open of metadata object"},
		"open in an open object":     {base(files, op('o', 0, 0, 4), op('o', 0, 0, 4)), "is not closed"},
		"more objects than listed":   {base([]object.Name{presentObject}, op('o', 0, 0, 0), op('c'), op('o', 0, 0, 0)), "more objects than the part lists"},
		"fewer objects than listed":  {base(files), "makes 0 of 1 objects"},
		"object that does not end":   {base(files, op('o', 0, 0, 4)), "ends within object"},
		"write without open":         {base(files, op('w', 4, 32)), "write without an open object"},
		"write beyond the data":      {base(files, op('o', 0, 0, 4), op('w', 4, 34), op('c')), "Invalid offset/length 34/4"},
		"write of too much":          {base(files, op('o', 0, 0, 4), op('w', 4, 32), op('w', 4, 32), op('c')), "more data than its size 4"},
		"write of too little":        {base(files, op('o', 0, 0, 4), op('w', 3, 32), op('c')), "3 bytes of data instead of 4"},
		"copy beyond the source":     {base(files, op('o', 0, 0, 4), op('r', 0), op('w', 4, 7), op('c')), "Invalid offset/length 7/4 in read source"},
		"copy far beyond the source": {base(files, op('o', 0, 0, 4), op('r', 0), op('w', 4, huge-1), op('c')), "in read source"},
		"source beyond the data":     {base(files, op('r', 5)), "Invalid offset/length 5/32"},
		"source that is missing":     {base(files, op('r', 1), op('o', 0, 0, 1), op('w', 1, 0), op('c')), "no source"},
		"patch without open":         {base(files, op('r', 0), op('B', 32, 4)), "bspatch without an open object"},
		"patch without source":       {base(files, op('o', 0, 0, 4), op('B', 32, 4)), "bspatch without a read source"},
		"patch after data":           {base(files, op('o', 0, 0, 4), op('w', 1, 0), op('r', 0), op('B', 32, 4)), "bspatch after other data"},
		"data after a patch":         {base(files, op('r', 0), op('o', 0, 0, 4), op('B', 32, 4), op('w', 0, 0), op('c')), "more data than its size"},
		"patch beyond the data":      {base(files, op('r', 0), op('o', 0, 0, 4), op('B', 32, 5)), "Invalid offset/length 32/5"},
		"patch that is none":         {base(files, op('r', 0), op('o', 0, 0, 4), op('B', 32, 4), op('c')), "corrupt patch"},
		"patch of a symlink":         {base(files, op('r', 0), op('o', 1, 0, 4), op('B', 32, 4), op('c')), "is a patch"},
		"close without open":         {base(files, op('c')), "close without an open object"},
		"target of a mebibyte":       {base(files, op('o', 1, 0, 1<<20)), "symlink"},
		"more than announced":        {base(files, op('o', 0, 0, 1<<20+1)), "the part announces less"},
		"negative size":              {base(files, op('o', 0, 0, huge)), "the part announces less"},
		"neither file nor symlink":   {base(files, op('S', 2, 0, 4, 32)), "not a valid file type"},
		"wrong checksum":             {base(files, op('S', 0, 0, 4, 32)), "has checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			store := newStore()
			store.add(regular(0o644), []byte("0123456789"))
			h, file := c.part.file()
			err := delta.ApplyPart(t.Context(), store, h, bytes.NewReader(file), t.TempDir())
			require.ErrorContains(t, err, c.want)
			require.Len(t, store.files, 1)
			require.Empty(t, store.meta)
		})
	}
}

// A few bytes must not become an endless object: the same data written again and again count every time.
func TestEndlessOutput(t *testing.T) {
	ops := op('o', 0, 0, 1<<40)
	for range 1 << 16 {
		ops = append(ops, op('w', 32, 0)...)
	}
	p := base([]object.Name{fileObject}, ops, op('c'))
	h, file := p.file()
	require.ErrorContains(t, delta.ApplyPart(t.Context(), newStore(), h, bytes.NewReader(file), ""), "the part announces less")
}

func TestPartFileRefused(t *testing.T) {
	p := base([]object.Name{fileObject}, op('S', 0, 0, 4, 32))
	h, file := p.file()
	apply := func(h *delta.PartHeader, file []byte) error {
		return delta.ApplyPart(t.Context(), newStore(), h, bytes.NewReader(file), t.TempDir())
	}
	t.Run("checksum", func(t *testing.T) {
		bad := bytes.Clone(file)
		bad[len(bad)-1]++
		err := apply(h, bad)
		require.ErrorIs(t, err, delta.ErrPartChecksum)
		require.ErrorContains(t, err, "Checksum mismatch in static delta part; expected="+h.Checksum.String()+" actual=")
		require.ErrorIs(t, apply(h, file[:len(file)-1]), delta.ErrPartChecksum)
		require.ErrorIs(t, apply(h, nil), delta.ErrPartChecksum)
	})
	t.Run("compression", func(t *testing.T) {
		require.ErrorContains(t, apply(header(p, []byte("g123"))), "Invalid compression type '103'")
		require.ErrorContains(t, apply(header(p, []byte("x123"))), "delta part: ")
		require.ErrorContains(t, apply(header(p, nil)), "reading delta part: EOF")
	})
	t.Run("every end", func(t *testing.T) {
		payload := p.payload()
		for n := range payload {
			require.Error(t, apply(header(p, append([]byte{0}, payload[:n]...))))
		}
	})
	t.Run("framing", func(t *testing.T) {
		payload := p.payload()
		for i := 1; i <= 3; i++ {
			for _, v := range []byte{0, 1, 0x7f, 0xff} {
				bad := bytes.Clone(payload)
				bad[len(bad)-i] = v
				if !bytes.Equal(bad, payload) {
					require.Error(t, apply(header(p, append([]byte{0}, bad...))))
				}
			}
		}
	})
}

// A small .xz file, of many streams, that unpacks to 400 MiB is given up as soon as it has more than the objects can
// need, and memory stays small.
func TestCompressedBomb(t *testing.T) {
	stream, err := xz.Encode(nil, make([]byte, 4<<20), &xz.WriterOptions{DictSize: 1 << 16, NiceLen: 273, Depth: 1})
	require.NoError(t, err)
	b := bytes.NewBuffer([]byte{delta.CompressionXZ})
	for range 100 {
		b.Write(stream)
	}
	require.Less(t, b.Len(), 200_000)
	p := base([]object.Name{fileObject})
	p.usize = 1000
	h, file := header(p, b.Bytes())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = delta.ApplyPart(t.Context(), newStore(), h, bytes.NewReader(file), t.TempDir())
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "too much for its objects")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20))

	// A dictionary that nobody needs.
	packed, err := xz.Encode([]byte{delta.CompressionXZ}, []byte(strings.Repeat("a", 100)), nil)
	require.NoError(t, err)
	packed[1+12+4] = 40 // 4 GiB
	h, file = header(p, packed)
	require.Error(t, delta.ApplyPart(t.Context(), newStore(), h, bytes.NewReader(file), ""))
}

// Tables with millions of empty entries must not become millions of values.
func TestManyEntriesTakeLittleMemory(t *testing.T) {
	p := base([]object.Name{fileObject}, op('S', 0, 1<<20, 4, 32))
	p.sets = 1 << 20
	h, file := p.file()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.ErrorContains(t, delta.ApplyPart(t.Context(), newStore(), h, bytes.NewReader(file), ""), "Invalid xattr index")
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(len(file)*8))
}
