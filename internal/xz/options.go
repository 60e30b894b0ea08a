package xz

import "fmt"

// WriterOptions are the settings of an encoder. The zero value, like nil,
// gives what the xz program does at preset 8.
type WriterOptions struct {
	// DictSize is how far back matches reach, in bytes: 4 KiB to 1.5 GiB;
	// 0 means 32 MiB. Memory of about twelve times the smaller of DictSize and the size of
	// the data is used; the header asks of the decoder the smaller of the two.
	DictSize int

	// NiceLen is the length, 4 to 273, from which a match is taken without
	// a search for something better; 0 means 64.
	NiceLen int

	// Depth limits the candidates the match finder compares at a position;
	// 0 means 16 + NiceLen/2.
	Depth int

	// Check is the checksum of the blocks, CRC64 by default.
	Check Check

	// BlockSize cuts the data into blocks of this many bytes, which can be
	// encoded and decoded in parallel; 0 means a single block of any size.
	// Blocks are held in memory.
	BlockSize int

	// Concurrency is the number of goroutines that may work: blocks at a time when
	// BlockSize is set; otherwise 2 or more give the match finder a
	// goroutine of its own. 0 means 1. The output does not depend on it.
	Concurrency int

	// SizeHint is the size of the data if it is known, 0 if not. It only
	// saves memory; it may be wrong.
	SizeHint int64
}

const (
	defaultDict = 32 << 20
	defaultNice = 64
	maxEncDict  = 3 << 29
)

// withDefaults returns the options with all values set, or an error.
func (o *WriterOptions) withDefaults() (WriterOptions, error) {
	var r WriterOptions
	if o != nil {
		r = *o
	}
	if r.DictSize == 0 {
		r.DictSize = defaultDict
	}
	if r.NiceLen == 0 {
		r.NiceLen = defaultNice
	}
	if r.Depth == 0 {
		r.Depth = 16 + r.NiceLen/2
	}
	r.Concurrency = max(r.Concurrency, 1)
	switch {
	case r.DictSize < minDict || r.DictSize > maxEncDict:
		return r, fmt.Errorf("xz: dictionary size %d is not between 4 KiB and 1.5 GiB", r.DictSize)
	case r.NiceLen < 4 || r.NiceLen > maxMatch:
		return r, fmt.Errorf("xz: nice length %d is not between 4 and 273", r.NiceLen)
	case r.Depth < 0:
		return r, fmt.Errorf("xz: negative search depth %d", r.Depth)
	case int(r.Check) >= len(checkIDs):
		return r, fmt.Errorf("xz: unknown check %d", r.Check)
	case r.BlockSize < 0 || r.BlockSize > maxOneShot:
		return r, fmt.Errorf("xz: block size %d is not between 0 and 2 GiB", r.BlockSize)
	}
	return r, nil
}
