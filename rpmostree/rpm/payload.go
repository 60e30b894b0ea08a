package rpm

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// ErrNoPayload is returned for packages that were read without their payload, or whose payload has been taken already.
var ErrNoPayload = errors.New("the package has no payload to read")

// ErrDigest is wrapped by the error of a payload or a file in it that does not have the digest in the header.
var ErrDigest = errors.New("wrong digest")

// PayloadOptions are the settings of [Package.Payload]. The zero value, like nil, is right.
type PayloadOptions struct {
	// TrustPayload leaves out the comparison of the payload with the digest in the header, for callers that have
	// verified the whole file. Digests of files are compared in any case.
	TrustPayload bool
	// MaxMemory bounds the window that the compressed data may ask for, in bytes; 0 is 256 MiB.
	MaxMemory int64
	// Concurrency is the number of goroutines that may decode; 0 is 1.
	Concurrency int
}

// Entry is a file in the payload.
type Entry struct {
	File *File
	// HardlinkTo is the file that this one is another name of. It came before, with the content; this entry has none.
	HardlinkTo *File
	// Links are the other members of the set of hard links, where this entry has the content.
	Links []*File
}

// PayloadReader reads the files of a package.
//
// Their order is that of the archive, but of a set of hard links the member that has the content comes first, and the
// others follow it.
type PayloadReader struct {
	files     []File
	byName    map[string]int // built when the archive is not in the header's order
	next      int            // file that is expected next
	seen      []bool
	set       []int   // number of the set of hard links of each file, -1 for none; nil if there are no sets
	content   []int   // of each set, the file that came with the content, -1 before
	waiting   [][]int // of each set, files that came before the content
	remaining []int   // of each set, files that have not come yet
	members   [][]int // of each set
	queue     []Entry // to be returned before the archive is read on

	cpio   cpioReader
	decode io.ReadCloser
	input  *hashingReader
	plain  *hashingReader
	h      *Header

	algo    DigestAlgo
	sum     hash.Hash // of the current file's content; nil if it is not to be checked
	sums    map[DigestAlgo]hash.Hash
	current *File
	err     error
	done    bool
}

// Payload returns a reader of the package's files. It can be called once. Close must be called.
func (p *Package) Payload(opts *PayloadOptions) (*PayloadReader, error) {
	o := PayloadOptions{}
	if opts != nil {
		o = *opts
	}
	files, err := p.Header.Files()
	if err != nil {
		return nil, err
	}
	if format := p.Header.String(TagPayloadFormat); format != "" && format != "cpio" {
		return nil, fmt.Errorf("payload format %q is not supported", format)
	}
	r := &PayloadReader{files: files, seen: make([]bool, len(files)), h: p.Header, algo: p.Header.DigestAlgo()}
	r.findSets()
	payload, err := p.takePayload()
	if err != nil {
		return nil, err
	}
	if !o.TrustPayload {
		r.input = newHashingReader(payload, payloadDigests(p.Header, false))
		payload = r.input
	}
	if r.decode, err = decompressor(payload, p.Header.String(TagPayloadCompressor), &o); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	plain := io.Reader(r.decode)
	if r.input != nil && len(r.input.sums) == 0 {
		r.plain = newHashingReader(plain, payloadDigests(p.Header, true))
		plain = r.plain
	}
	r.cpio.r = bufio.NewReaderSize(plain, 128<<10)
	return r, nil
}

// Archive returns the cpio archive of the payload, decompressed, as rpm2cpio prints it. It can be called once, and not
// together with Payload; nothing is verified. What follows a gzip stream without being another is passed over, which zlib
// does as well.
func (p *Package) Archive() (io.ReadCloser, error) {
	payload, err := p.takePayload()
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(payload, 64<<10)
	if isGzip(b) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, payloadError("%v", err)
		}
		z.Multistream(false)
		return &gzipReader{z, b}, nil
	}
	return decompressor(b, p.Header.String(TagPayloadCompressor), &PayloadOptions{})
}

func (p *Package) takePayload() (io.Reader, error) {
	r := p.payload
	if r == nil {
		return nil, ErrNoPayload
	}
	p.payload = nil
	return r, nil
}

func (r *PayloadReader) findSets() {
	sets := HardLinks(r.files)
	if len(sets) == 0 {
		return
	}
	r.set = slices.Repeat([]int{-1}, len(r.files))
	for n, members := range sets {
		for _, i := range members {
			r.set[i] = n
		}
		r.content = append(r.content, -1)
		r.remaining = append(r.remaining, len(members))
	}
	r.waiting, r.members = make([][]int, len(sets)), sets
}

// Next goes to the next file. io.EOF means that the package is complete: all its files came with the right content.
func (r *PayloadReader) Next() (*Entry, error) {
	if r.err != nil {
		return nil, r.err
	}
	e, err := r.nextEntry()
	if err != nil {
		r.err = err
		return nil, err
	}
	return e, nil
}

func (r *PayloadReader) nextEntry() (*Entry, error) {
	if err := r.finishFile(); err != nil {
		return nil, err
	}
	for {
		if len(r.queue) > 0 {
			e := r.queue[0]
			r.queue = r.queue[1:]
			return &e, nil
		}
		if r.done {
			return nil, io.EOF
		}
		m, err := r.cpio.next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			if err := r.finish(); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		e, err := r.member(m)
		if e != nil || err != nil {
			return e, err
		}
	}
}

// member takes a member of the archive. It returns nil if its file has to wait for the content of its set.
func (r *PayloadReader) member(m cpioMember) (*Entry, error) {
	i, err := r.find(m)
	if err != nil {
		return nil, err
	}
	f := &r.files[i]
	if r.seen[i] {
		return nil, payloadError("%q comes twice", f.Path)
	}
	if f.Size > math.MaxInt64 {
		return nil, payloadError("%q has %d bytes", f.Path, f.Size)
	}
	r.seen[i], r.next = true, i+1
	set := -1
	if r.set != nil {
		set = r.set[i]
	}
	if set < 0 {
		if m.index >= 0 && f.IsRegular() || m.index >= 0 && f.IsSymlink() {
			r.cpio.left = int64(f.Size)
		}
		return r.start(f, r.cpio.left)
	}
	r.remaining[set]--
	return r.linked(m, set, i)
}

// linked takes a member of a set of hard links. The content comes with the last of them; other programs than rpm give it
// with the first, or with all.
func (r *PayloadReader) linked(m cpioMember, set, i int) (*Entry, error) {
	f := &r.files[i]
	last := r.remaining[set] == 0
	if m.index >= 0 && last {
		r.cpio.left = int64(f.Size)
	}
	if c := r.content[set]; c >= 0 {
		if r.cpio.left != 0 && r.cpio.left != int64(f.Size) {
			return nil, payloadError("%q has %d bytes, not %d", f.Path, r.cpio.left, f.Size)
		}
		return &Entry{File: f, HardlinkTo: &r.files[c]}, nil
	}
	if !last && r.cpio.left == 0 {
		r.waiting[set] = append(r.waiting[set], i)
		return nil, nil
	}
	r.content[set] = i
	r.queueWaiting(set)
	e, err := r.start(f, r.cpio.left)
	if err == nil {
		e.Links = r.others(set, i)
	}
	return e, err
}

// others are the members of a set but one.
func (r *PayloadReader) others(set, but int) []*File {
	list := make([]*File, 0, len(r.members[set])-1)
	for _, i := range r.members[set] {
		if i != but {
			list = append(list, &r.files[i])
		}
	}
	return list
}

func (r *PayloadReader) queueWaiting(set int) {
	for _, i := range r.waiting[set] {
		r.queue = append(r.queue, Entry{File: &r.files[i], HardlinkTo: &r.files[r.content[set]]})
	}
	r.waiting[set] = nil
}

// start begins a file with content of the given size.
func (r *PayloadReader) start(f *File, size int64) (*Entry, error) {
	switch {
	case f.IsRegular():
		if uint64(size) != f.Size {
			return nil, payloadError("%q has %d bytes, not %d", f.Path, size, f.Size)
		}
		sum, err := r.hash(f)
		if err != nil {
			return nil, err
		}
		r.current, r.sum = f, sum
	case f.IsSymlink():
		if size > maxPathLength {
			return nil, payloadError("link %q has a target of %d bytes", f.Path, size)
		}
	case size != 0:
		return nil, payloadError("%q has content", f.Path)
	}
	return &Entry{File: f}, nil
}

// hash returns a hash for a file's digest. Its length tells the algorithm where the header lies about it, as it does in
// packages that mix algorithms.
func (r *PayloadReader) hash(f *File) (hash.Hash, error) {
	if f.Digest == "" {
		return nil, nil
	}
	algo := r.algo
	if algo.Size() == 0 {
		return nil, fmt.Errorf("digest algorithm %d is not supported", algo)
	}
	if len(f.Digest) != 2*algo.Size() {
		return nil, payloadError("digest of %q has %d digits", f.Path, len(f.Digest))
	}
	if r.sums == nil {
		r.sums = make(map[DigestAlgo]hash.Hash)
	}
	h, ok := r.sums[algo]
	if !ok {
		h = algo.New()
		r.sums[algo] = h
	}
	h.Reset()
	return h, nil
}

// find returns the file that a member of the archive is.
func (r *PayloadReader) find(m cpioMember) (int, error) {
	if m.index >= 0 {
		if m.index >= len(r.files) {
			return 0, payloadError("file number %d of %d", m.index, len(r.files))
		}
		return m.index, nil
	}
	name := strings.TrimPrefix(strings.TrimPrefix(m.name, "./"), "/")
	for i := r.next; i < len(r.files); i++ {
		if strings.TrimPrefix(r.files[i].Path, "/") == name {
			return i, nil
		}
		if !r.files[i].IsGhost() {
			break
		}
	}
	if r.byName == nil {
		r.byName = make(map[string]int, len(r.files))
		for i := range r.files {
			r.byName[strings.TrimPrefix(r.files[i].Path, "/")] = i
		}
	}
	i, ok := r.byName[name]
	if !ok {
		return 0, payloadError("%q is not in the header", m.name)
	}
	return i, nil
}

// Read reads the content of a regular file; io.EOF at its end, where the digest was compared.
func (r *PayloadReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.current == nil {
		return 0, io.EOF
	}
	n, err := r.cpio.Read(p)
	if r.sum != nil {
		r.sum.Write(p[:n])
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		if err := r.checkFile(); err != nil {
			r.err = err
			return n, err
		}
		return n, io.EOF
	}
	if err != nil {
		r.err = err
	}
	return n, err
}

// checkFile compares the digest of the file that was read.
func (r *PayloadReader) checkFile() error {
	f, sum := r.current, r.sum
	r.current, r.sum = nil, nil
	if f == nil || sum == nil {
		return nil
	}
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(got, f.Digest) {
		return fmt.Errorf("%w: %s digest of %q is %s, not %s", ErrDigest, r.algo, f.Path, got, f.Digest)
	}
	return nil
}

// finishFile reads what the caller left of a file, since its digest counts too.
func (r *PayloadReader) finishFile() error {
	if r.current == nil {
		return nil
	}
	if r.sum != nil {
		if _, err := io.Copy(r.sum, &r.cpio); err != nil {
			return err
		}
	}
	return r.checkFile()
}

// finish is called behind the last member: what is missing, and are the payload's digests right?
func (r *PayloadReader) finish() error {
	r.done = true
	for set, waiting := range r.waiting {
		if len(waiting) == 0 {
			continue
		}
		// A part of the set is missing in the archive, and with it the content, unless that is empty.
		last := &r.files[waiting[len(waiting)-1]]
		if last.Size != 0 {
			return payloadError("content of %q is missing", last.Path)
		}
		r.content[set] = last.Index
		r.waiting[set] = waiting[:len(waiting)-1]
		r.queue = append(r.queue, Entry{File: last, Links: r.others(set, last.Index)})
		r.queueWaiting(set)
	}
	for i := range r.files {
		if f := &r.files[i]; !r.seen[i] && f.Flags&(FileGhost|FileMissingOK) == 0 {
			return payloadError("%q is missing", f.Path)
		}
	}
	return r.checkPayload()
}

// checkPayload reads the rest, which is padding, since the digests are of everything.
func (r *PayloadReader) checkPayload() error {
	if _, err := io.Copy(io.Discard, r.cpio.r); err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	if r.input == nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, r.input); err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	if r.plain != nil {
		return r.plain.check()
	}
	return r.input.check()
}

// Close releases what the decoder holds. It does not close the package.
func (r *PayloadReader) Close() error {
	if r.err == nil {
		r.err = ErrNoPayload
	}
	return r.decode.Close()
}
