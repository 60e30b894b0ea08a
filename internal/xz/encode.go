package xz

// maxOneShot is the largest input that is encoded in place: positions in the
// tables of the match finder have 32 bits.
const maxOneShot = 1<<31 - 1

// Encode appends src as an .xz file to dst and returns the result. src is
// not copied; it is the dictionary. The errors are those of wrong options.
func Encode(dst, src []byte, opts *WriterOptions) ([]byte, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return dst, err
	}
	if o.BlockSize != 0 || len(src) > maxOneShot {
		return encodeLarge(dst, src, &o)
	}
	id := checkIDs[o.Check]
	dst = appendStreamHeader(dst, id)
	var records []record
	if len(src) > 0 {
		start := len(dst)
		dict := min(o.DictSize, len(src))
		dst = appendBlockHeader(dst, dictCode(dict), 0, 0)
		b := newBlockEncoder(dict, &o)
		if len(src) <= trialSize {
			dst = b.encodeBest(dst, src)
		} else {
			dst = b.encodeAll(dst, src)
		}
		n := len(dst) - start
		dst = padded(dst, start)
		dst = appendChecksum(dst, id, src)
		n += id.size()
		records = append(records, record{uint64(n), uint64(len(src))})
	}
	return appendTail(dst, id, records), nil
}

func appendChecksum(dst []byte, id checkID, src []byte) []byte {
	var sum checksum
	sum.reset(id)
	sum.write(src)
	return sum.append(dst)
}

// appendTail appends the index and the stream footer.
func appendTail(dst []byte, id checkID, records []record) []byte {
	n := len(dst)
	dst = appendIndex(dst, records)
	return appendStreamFooter(dst, id, len(dst)-n)
}

// encodeLarge goes the way of a Writer.
func encodeLarge(dst, src []byte, o *WriterOptions) ([]byte, error) {
	out := (*appender)(&dst)
	w, err := NewWriter(out, o)
	if err != nil {
		return dst, err
	}
	if _, err := w.Write(src); err != nil {
		return dst, err
	}
	err = w.Close()
	return dst, err
}

type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// blockEncoder is an LZMA2 encoder with its match finder.
type blockEncoder struct {
	lzma2 *lzma2Encoder
	mf    *matchFinder
}

func newBlockEncoder(dict int, o *WriterOptions) *blockEncoder {
	dict = max(dict, minDict)
	mf := newMatchFinder(dict, o.NiceLen, o.Depth)
	e := newLZMA2Encoder(dict, o.NiceLen)
	e.src = newSource(mf, o.Concurrency > 1 && o.BlockSize == 0)
	return &blockEncoder{e, mf}
}

// encodeAll appends src, which is all the data of a block. It can be called
// again and again.
func (b *blockEncoder) encodeAll(dst, src []byte) []byte {
	e := b.lzma2
	e.src.reset()
	b.mf.reset(src)
	e.reset(src, defaultParams)
	e.src.start(len(src))
	for e.pos < len(src) {
		dst = e.chunk(dst, len(src))
	}
	e.src.pause()
	e.buf, b.mf.buf = nil, nil
	return append(dst, ctlEnd)
}

// trialSize is the size up to which an input is worth several attempts: there
// the models of the usual parameters are too many to learn anything. Beyond
// manyTrials the first three of the trials will do.
const (
	trialSize  = 128 << 10
	manyTrials = 32 << 10
)

var trials = []params{defaultParams, {lc: 3}, {}, {lc: 4}}

// encodeBest is encodeAll with the best of some parameters.
func (b *blockEncoder) encodeBest(dst, src []byte) []byte {
	e := b.lzma2
	e.src.reset()
	b.mf.reset(src)
	e.src.record(len(src))
	matches := e.src.recorded
	var best, out []byte
	n := len(trials)
	if len(src) > manyTrials {
		n = 3
	}
	for i, p := range trials[:n] {
		e.src.rewind(matches)
		e.reset(src, p)
		out = out[:0]
		for e.pos < len(src) {
			out = e.chunk(out, len(src))
		}
		if i == 0 || len(out) < len(best) {
			best, out = out, best
		}
	}
	return append(append(dst, best...), ctlEnd)
}
