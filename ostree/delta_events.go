package ostree

import (
	"fmt"

	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree/object"
)

// DeltaEvent is something that [Repo.GenerateDelta] tells on the way: one of the types [*DeltaScanned],
// [*DeltaCopying], [*DeltaCompared], [*DeltaPatching], [*DeltaFallback] and [*DeltaPart].
// String returns the text that the reference program prints.
type DeltaEvent interface{ String() string }

// DeltaScanned counts the new objects.
type DeltaScanned struct {
	Modified int // files for which a similar older one was found
	Metadata int // including the commit
	Regular  int // files
	Symlinks int
}

// DeltaCopying tells that a file will be made by copying.
type DeltaCopying struct {
	From, To object.Checksum // the old file and the new one
	// Of so many pieces of the old file so many are in the new one too.
	Chunks, Matched int
	Bytes           int64 // to be copied
}

// DeltaCompared tells how many of the modified files will be made by copying.
type DeltaCompared struct{ Copied, Modified int }

// DeltaPatching tells that of Total files to be patched, Done are; there is one for every eighth.
type DeltaPatching struct{ Done, Total int }

// DeltaFallback tells that a file is left out.
type DeltaFallback struct {
	Checksum object.Checksum
	Size     int64 // of the content in bytes
}

// DeltaPart tells that a part is complete. They come in order.
type DeltaPart struct {
	Number      int    // from 1
	Objects     int    // how many are in it
	Size, USize uint64 // of the file and of the objects, in bytes
}

// String returns the line that the reference program prints.
func (e *DeltaScanned) String() string {
	return fmt.Sprintf("modified: %d\nnew reachable: metadata=%d content regular=%d symlink=%d", e.Modified, e.Metadata, e.Regular, e.Symlinks)
}

// String returns the line that the reference program prints.
func (e *DeltaCopying) String() string {
	return fmt.Sprintf("rollsum for %s -> %s; crcs=%d bufs=%d total=%d matchsize=%d", e.From, e.To, e.Matched, e.Matched, e.Chunks, e.Bytes)
}

// String returns the line that the reference program prints.
func (e *DeltaCompared) String() string {
	return fmt.Sprintf("rollsum for %d/%d modified", e.Copied, e.Modified)
}

// String returns the line that the reference program prints.
func (e *DeltaPatching) String() string {
	return fmt.Sprintf("processing bsdiff: [%d/%d]", e.Done, e.Total)
}

// String returns the line that the reference program prints.
func (e *DeltaFallback) String() string {
	return fmt.Sprintf("fallback for %s (%s)", e.Checksum, humansize.Format(uint64(e.Size)))
}

// String returns the line that the reference program prints.
func (e *DeltaPart) String() string {
	return fmt.Sprintf("part %d n:%d compressed:%d uncompressed:%d", e.Number, e.Objects, e.Size, e.USize)
}

// String returns the lines that the reference program ends with.
func (s *DeltaStats) String() string {
	return fmt.Sprintf("uncompressed=%d compressed=%d loose=%d\nrollsum=%d objects, %d bytes\nbsdiff=%d objects",
		s.USize, s.Size, s.Loose, s.Copied, s.CopiedBytes, s.Patched)
}
