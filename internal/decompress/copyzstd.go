package decompress

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// copyZstd decodes in one goroutine: the decoder is as fast as the next stages, and
// takes more time altogether when it works in several.
func copyZstd(w *pieceWriter, br *bufio.Reader, o *CopyOptions) error {
	limit := o.MaxMemory - sourceMemory - pieceCount*pieceSize
	var total int64
	f := &frames{br: br, onFrame: func(h frameHeader) error {
		if err := h.checkWindow(min(limit, maxZstdWindow)); err != nil {
			return err
		}
		if h.content > 0 && o.Size != nil {
			if total += h.content; total < 0 {
				return errors.New("zstd content size")
			}
			return o.Size(total)
		}
		return nil
	}}
	z, err := zstd.NewReader(f,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxWindow(uint64(max(limit, zstd.MinWindowSize))))
	if err != nil {
		return fmt.Errorf("opening zstd data: %w", f.result(err))
	}
	defer z.Close()
	_, err = z.WriteTo(w)
	return f.result(err)
}
